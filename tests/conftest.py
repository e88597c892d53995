"""What the tests share: a seeded generator and toy diphoton events."""

import numpy as np
import pytest

from unsculpt.events import Events

FEATURES = ("photon1_pt", "photon2_pt", "photons_deta", "photons_dphi", "photons_dr", "jet1_pt", "n_jets", "n_bjets")


@pytest.fixture
def rng():
    return np.random.default_rng(20180716)


@pytest.fixture
def toy_events():
    return make_toy_events


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
