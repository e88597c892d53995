"""What the tests share: a seeded generator, toy diphoton events, synthetic ROOT files and the folder of real data."""

import os
from dataclasses import replace
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from unsculpt.events import Events

# No deadline: on a busy machine the same example takes once 5 ms and once 500.
# In continuous integration the same examples each time: a new failure is one of the change.
hypothesis.settings.register_profile("unsculpt", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("unsculpt")

collect_ignore = ["workflow/given.py"]  # a program for a process of its own
FEATURES = ("photon1_pt", "photon2_pt", "photons_deta", "photons_dphi", "photons_dr", "jet1_pt", "n_jets", "n_bjets")


def pytest_collection_modifyitems(items):
    """The files that take minutes come first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


@pytest.fixture
def rng():
    return np.random.default_rng(20180716)


@pytest.fixture
def toy_events():
    return make_toy_events


@pytest.fixture
def mixed_events():
    return make_mixed_events


@pytest.fixture
def realdata():
    """The folder of real data: UNSCULPT_REALDATA, or a folder beside the checkout."""
    folder = Path(os.environ.get("UNSCULPT_REALDATA", Path(__file__).parents[2] / "shared" / "realdata"))
    if not folder.is_dir():
        pytest.skip("no folder of real data; set the environment variable UNSCULPT_REALDATA")
    return folder


@pytest.fixture
def write_ntuple(tmp_path):
    """Write branches (jagged ones as awkward arrays or lists) and other objects to a ROOT file; give its path.

    A further object that is a dict of branches becomes a tree as well.
    """

    import awkward as ak  # here, and not above: the tests of the training run where there is no ROOT
    import uproot

    def write_tree(file, name, branches):
        arrays = {key: value if isinstance(value, np.ndarray) else ak.Array(value) for key, value in branches.items()}
        types = {
            key: value.dtype if isinstance(value, np.ndarray) else value.type.content for key, value in arrays.items()
        }
        file.mktree(name, types, counter_name=lambda counted: counted.split("_")[0] + "_n").extend(arrays)

    def write(branches, name="ntuple.root", tree="mini", **objects):
        with uproot.recreate(tmp_path / name) as file:
            write_tree(file, tree, branches)
            for key, value in objects.items():
                if isinstance(value, dict):
                    write_tree(file, key, value)
                else:
                    file[key] = value
        return str(tmp_path / name)

    return write


@pytest.fixture
def toy_branches():
    """The branches of n toy events in the schema of the open data, in MeV: two or three photons, up to five jets."""
    return make_toy_branches


def make_toy_branches(n, seed=0, dtype=np.float32):
    import awkward as ak

    rng = np.random.default_rng(seed)

    def collection(prefix, counts, columns):
        def jagged(values, kind):
            return ak.unflatten(np.asarray(values, kind), counts)

        total = int(counts.sum())
        kinematics = {
            "eta": (rng.uniform(-2.3, 2.3, total), dtype),
            "phi": (rng.uniform(-np.pi, np.pi, total), dtype),
        }
        return {f"{prefix}_{name}": jagged(*values) for name, values in (kinematics | columns(total)).items()}

    def pt(total, least):
        return (least + 30e3 * rng.standard_gamma(2, total), dtype)

    def photons(total):
        return {
            "pt": pt(total, 20e3),
            "isTightID": (rng.random(total) < 0.8, bool),
            "etcone20": (2e3 * rng.standard_normal(total), dtype),
            "ptcone30": (rng.exponential(1e3, total), dtype),
            "convType": (rng.choice([0, 1, 3], total), np.int32),
        }

    def jets(total):
        return {"pt": pt(total, 20e3), "MV2c10": (rng.uniform(-1, 1, total), dtype)}

    return {
        "runNumber": np.full(n, 284500, np.int32),
        "eventNumber": np.arange(n, dtype=np.int32),
        "mcWeight": rng.choice([-1.0, 1.0], n, p=[0.1, 0.9]).astype(dtype),
        "scaleFactor_PHOTON": rng.uniform(0.9, 1.1, n).astype(dtype),
        "XSection": np.full(n, 0.1, dtype),
        "SumWeights": np.full(n, 5.0 * n, dtype),
        "trigP": rng.random(n) < 0.95,
        "met_et": rng.exponential(30e3, n).astype(dtype),
        "met_phi": rng.uniform(-np.pi, np.pi, n).astype(dtype),
        **collection("photon", rng.integers(2, 4, n), photons),
        **collection("jet", rng.integers(0, 6, n), jets),
        **collection("lep", rng.integers(0, 2, n), lambda total: {"pt": pt(total, 5e3)}),
    }


def make_toy_events(n, seed=0, blind=True):
    """n simulated events, half signal, and n // 20 events of data: the photons know the mass, the jets do not.

    Background masses fall exponentially (slope 28 GeV) from 105 to 160 GeV, the signal is a Gaussian of 125 +- 1.7 GeV.
    """
    rng = np.random.default_rng(seed)
    n_data = n // 20
    label = np.concatenate([np.ones(n // 2), np.zeros(n - n // 2), -np.ones(n_data)]).astype(np.int8)
    total = len(label)
    signal = label == 1
    fall = 105 - 28 * np.log(1 - rng.random(total) * (1 - np.exp(-55 / 28)))
    mass = np.where(signal, np.clip(rng.normal(125, 1.7, total), 105.01, 159.99), fall)
    share = rng.uniform(0.35, 0.65, total)
    deta = rng.normal(0, np.where(signal, 0.8, 1.1), total)
    dphi = rng.uniform(0.8, np.pi, total)
    product = mass**2 / (2 * (np.cosh(deta) - np.cos(dphi)))  # m^2 = 2 pT1 pT2 (cosh deta - cos dphi)
    pt1, pt2 = np.sqrt(product * share / (1 - share)), np.sqrt(product * (1 - share) / share)
    pt1, pt2 = np.maximum(pt1, pt2), np.minimum(pt1, pt2)
    jet = rng.gamma(2.5, np.where(signal, 40.0, 33.0))
    n_jets = 3 + rng.poisson(np.where(signal, 2.0, 1.5))
    n_bjets = 1 + rng.binomial(1, np.where(signal, 0.5, 0.35))
    features = np.stack([pt1, pt2, deta, dphi, np.hypot(deta, dphi), jet, n_jets, n_bjets], axis=1)
    weight = np.where(label < 0, 1.0, np.where(signal, 50.0, 2000.0) / (n / 2)) * np.where(
        label < 0, 1.0, rng.uniform(0.5, 1.5, total)
    )
    sample = np.select([label == 1, label == 0], ["tth", "ttyy"], "data")
    events = Events(
        run=np.where(label < 0, 280000, 1).astype(np.int64),
        event=np.arange(total, dtype=np.int64),
        sample=sample.astype(str),
        channel=np.where(rng.random(total) < 0.7, "hadronic", "leptonic").astype(str),
        region=np.full(total, "ti"),
        label=label,
        fold=rng.integers(0, 3, total).astype(np.int8),
        mass=mass,
        weight=weight,
        features=features.astype(np.float32),
        feature_names=FEATURES,
        metadata={"samples": {}},
    )
    return events[(label >= 0) | (np.abs(mass - 125) >= 5)] if blind else events


def make_mixed_events(n, seed=0):
    """Toy events whose background is of two samples: those of few jets are more often `ntni`."""
    events = make_toy_events(n, seed)
    few = events.features[:, FEATURES.index("n_jets")] < 5
    other = np.random.default_rng(seed + 1).random(len(events)) < np.where(few, 0.6, 0.2)
    return replace(events, sample=np.where((events.label == 0) & other, "ntni", events.sample))
