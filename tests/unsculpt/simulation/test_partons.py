import numpy as np
import pytest

from unsculpt.simulation import generator, partons
from unsculpt.simulation.kinematics import objects


def record(*rows, events=1):
    """An event record from rows (event, id, mother_id, pt, eta, phi)."""
    event, ids, mother, pt, eta, phi = (np.array(column) for column in zip(*rows, strict=True))
    return generator.Particles(
        first=np.searchsorted(event, np.arange(events + 1)), weight=np.ones(events), id=ids, mother_id=mother,
        final=np.zeros(len(ids), bool), px=pt * np.cos(phi), py=pt * np.sin(phi), pz=pt * np.sinh(eta),
        e=pt * np.cosh(eta),
    )  # fmt: skip


def jets(*rows):
    """Jets from rows (event, pt, eta, phi)."""
    event, pt, eta, phi = (np.array(column) for column in zip(*rows, strict=True))
    return objects(event, pt=pt.astype(float), eta=eta.astype(float), phi=phi.astype(float))


PAIR = (  # the top decays to quarks, the antitop to a muon
    (0, 6, 21, 90.0, 0.0, 0.0),
    (0, 24, 6, 70.0, 0.0, 0.0),
    (0, 5, 6, 60.0, 1.0, 0.0),
    (0, 5, 5, 55.0, 1.0, 0.1),  # after it has radiated
    (0, -6, 21, 90.0, 0.0, 3.0),
    (0, -24, -6, 70.0, 0.0, 3.0),
    (0, -5, -6, 50.0, -1.0, 3.0),
    (0, 2, 24, 40.0, 0.5, 1.0),
    (0, -1, 24, 30.0, -0.5, 2.0),
    (0, 21, -1, 20.0, -0.5, 2.1),
    (0, 13, -24, 30.0, 0.0, -2.0),
    (0, -14, -24, 30.0, 0.0, -1.0),
)


def test_quarks_of_a_pair_of_tops_are_known_by_their_mothers():
    found = partons.of_tops(record(*PAIR))
    assert found["pt"] == pytest.approx([60, 50, 40, 30])
    assert found["top"].tolist() == [1, 2, 1, 1]
    assert found["role"].tolist() == [1, 1, 2, 2]


def test_quarks_of_other_w_bosons_are_of_no_top():
    other = ((1, 24, 34, 70.0, 0.0, 0.0), (1, 2, 24, 40.0, 0.0, 0.0), (1, -1, 24, 40.0, 0.0, 1.0))
    assert partons.of_tops(record(*PAIR, *other, events=2))["event"].tolist() == [0, 0, 0, 0]


def test_each_quark_has_the_nearest_jet_within_the_radius():
    quarks = partons.of_tops(record(*PAIR))
    table = jets((0, 90, 1.0, 0.1), (0, 80, 1.0, -0.25), (0, 70, -1.0, 2.8), (0, 60, 0.5, 1.31), (0, 50, -0.5, 2.0))
    assert partons.origin(table, quarks, 1)["top"].tolist() == [1, 0, 2, 0, 1]
    assert partons.origin(table, quarks, 1)["role"].tolist() == [1, 0, 1, 0, 2]
    parton, jet = partons.match(table, quarks, 1)
    assert parton.tolist() == [0, -1, 1, -1, 3]
    assert jet.tolist() == [0, 2, -1, 4]


def test_of_two_quarks_in_one_jet_the_jet_has_the_nearer():
    quarks = jets((0, 50, 0.0, 0.0), (0, 40, 0.0, 0.25), (1, 40, 0.0, 0.0))
    table = jets((0, 90, 0.0, 0.1), (0, 40, 0.0, 0.6))
    parton, jet = partons.match(table, quarks, 2)
    assert parton.tolist() == [0, -1]
    assert jet.tolist() == [0, 0, -1]


def test_distances_go_round_the_circle_and_events_do_not_mix():
    quarks = jets((0, 50, 0.0, 3.1), (1, 40, 0.0, -3.1))
    parton, _ = partons.match(jets((0, 60, 0.0, -3.1), (2, 60, 0.0, 3.1)), quarks, 3)
    assert parton.tolist() == [0, -1]


def test_jets_of_tth_have_their_tops_and_other_processes_none(tth, simulate):
    table = tth.jets
    assert set(table["top"]) == {0, 1, 2} and set(table["role"]) == {0, 1, 2}
    np.testing.assert_array_equal(table["top"] > 0, table["role"] > 0)
    for top in (1, 2):
        for role, most in ((1, 1), (2, 2)):
            chosen = table["event"][(table["top"] == top) & (table["role"] == role)]
            assert np.bincount(chosen).max() == most
    bottom = table["flavour"][table["role"] == 1]
    assert np.mean(bottom == 5) > 0.9
    assert np.mean(table["flavour"][table["role"] == 2] == 5) < 0.1
    assert not simulate("ggh", 100).jets["top"].any()


def test_the_mass_of_three_matched_jets_is_that_of_the_top(tth):
    table = tth.jets
    masses = []
    for event in range(len(tth)):
        here = table[table["event"] == event]
        for top in (1, 2):
            three = here[here["top"] == top]
            if len(three) == 3:
                pt, eta, phi = three["pt"], three["eta"], three["phi"]
                x, y, z, e = (pt * np.cos(phi)).sum(), (pt * np.sin(phi)).sum(), (pt * np.sinh(eta)).sum(), three["e"]
                masses.append(np.sqrt(e.sum() ** 2 - x**2 - y**2 - z**2))
    assert len(masses) > 30
    assert np.median(masses) == pytest.approx(170, abs=12)
