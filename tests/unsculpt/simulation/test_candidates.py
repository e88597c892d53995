from types import SimpleNamespace

import numpy as np
import pytest

from unsculpt.simulation import candidates, samples
from unsculpt.simulation.processes import LARGE_JET, MUON_PAIR, PHOTON_PAIR, PROMOTED_PAIR

COPIES = 300
PAIR = ((13, 45.0, 0.2, 0.0), (-13, 44.0, -0.2, 3.1))  # mass 91 GeV


def muons(visible, response, rng, *rows):
    """What is kept of many copies of an event with the given particles."""
    particles = visible(*((copy, *row) for copy in range(COPIES) for row in rows))
    return candidates.muons(particles, SimpleNamespace(events=COPIES), MUON_PAIR, response, rng)


def test_two_muons_make_an_event_worth_keeping_with_the_efficiency_of_both(visible, response, rng):
    kept = muons(visible, response, rng, *PAIR)
    assert len(kept.chosen) / COPIES == pytest.approx(0.95**2, abs=0.07)
    assert set(np.bincount(kept.leptons["event"])[kept.chosen]) == {2}
    assert len(kept.photons) == 0
    assert kept.jets is None


def test_muons_of_the_same_charge_are_a_pair_too(visible, response, rng):
    same = [(13, *row[1:]) for row in PAIR]
    assert len(muons(visible, response, rng, *same).chosen) / COPIES == pytest.approx(0.95**2, abs=0.07)


@pytest.mark.parametrize(
    "rows",
    [
        (PAIR[0], (-11, *PAIR[1][1:])),  # muon and electron
        (PAIR[0], (-13, 12.0, -1.5, 3.1)),  # too soft, at a mass of 64 GeV
        ((13, 17.0, 1.8, 0.0), (-13, 17.0, -1.8, 3.1)),  # none of them above 20 GeV, at 106 GeV
        ((13, 22.0, 0.0, 0.0), (-13, 22.0, 0.0, 3.1)),  # 44 GeV
        ((13, 80.0, 0.0, 0.0), (-13, 80.0, 0.0, 3.1)),  # 160 GeV
        (PAIR[0], (-13, 44.0, 2.7, 3.1)),  # outside
        (*PAIR, (211, 60.0, 0.25, 0.05)),  # in a jet
        (PAIR[0],),
    ],
)
def test_other_events_are_dropped(visible, response, rng, rows):
    assert len(muons(visible, response, rng, *rows).chosen) == 0


def test_a_third_lepton_is_kept_with_the_pair(visible, response, rng):
    kept = muons(visible, response, rng, *PAIR, (11, 30.0, 1.0, 1.5))
    electrons = np.bincount(kept.leptons["event"][kept.leptons["kind"] == 11], minlength=COPIES)[kept.chosen]
    assert electrons.mean() == pytest.approx(0.85, abs=0.09)


@pytest.mark.parametrize("preselection", [PHOTON_PAIR, PROMOTED_PAIR, MUON_PAIR, LARGE_JET], ids=lambda p: p.candidates)
def test_particles_that_are_no_pair_are_no_event_in_the_ntuple(visible, response, rng, preselection):
    particles = visible((0, 211, 5.0, 0.0, 0.0), (1, 22, 3.0, 0.0, 0.0))
    find = getattr(candidates, preselection.candidates)
    record = SimpleNamespace(events=2)
    kept = find(particles, record, preselection, response, rng)
    assert len(kept.chosen) == len(kept.photons) == 0
    assert {*samples.PHOTON_FIELDS} <= {*kept.photons.dtype.names}
