from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from unsculpt.simulation import largejets, samples, substructure
from unsculpt.simulation.processes import LARGE_JET, W_JET
from unsculpt.weighted import effective_number

PRONGS = ((211, 300.0, 0.1, 0.15), (-211, 300.0, 0.1, -0.15), (22, 40.0, 0.12, -0.14))  # mass 95 GeV


def record(events, *bosons):
    """The part of an event record that is asked for: rows of event, id, pt, eta and phi."""
    event, kind, pt, eta, phi = (
        (np.array(column) for column in zip(*bosons, strict=True)) if bosons else np.zeros((5, 0))
    )
    momenta = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta)}
    return SimpleNamespace(events=events, event=event.astype(int), id=kind.astype(int), **momenta)


def test_two_prongs_are_one_jet_with_its_mass_and_its_observables(visible):
    rows = [(1, *row) for row in PRONGS]
    (jet,) = largejets.measured(visible(*rows), record(3), LARGE_JET)
    assert jet["event"] == 1
    assert jet["pt"] == pytest.approx(300 * 2 * np.cos(0.15) + 40, rel=0.01)
    assert jet["m"] == pytest.approx(95, abs=1)
    assert jet["constituents"] == 3
    assert jet["split12"] == pytest.approx(300 * 0.3, rel=0.01)
    assert jet["prompt"]


@pytest.mark.parametrize(
    "more",
    [
        [(13, 250.0, 0.1, 0.0)],  # muons are left out
        [(211, 5.0, 0.7, 0.3)],  # a soft subjet is trimmed away
        [(211, 200.0, 0.3, 2.5)],  # another jet has no mass
    ],
)
def test_what_is_no_part_of_the_trimmed_jet_changes_nothing(visible, more):
    alone = largejets.measured(visible(*((0, *row) for row in PRONGS)), record(1), LARGE_JET)
    found = largejets.measured(visible(*((0, *row) for row in (*PRONGS, *more))), record(1), LARGE_JET)
    assert len(found) == 1
    for name in ("pt", "m", "tau21", "d2", "constituents"):
        assert found[name] == pytest.approx(alone[name], rel=1e-9), name


@pytest.mark.parametrize(
    "rows",
    [
        [(kind, pt / 4, eta, phi) for kind, pt, eta, phi in PRONGS],  # pT 160 GeV
        [(kind, pt, eta, phi / 5) for kind, pt, eta, phi in PRONGS],  # mass 19 GeV
        [(kind, pt, eta + 2.1, phi) for kind, pt, eta, phi in PRONGS],
        PRONGS[:2],  # two constituents have no D2
    ],
)
def test_other_jets_are_dropped(visible, rows):
    assert len(largejets.measured(visible(*((0, *row) for row in rows)), record(1), LARGE_JET)) == 0


def test_a_jet_is_matched_to_the_last_copy_of_the_boson(visible):
    rows = [(event, *row) for event in range(3) for row in PRONGS]
    copies = [(0, 24, 640.0, -1.0, 3.0), (0, -24, 640.0, 0.1, 0.0), (1, 24, 640.0, 0.1, 0.0), (1, 24, 640.0, 0.9, 0.0)]
    found = largejets.measured(visible(*rows), record(3, *copies), W_JET)  # the third event has none
    assert found["event"].tolist() == [0]


@pytest.fixture(scope="module")
def wprime(simulate):
    return simulate("wprime", 400)


def test_jets_of_the_resonance_have_the_mass_and_the_prongs_of_the_w(wprime, simulate):
    multijets = simulate("multijets", 400)
    assert np.median(wprime.large_jets["m"]) == pytest.approx(80.4, abs=2.5)
    assert np.median(wprime.large_jets["tau21"]) < 0.75 * np.median(multijets.large_jets["tau21"])
    assert np.median(wprime.large_jets["d2"]) < 0.85 * np.median(multijets.large_jets["d2"])
    for sample in (wprime, multijets):
        for name in substructure.NAMES:
            assert np.isfinite(sample.large_jets[name]).all(), name
        assert len(sample) > 100
        assert (np.bincount(sample.large_jets["event"], minlength=len(sample)) > 0).all()
        assert len(sample.photons) == len(sample.jets) == len(sample.leptons) == 0


def test_the_weights_of_the_multijets_undo_the_bias_of_their_generation(simulate):
    biased = simulate("multijets", 800)
    weight = biased.weight[biased.large_jets["event"]]
    hard = biased.large_jets["pt"] > 500
    assert weight[hard].mean() < 0.05 * weight[~hard].mean()
    assert (weight > 0).all()
    assert biased.sum_weights > biased.weight.sum()


def test_the_bias_leaves_a_quarter_of_the_statistics_to_physical_weights(simulate):
    biased = simulate("multijets", 800)
    assert effective_number(biased.weight[biased.large_jets["event"]]) > 0.25 * len(biased.large_jets)


def test_most_w_jets_lie_at_the_mass_of_the_w(wprime):
    m = wprime.large_jets["m"]
    assert np.median(m[(m > 70) & (m < 90)]) == pytest.approx(80.4, abs=1)
    assert np.mean((m > 60) & (m < 100)) == pytest.approx(0.9, abs=0.07)  # three standard deviations


def test_samples_are_joined_taken_and_made_data_with_their_large_jets(wprime, rng):
    both = samples.merge([wprime, wprime], 1.0)
    n = len(wprime)
    np.testing.assert_array_equal(
        both.large_jets["event"], np.concatenate([wprime.large_jets["event"] + i * n for i in (0, 1)])
    )
    some = samples.take(both, np.array([n + 3, 1]))
    np.testing.assert_array_equal(
        some.large_jets["pt"][some.large_jets["event"] == 1], wprime.large_jets["pt"][wprime.large_jets["event"] == 1]
    )
    data = samples.as_data(wprime, rng)
    assert not data.large_jets["prompt"].any()
    assert sorted(data.large_jets["m"]) == sorted(wprime.large_jets["m"])


def test_the_preselection_says_what_it_asks_for():
    assert str(LARGE_JET) == "a trimmed jet of large radius, mass 50 to 300 GeV, pT above 200 GeV"
    assert "W boson" in str(replace(W_JET, leading_pt_gev=300.0))
