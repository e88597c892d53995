"""How fast the selection by expressions is: `python benchmarks/selection.py [--quick]`.

Selects toy events, and makes their features, by the expressions of the default study and by a program that was written
for this selection alone (awkward arrays, each quantity found once where it is needed); both in one run, in turn, and
with the same result, which is checked. The ratio is the time by expressions over that by hand. The last line is one
JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the times are those of one core
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import awkward as ak  # noqa: E402
import numpy as np  # noqa: E402

from unsculpt import axes, config, definitions, features, formats, selection  # noqa: E402
from unsculpt.kinematics import delta_r, pair_mass, wrapped  # noqa: E402
from unsculpt.rows import Rows  # noqa: E402

KINEMATICS = ("pt", "e", "eta", "phi")


def events(n, rng):
    """A step of an ntuple: a photon pair of 90 to 180 GeV, most of them good, four jets in the mean, few leptons.

    Objects are in falling order of momentum, as in the files of the experiments and of the simulation.
    """

    def collection(counts, pt, **others):
        total = len(pt)
        values = {"pt": pt, "eta": rng.uniform(-2.4, 2.4, total), "phi": rng.uniform(-np.pi, np.pi, total)}
        values |= {"mass": np.zeros(total)} | others
        values["e"] = values["pt"] * np.cosh(values["eta"])
        return _by_pt(ak.zip({name: ak.unflatten(column, counts) for name, column in values.items()}))

    eta, phi = rng.normal(0, 0.9, (2, n)), rng.uniform(-np.pi, np.pi, (2, n))
    opening = np.cosh(eta[0] - eta[1]) - np.cos(phi[0] - phi[1])
    share, pt = rng.uniform(0.35, 0.65, n), rng.uniform(90, 180, n) / np.sqrt(2 * np.maximum(opening, 0.2))
    photons = {
        "pt": np.stack([pt * np.sqrt(share / (1 - share)), pt * np.sqrt((1 - share) / share)]),
        "eta": eta,
        "phi": phi,
    }
    photons = {name: values.T.ravel() for name, values in photons.items()}
    photons |= {"tight": rng.random(2 * n) < 0.9, "etcone20": rng.exponential(1.0, 2 * n)}
    photons["ptcone30"] = rng.exponential(1.0, 2 * n)
    jets, leptons = rng.poisson(4, n), rng.poisson(0.3, n)
    return {
        "run": np.full(n, 284500),
        "event": np.arange(n),
        "weight": rng.uniform(0.5, 1.5, n),
        "trigger": rng.random(n) < 0.95,
        "photon": collection(np.full(n, 2), **photons),
        "jet": collection(jets, 20 + rng.exponential(40, jets.sum()), mv2c10=rng.uniform(-1, 1.5, jets.sum())),
        "lepton": collection(leptons, 5 + rng.exponential(20, leptons.sum())),
    }


def by_expressions(arrays, study, names, axis):
    """Events, region, channel, mass and features of what is left."""
    rows, columns, _ = selection.select(Rows(arrays, study), study, axis=axis, region="any", blind=False)
    matrix = features.matrix(rows, names, 0.0)
    return rows["event"], columns["region"], columns["channel"], columns["mass"], matrix


def by_hand(arrays, axis):
    """The same, by a program that knows no other selection."""
    photons, jets, leptons = arrays["photon"], arrays["jet"], arrays["lepton"]
    pt, eta = photons.pt, abs(photons.eta)
    isolated = (photons.etcone20 < 0.065 * pt) & (photons.ptcone30 < 0.065 * pt)
    photons = ak.zip({**{name: photons[name] for name in (*KINEMATICS, "tight")}, "isolated": isolated})
    photons = _by_pt(photons[(pt > 25) & (eta < 2.37) & ((eta < 1.37) | (eta > 1.52))])
    tagged = ak.zip({**{name: jets[name] for name in KINEMATICS}, "tagged": jets.mv2c10 > 0.8244273})
    jets = _by_pt(tagged[(jets.pt > 25) & (abs(jets.eta) < 2.5)])
    leptons = _by_pt(leptons[(leptons.pt > 10) & (abs(leptons.eta) < 2.5)])
    number, weight = arrays["event"], arrays["weight"]
    flow, kept = [weight.sum()], np.flatnonzero(arrays["trigger"])
    flow.append(weight[kept].sum())
    kept = kept[ak.to_numpy(ak.num(photons[kept])) >= 2]
    flow.append(weight[kept].sum())
    pair = photons[kept][:, :2]
    pair = {name: ak.to_numpy(ak.to_regular(pair[name])).reshape(-1, 2) for name in pair.fields}
    mass = pair_mass(pair["pt"].T, *(pair[name][:, 0] - pair[name][:, 1] for name in ("eta", "phi")))
    cuts = [(pair["pt"][:, 0] > 0.35 * mass) & (pair["pt"][:, 1] > 0.25 * mass), axis.covers(mass)]
    flow.append(weight[kept[cuts[0]]].sum())
    passed = cuts[0] & cuts[1]
    kept, mass, pair = kept[passed], mass[passed], {name: values[passed] for name, values in pair.items()}
    flow.append(weight[kept].sum())
    region = np.where((pair["tight"] & pair["isolated"]).all(axis=1), "ti", "ntni")
    jets, leptons = jets[kept], leptons[kept]
    clear = True
    for i in (0, 1):
        clear = clear & (delta_r(jets.eta - pair["eta"][:, i], jets.phi - pair["phi"][:, i]) > 0.4)
    jets = jets[clear]
    n_jets, n_leptons = (ak.to_numpy(ak.num(of)) for of in (jets, leptons))
    n_tags = ak.to_numpy(ak.sum(jets.tagged, axis=1))
    fits = [(n_tags >= 1) & (n_leptons >= 1), (n_jets >= 3) & (n_tags >= 1) & (n_leptons == 0)]
    channel = np.select(fits, ["leptonic", "hadronic"], "")
    passed = channel != ""
    pair, jets = {name: values[passed] for name, values in pair.items()}, jets[passed]
    flow.append(weight[kept[passed]].sum())
    eta, phi = (pair[name][:, 0] - pair[name][:, 1] for name in ("eta", "phi"))
    columns = [pair[name][:, i] for i in (0, 1) for name in KINEMATICS]
    columns += [abs(wrapped(phi)), abs(eta), delta_r(eta, phi)]
    columns += [_nth(jets[name], i) for i in range(3) for name in KINEMATICS]
    matrix = np.empty((int(passed.sum()), len(columns)), np.float32)
    for i, values in enumerate(columns):
        matrix[:, i] = np.where(np.isnan(values), 0.0, values)
    return number[kept[passed]], region[passed], channel[passed], mass[passed], matrix


def _by_pt(objects):
    return objects[ak.argsort(objects.pt, ascending=False, stable=True)]


def _nth(values, place):
    padded = ak.pad_none(values, place + 1, clip=True)[:, place]
    return ak.to_numpy(ak.fill_none(padded, np.nan))


def same(one, other):
    """Whether two results are of the same events, with the same numbers within rounding."""
    exact = all(np.array_equal(a, b) for a, b in zip(one[:3], other[:3], strict=True))
    return exact and all(np.allclose(a, b, rtol=1e-6) for a, b in zip(one[3:], other[3:], strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer events and repetitions; a few seconds")
    quick = parser.parse_args().quick
    n, repetitions = (20_000, 3) if quick else (100_000, 15)
    study = config.load(ROOT / "config" / "config.yaml", ROOT)
    used, needs = definitions.used(study, formats.fields(study["formats"]["atlas_open"]))
    arrays, axis = events(n, np.random.default_rng(1)), axes.mass(study["mass"])
    for name in ("photon", "jet", "lepton"):  # nothing else is read from a file
        arrays[name] = arrays[name][[field for field in arrays[name].fields if field in needs[name]]]
    ways = {
        "expressions": lambda: by_expressions(arrays, used, study["features"], axis),
        "hand": lambda: by_hand(arrays, axis),
    }
    results = {name: way() for name, way in ways.items()}
    if not same(*results.values()):
        raise SystemExit("the two selections differ")
    times = {name: [] for name in ways}
    for _ in range(repetitions):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append(time.process_time() - start)
    best = {name: min(values) for name, values in times.items()}
    selected = len(results["hand"][0])
    for name, seconds in best.items():
        print(f"{n} events, {selected} selected, by {name}: {seconds:.3f} s, {n / seconds:,.0f} a second")
    ratio = best["expressions"] / best["hand"]
    print(f"expressions over hand: {ratio:.2f}")
    print(
        json.dumps(
            {
                "events": n,
                "selected": selected,
                **{f"seconds_{name}": seconds for name, seconds in best.items()},
                "ratio": ratio,
            }
        )
    )


if __name__ == "__main__":
    main()
