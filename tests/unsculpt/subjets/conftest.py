"""Jets by hand, and a few of Pythia."""

import numpy as np
import pytest

from unsculpt.simulation import fatjets, generator, stable
from unsculpt.simulation.constituents import Jets
from unsculpt.simulation.detector import Detector
from unsculpt.simulation.processes import PROCESSES


def massless(pt, eta, phi):
    """Four-momenta px, py, pz, e, shape (n, 4)."""
    pt, eta, phi = (np.asarray(values, float) for values in (pt, eta, phi))
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta)], axis=1)


@pytest.fixture(scope="session")
def jets_of():
    """Jets from lists of rows (pt, eta, phi)."""

    def make(*jets):
        p = np.concatenate([massless(*zip(*rows, strict=True)) for rows in jets])
        return Jets(np.cumsum([0, *map(len, jets)]), p, np.arange(len(jets)))

    return make


@pytest.fixture(scope="session")
def simulated():
    """Some dozen jets of tops with all their constituents, as Jets."""
    process = PROCESSES["top_jets"]
    pythia = generator.start(process.components[0].settings, seed=3, multiparton_interactions=False)
    (particles,) = generator.batches(pythia, 120, 120)
    rng = np.random.default_rng(1)
    table = fatjets.measured(stable.visible(particles), particles, process.preselection, Detector(0, 0, False), rng)
    number = np.unique(table["event"], return_counts=True)[1]
    p = massless(table["pt"], table["eta"], table["phi"])
    return Jets(np.concatenate([[0], np.cumsum(number)]), p, np.arange(len(number)))
