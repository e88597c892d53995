"""What the tests of the simulation share: stable particles by hand, and small samples made once."""

import numpy as np
import pytest

from unsculpt.simulation import samples
from unsculpt.simulation.detector import Detector
from unsculpt.simulation.processes import PROCESSES

CHARGED = (11, 13, 211)


@pytest.fixture(scope="session")
def response():
    return Detector(photon_energy_sampling=0.10, photon_energy_constant=0.017)


@pytest.fixture
def visible():
    """Stable particles from rows (event, id, pt, eta, phi)."""

    def make(*rows):
        event, ids, pt, eta, phi = (np.array(column) for column in zip(*rows, strict=True))
        px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
        charged, prompt = np.isin(np.abs(ids), CHARGED), np.ones(len(ids), bool)
        columns = [event, px, py, pz, pt * np.cosh(eta), pt, eta, phi, ids, charged, prompt]
        names = "event,px,py,pz,e,pt,eta,phi,id,charged,prompt"
        return np.rec.fromarrays(columns, names=names).view(np.ndarray)

    return make


@pytest.fixture(scope="session")
def simulate(response):
    """Simulate a few events of a process; further settings may replace the usual ones."""

    def run(name, events, seed=20180716, **settings):
        usual = {"response": response, "batch_size": 200, "multiparton_interactions": False}
        return samples.simulate(PROCESSES[name], events, seed=seed, **{**usual, **settings})

    return run


@pytest.fixture(scope="session")
def tth(simulate):
    return simulate("tth", 800)


@pytest.fixture(scope="session")
def ntni(simulate):
    return simulate("ntni", 400)


@pytest.fixture(scope="session")
def zmm(simulate):
    return simulate("zmm", 2000)
