"""Files such as users bring: simulated events under other names and in other units, and toys of large jets."""

import awkward as ak
import numpy as np
import uproot

from unsculpt.simulation import chunks, samples, writer


def simulated(process, events, seed, simulation):
    """Events of a process, as a `samples.Sample`."""
    return chunks.simulate(process, events, seed=seed, simulation=simulation)[0]


def branches(sample, folder):
    """The branches of a sample in the program's own format."""
    about = {"run": 1, "channel_number": 0, "first_event": 1, "cross_section_pb": 1, "sum_weights": 1, "generator": ""}
    writer.write(sample, folder / "own.root", **about)
    with uproot.open(folder / "own.root") as file:
        events = file["mini"].arrays()
    return {name: events[name] for name in events.fields if not name.endswith("_n")}


def save(path, tree, arrays):
    """Write branches of events, one number or a list each, as a tree."""
    arrays = {name: ak.to_numpy(values) if values.ndim == 1 else values for name, values in arrays.items()}
    types = {name: v.dtype if isinstance(v, np.ndarray) else v.type.content for name, v in arrays.items()}
    with uproot.recreate(path) as file:
        file.mktree(tree, types, counter_name=lambda counted: "n_" + counted).extend(arrays)


def derivation(own, sample):
    """Branches of the program's format as the study tthyy_control says that those of its data are.

    GeV, isolation over pT, an identification in three steps; numbered anew, without weights but for one that data
    have no use of.
    """
    n, gev = len(sample), 1e-3
    names = {
        "photon": ("ph", ("pt", "eta", "phi")),
        "jet": ("jet", ("pt", "eta", "phi")),
        "lep": ("lep", ("pt", "eta", "phi", "charge")),
    }
    found = {
        f"{new}_{field}": own[f"{old}_{field}"] * (gev if field == "pt" else 1)
        for old, (new, fields) in names.items()
        for field in fields
    }
    return found | {
        "ph_quality": ak.values_astype(own["photon_isTightID"], np.int32) + 1,
        "ph_calo_iso": own["photon_etcone20"] / own["photon_pt"],
        "ph_track_iso": own["photon_ptcone30"] / own["photon_pt"],
        "jet_energy": own["jet_E"] * gev,
        "jet_btag": own["jet_MV2c10"],
        "run_number": np.full(n, 350000, np.int32),
        "event_number": 10_000_000 + np.arange(n, dtype=np.int64),
        "pass_diphoton": ak.values_astype(own["trigP"], np.int32),
        "scale_factor": np.full(n, 7.0, np.float32),
    }  # fmt: skip


def together(parts):
    """Several samples as one."""
    return samples.merge(parts, 1.0)


def large_jets(n, signal, seed):
    """Branches of n toy events with one or two large jets of W bosons, or of quarks and gluons, in MeV.

    The D2 of the latter falls with their mass, as it does in nature: a cut on it sculpts.
    """
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 3, n)
    total, mev = int(counts.sum()), 1000.0
    pt = 200 + rng.exponential(120, total)
    fall = 30 - 45 * np.log(rng.random(total))
    mass = rng.normal(80.4, 7, total) if signal else fall
    d2 = rng.normal(1.2, 0.35, total) if signal else rng.normal(2.2 - 0.006 * mass, 0.35, total)
    eta, phi = rng.normal(0, 0.8, total), rng.uniform(-np.pi, np.pi, total)
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    own = {"pt": pt * mev, "eta": eta, "phi": phi, "E": energy * mev, "m": mass * mev, "D2": d2}
    own["tau32"] = rng.normal(0.6 if signal else 0.7, 0.1, total)
    prongs = rng.integers(1, 3 + signal, total)  # small jets inside each large one
    around = {"eta": np.repeat(eta, prongs), "phi": np.repeat(phi, prongs)}
    small = {key: values + rng.normal(0, 0.2, len(values)) for key, values in around.items()}
    small["pt"] = np.repeat(pt / prongs, prongs) * mev
    in_event = np.add.reduceat(prongs, np.append(0, np.cumsum(counts)[:-1]))
    return {
        "runNumber": np.full(n, 1, np.int32),
        "eventNumber": np.arange(n, dtype=np.int32),
        "mcWeight": rng.uniform(0.5, 1.5, n),
        "XSection": np.full(n, 2.0 if signal else 20.0),
        "SumWeights": np.full(n, 2.0 * n),
        "met_et": rng.exponential(20, n) * mev,
        **{f"largeRjet_{key}": ak.unflatten(values, counts) for key, values in own.items()},
        **{f"jet_{key}": ak.unflatten(values, in_event) for key, values in small.items()},
    }
