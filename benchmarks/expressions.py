"""How fast expressions are: `python benchmarks/expressions.py [--quick]`.

The selection of photon pairs (objects, candidate, mass, cuts, region, channels) and some features of 100,000 generated
events: by expressions, written by hand in awkward, by hand with four-vectors of `vector`, and as texts of awkward given
to Python's `eval`, to which a file could say anything. All give the same numbers; they take turns, and a ratio is the
median over the rounds. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the times are those of one core
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import awkward as ak  # noqa: E402
import numpy as np  # noqa: E402
import vector  # noqa: E402

from unsculpt import evaluation  # noqa: E402
from unsculpt.kinematics import delta_r, pair_mass  # noqa: E402

N = 100_000
MEANS = {"photon": 2.2, "jet": 3.5, "lepton": 0.4}
OBJECTS = {  # require, and what each defines
    "photon": (
        "pt > 25 and abs(eta) < 2.37 and not 1.37 < abs(eta) < 1.52",
        {"isolated": "etcone20 < 0.065 * pt and ptcone30 < 0.065 * pt"},
    ),
    "jet": ("pt > 25 and abs(eta) < 2.5", {"tagged": "mv2c10 > 0.8244273"}),
    "lepton": ("pt > 10 and abs(eta) < 2.5", {}),
}
ROWS = {
    "candidate": "photon[0] + photon[1]",
    "mass": "candidate.mass",
    "two photons": "count(photon) >= 2",
    "pT over mass": "photon[0].pt > 0.35 * mass and photon[1].pt > 0.25 * mass",
    "mass range": "105 <= mass < 160",
    "ti": "all(photon[:2].tight and photon[:2].isolated)",
    "leptonic": "count(jet.tagged) >= 1 and count(lepton) >= 1",
    "hadronic": "count(jet) >= 3 and count(jet.tagged) >= 1 and count(lepton) == 0",
    "st": "sum(jet.pt) + sum(lepton.pt)",
    "nearest": "min(dr(photon[0], jet))",
    "jet3": "jet[2].pt",
}
PYTHON = {  # the same as texts of awkward
    "photon": "(pt > 25) & (abs(eta) < 2.37) & ~((1.37 < abs(eta)) & (abs(eta) < 1.52))",
    "isolated": "(etcone20 < 0.065 * pt) & (ptcone30 < 0.065 * pt)",
    "jet": "(pt > 25) & (abs(eta) < 2.5)",
    "tagged": "mv2c10 > 0.8244273",
    "lepton": "(pt > 10) & (abs(eta) < 2.5)",
    "first": "ak.pad_none(photon, 2)[:, 0]",
    "second": "ak.pad_none(photon, 2)[:, 1]",
    "mass": "flat(pair_mass((first.pt, second.pt), first.eta - second.eta, first.phi - second.phi))",
    "two photons": "flat(ak.num(photon) >= 2)",
    "pT over mass": "flat((first.pt > 0.35 * mass) & (second.pt > 0.25 * mass))",
    "mass range": "(105 <= mass) & (mass < 160)",
    "ti": "flat(ak.all(photon[:, :2].tight & photon[:, :2].isolated, axis=1))",
    "leptonic": "flat((ak.sum(jet.tagged, axis=1) >= 1) & (ak.num(lepton) >= 1))",
    "hadronic": "flat((ak.num(jet) >= 3) & (ak.sum(jet.tagged, axis=1) >= 1) & (ak.num(lepton) == 0))",
    "st": "flat(ak.sum(jet.pt, axis=1) + ak.sum(lepton.pt, axis=1))",
    "nearest": "flat(ak.min(delta_r(first.eta - jet.eta, first.phi - jet.phi), axis=1))",
    "jet3": "flat(ak.pad_none(jet.pt, 3)[:, 2])",
}


def events(n, rng):
    """Collections of n events, as a reader gives them; a fifth of the events has no pair of photons."""
    collections = {}
    for name, mean in MEANS.items():
        counts = rng.poisson(mean, n)
        total = counts.sum()
        fields = {
            "pt": 15 + rng.exponential(45, total),
            "eta": rng.normal(0, 1.2, total),
            "phi": rng.uniform(-np.pi, np.pi, total),
            "mass": np.zeros(total) if name == "photon" else rng.exponential(8, total),
        }
        if name == "photon":
            fields |= {cone: rng.exponential(2, total) for cone in ("etcone20", "ptcone30")}
            fields["tight"] = rng.random(total) < 0.8
        if name == "jet":
            fields["mv2c10"] = rng.uniform(-1, 1, total)
        of = ak.unflatten(ak.zip(fields), counts)
        collections[name] = of[ak.argsort(of.pt, ascending=False)]
    return collections


def by_expressions(collections):
    """Everything by expressions."""
    names = {}
    for name, (require, define) in OBJECTS.items():
        of = collections[name]
        of = of[evaluation.evaluate(require, dict(zip(of.fields, ak.unzip(of), strict=True)))]
        for field, text in define.items():
            of[field] = evaluation.evaluate(text, dict(zip(of.fields, ak.unzip(of), strict=True)))
        names[name] = evaluation.Objects(of)
    for name, text in ROWS.items():
        names[name] = evaluation.evaluate(text, names)
    return {name: names[name] for name in ROWS if name != "candidate"}


def by_hand(collections, with_vector=False):
    """Everything as one would write it in awkward; what is missing is NaN."""
    photon, jet, lepton = (collections[name] for name in OBJECTS)
    eta = abs(photon.eta)
    photon = photon[(photon.pt > 25) & (eta < 2.37) & ~((eta > 1.37) & (eta < 1.52))]
    photon["isolated"] = (photon.etcone20 < 0.065 * photon.pt) & (photon.ptcone30 < 0.065 * photon.pt)
    jet = jet[(jet.pt > 25) & (abs(jet.eta) < 2.5)]
    jet["tagged"] = jet.mv2c10 > 0.8244273
    lepton = lepton[(lepton.pt > 10) & (abs(lepton.eta) < 2.5)]
    padded = ak.pad_none(photon, 2)
    first, second = padded[:, 0], padded[:, 1]
    if with_vector:
        names = ("pt", "eta", "phi", "mass")
        a, b = (vector.zip({name: one[name] for name in names}) for one in (first, second))
        mass = flat((a + b).mass)
    else:
        mass = flat(pair_mass((first.pt, second.pt), first.eta - second.eta, first.phi - second.phi))
    pair, tagged = photon[:, :2], ak.sum(jet.tagged, axis=1)
    n_jets, n_leptons = ak.num(jet), ak.num(lepton)
    return {
        "mass": mass,
        "two photons": flat(ak.num(photon) >= 2),
        "pT over mass": flat((first.pt > 0.35 * mass) & (second.pt > 0.25 * mass)),
        "mass range": (mass >= 105) & (mass < 160),
        "ti": flat(ak.all(pair.tight & pair.isolated, axis=1)),
        "leptonic": flat((tagged >= 1) & (n_leptons >= 1)),
        "hadronic": flat((n_jets >= 3) & (tagged >= 1) & (n_leptons == 0)),
        "st": flat(ak.sum(jet.pt, axis=1) + ak.sum(lepton.pt, axis=1)),
        "nearest": flat(ak.min(delta_r(first.eta - jet.eta, first.phi - jet.phi), axis=1)),
        "jet3": flat(ak.pad_none(jet.pt, 3)[:, 2]),
    }


def by_vector(collections):
    """By hand, with the four-vectors of `vector`."""
    return by_hand(collections, with_vector=True)


def by_eval(collections):
    """Everything by Python's `eval` of texts of awkward."""
    names = {"ak": ak, "pair_mass": pair_mass, "delta_r": delta_r, "flat": flat}
    for name, (_, define) in OBJECTS.items():
        of = collections[name]
        of = of[eval(PYTHON[name], dict(zip(of.fields, ak.unzip(of), strict=True)))]
        for field in define:
            of[field] = eval(PYTHON[field], dict(zip(of.fields, ak.unzip(of), strict=True)))
        names[name] = of
    for name in ("first", "second", *ROWS):
        if name != "candidate":
            names[name] = eval(PYTHON[name], names)
    return {name: names[name] for name in ROWS if name != "candidate"}


