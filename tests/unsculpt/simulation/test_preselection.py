import dataclasses

import numpy as np
import pytest

from unsculpt.simulation import preselection
from unsculpt.simulation.kinematics import objects
from unsculpt.simulation.processes import PHOTON_PAIR


def back_to_back(pt_a, pt_b, event=(0, 0)):
    """Two objects at pseudorapidity 0: their mass is twice the root of the product of their transverse momenta."""
    return objects(np.array(event), pt=np.array([pt_a, pt_b]), eta=np.zeros(2), phi=np.array([0.0, np.pi]))


def passes(pt_a, pt_b, **asked):
    a_b = back_to_back(pt_a, pt_b)
    asked = dataclasses.replace(PHOTON_PAIR, mass_range_gev=(60.0, 120.0), **asked)
    results = {bool(preselection.passed(a, b, asked)[0]) for a, b in ((a_b[:1], a_b[1:]), (a_b[1:], a_b[:1]))}
    assert len(results) == 1  # whatever the order of the two
    return results.pop()


NOTHING = {"leading_pt_over_mass": 0.0, "subleading_pt_over_mass": 0.0}


@pytest.mark.parametrize(("pt", "inside"), [(29.9, False), (30.1, True), (59.9, True), (60.1, False)])
def test_the_mass_of_a_pair_is_between_the_ends_of_the_range(pt, inside):
    assert passes(pt, pt, **NOTHING) == inside


@pytest.mark.parametrize(
    ("asked", "good"),
    [
        ({}, True),
        ({"leading_pt_over_mass": 0.99}, True),  # 80 GeV of a mass of 80
        ({"leading_pt_over_mass": 1.01}, False),
        ({"subleading_pt_over_mass": 0.24}, True),
        ({"subleading_pt_over_mass": 0.26}, False),
        ({"leading_pt_gev": 79.0}, True),
        ({"leading_pt_gev": 81.0}, False),
        ({"subleading_pt_gev": 19.0}, True),
        ({"subleading_pt_gev": 21.0}, False),
    ],
)
def test_each_threshold_is_for_its_own_object_and_none_is_asked_by_default(asked, good):
    assert passes(80.0, 20.0, **{**NOTHING, **asked}) == good


def test_only_objects_of_one_event_make_a_pair():
    assert preselection.in_event_with_pair(back_to_back(60.0, 60.0), 2, PHOTON_PAIR).all()
    assert not preselection.in_event_with_pair(back_to_back(60.0, 60.0, event=(0, 1)), 2, PHOTON_PAIR).any()