def flat(values):
    """One value a row as numpy, a number that is missing as NaN and a truth as false."""
    missing = False if "bool" in str(ak.type(values)) else np.nan
    return ak.to_numpy(ak.fill_none(values, missing))


WAYS = {"expressions": by_expressions, "hand": by_hand, "vector": by_vector, "eval": by_eval}


def differences(collections):
    """Refuse to compare the time of what does not give the same."""
    wanted = by_hand(collections)
    for way in WAYS.values():
        for name, values in way(collections).items():
            np.testing.assert_allclose(values, wanted[name], rtol=1e-9, err_msg=f"{way.__name__}: {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; some seconds")
    rounds = 5 if parser.parse_args().quick else 25
    collections = events(N, np.random.default_rng(1))
    differences(collections)
    times = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, run in WAYS.items():
            start = time.process_time()
            run(collections)
            times[way].append(time.process_time() - start)
    times = {way: np.array(taken) for way, taken in times.items()}
    for way, taken in times.items():
        ratio = np.median(taken / times["hand"])
        print(f"{way:>12}: {1e3 * np.median(taken):6.1f} ms of {N} events, {ratio:.2f} of the time by hand")
    ratios = {way: float(np.median(times["expressions"] / taken)) for way, taken in times.items()}
    print(
        json.dumps(
            {
                "expressions_over_hand": ratios["hand"],
                "expressions_over_hand_with_vector": ratios["vector"],
                "expressions_over_eval": ratios["eval"],
                "expressions_events_per_cpu_second": float(N / np.median(times["expressions"])),
            }
        )
    )


if __name__ == "__main__":
    main()
