from types import SimpleNamespace

import numpy as np
import pytest

from unsculpt.simulation import fatjets, samples, stable
from unsculpt.simulation.detector import Detector
from unsculpt.simulation.processes import FAT_JET, TOP_JET, W_FAT_JET

PARTICLES = Detector(0.0, 0.0, particle_flow=False)
PRONGS = ((211, 250.0, 0.1, 0.3), (-211, 200.0, 0.3, -0.2), (22, 150.0, -0.2, -0.2))  # pT about 580 GeV


def record(events, *quarks):
    """The part of an event record that is asked for: rows of event, id, mother, eta and phi."""
    event, kind, mother, eta, phi = (
        (np.array(column) for column in zip(*quarks, strict=True)) if quarks else np.zeros((5, 0))
    )
    momenta = {"px": 100 * np.cos(phi), "py": 100 * np.sin(phi), "pz": 100 * np.sinh(eta)}
    known = {"event": event.astype(int), "id": kind.astype(int), "mother_id": mother.astype(int)}
    return SimpleNamespace(events=events, **known, **momenta)


def top(event, sign=1, eta=(0.1, 0.3, -0.2), phi=(0.3, -0.2, -0.2)):
    kinds, mothers = (5, 2, -1), (6, 24, 24)
    return [
        (event, sign * kind, sign * mother, *at) for kind, mother, *at in zip(kinds, mothers, eta, phi, strict=True)
    ]


def found(visible, rows, particles, preselection=FAT_JET):
    return fatjets.measured(visible(*rows), particles, preselection, PARTICLES, np.random.default_rng(1))


def test_the_constituents_of_a_jet_are_its_particles(visible):
    rows = [(1, *row) for row in PRONGS] + [(1, 13, 50.0, 0.1, 0.1), (1, 211, 30.0, 1.8, 2.0)]
    table = found(visible, rows, record(3))
    assert table["event"].tolist() == [1, 1, 1]
    np.testing.assert_allclose(table["pt"], (250, 200, 150))  # neither the muon nor what is far away
    np.testing.assert_allclose(table["eta"], (0.1, 0.3, -0.2))
    np.testing.assert_allclose(table["e"], table["pt"] * np.cosh(table["eta"]))


def test_of_two_jets_in_the_range_the_harder_is_taken_and_of_one_above_it_the_other(visible):
    back = [(kind, pt, eta, phi + np.pi) for kind, pt, eta, phi in PRONGS]
    both = [(0, kind, 1.05 * pt, eta, phi) for kind, pt, eta, phi in PRONGS] + [(0, *row) for row in back]
    above = [(1, kind, 1.2 * pt, eta, phi) for kind, pt, eta, phi in PRONGS] + [(1, *row) for row in back]
    table = found(visible, [*both, *above], record(2))
    assert table["pt"][table["event"] == 0].sum() == pytest.approx(630)
    assert table["pt"][table["event"] == 1].sum() == pytest.approx(600)


@pytest.mark.parametrize(
    "rows",
    [
        [(kind, 0.9 * pt, eta, phi) for kind, pt, eta, phi in PRONGS],
        [(kind, 1.2 * pt, eta, phi) for kind, pt, eta, phi in PRONGS],
        [(kind, pt, eta + 2.1, phi) for kind, pt, eta, phi in PRONGS],
        [(211, 300.0, 0.0, 0.0), (211, 290.0, 0.0, 0.1)],  # two constituents
    ],
)
def test_other_jets_are_dropped(visible, rows):
    assert len(found(visible, [(0, *row) for row in rows], record(1))) == 0


def test_a_top_is_in_its_jet_with_all_of_its_quarks_or_not_at_all(visible):
    rows = [(event, *row) for event in range(5) for row in PRONGS]
    away = top(1, eta=(0.1, 0.3, 1.2))  # one quark is outside
    lepton = [quark for quark in top(3) if quark[1] != 2]  # a W that gave no two quarks
    mixed = [*top(4)[:2], *top(4, sign=-1)[2:]]  # quarks of two tops
    particles = record(5, *top(0), *away, *top(2, sign=-1), *lepton, *mixed)
    assert np.unique(found(visible, rows, particles, TOP_JET)["event"]).tolist() == [0, 2]


def test_a_w_needs_its_two_quarks(visible):
    rows = [(event, *row) for event in range(2) for row in PRONGS]
    particles = record(2, *top(0)[1:], *top(1, phi=(0.0, 0.0, 1.5))[1:])
    assert np.unique(found(visible, rows, particles, W_FAT_JET)["event"]).tolist() == [0]


def test_only_the_hardest_constituents_are_kept(visible):
    rows = [(0, *row) for row in PRONGS] + [(0, 22, 0.01, 0.001 * i, 0.0) for i in range(300)]
    table = found(visible, rows, record(1))
    assert len(table) == fatjets.MOST and table["pt"].max() == 250


def pt_of(sample):
    """Transverse momenta of the jets."""
    return mass(sample)[1]


def mass(sample):
    c, n = sample.constituents, len(sample)
    p = c["pt"] * np.cos(c["phi"]), c["pt"] * np.sin(c["phi"]), c["pt"] * np.sinh(c["eta"]), c["e"]
    px, py, pz, e = (np.bincount(c["event"], values, n) for values in p)
    return np.sqrt(e**2 - px**2 - py**2 - pz**2), np.hypot(px, py)


@pytest.mark.parametrize(
    ("process", "expected"), [("top_jets", (165, 178)), ("w_jets", (76, 86)), ("qcd_jets", (50, 95))]
)
def test_jets_of_the_processes_have_their_masses(simulate, process, expected):
    sample = simulate(process, 300)
    m, pt = mass(sample)
    low, high = expected
    assert low < np.median(m) < high
    assert pt.min() > 550 and pt.max() < 650
    assert len(sample) > 50 and len(sample.photons) == len(sample.jets) == len(sample.leptons) == 0


def test_dark_jets_carry_a_part_of_the_energy_that_nobody_sees(simulate):
    sample = simulate("dark_jets", 400)
    assert len(sample) > 20
    assert np.median(np.hypot(sample.met_x, sample.met_y)) > 100
    assert np.bincount(sample.constituents["event"]).min() >= fatjets.LEAST


def test_the_more_mesons_are_invisible_the_fewer_jets_there_are_and_momentum_is_missing(simulate):
    missing, yields = {}, {}
    for percent in (0, 30, 60):
        sample = simulate(f"semivisible_jets_{percent}", 300)
        missing[percent] = np.median(np.hypot(sample.met_x, sample.met_y) / pt_of(sample))
        yields[percent] = len(sample)
    assert missing[0] < 0.15 < min(missing[30], missing[60]), missing
    assert yields[0] > yields[30] > yields[60] > 5, yields


def test_a_shower_that_goes_on_for_longer_has_more_constituents(simulate):
    """The lower the scale of confinement, the more dark quarks and gluons there are, and mesons."""
    number = {}
    for name in ("dark_jets_1", "dark_jets_30"):
        sample = simulate(name, 300)
        number[name] = np.bincount(sample.constituents["event"]).mean()
    assert number["dark_jets_1"] > number["dark_jets_30"] > fatjets.LEAST, number


def test_dark_particles_are_not_visible():
    zero = np.zeros(3)
    particles = SimpleNamespace(
        id=np.array([4900211, 12, 22]), mother_id=zero, final=np.ones(3, bool), event=zero.astype(int),
        px=zero + 1, py=zero + 1, pz=zero + 1, e=zero + 2,
    )  # fmt: skip
    assert stable.visible(particles)["id"].tolist() == [22]
    assert stable.invisible(particles).tolist() == [True, True, False]


def test_samples_are_joined_taken_and_made_data_with_their_constituents(simulate, rng):
    sample = simulate("qcd_jets", 60)
    both, n = samples.merge([sample, sample], 1.0), len(sample)
    assert both.constituents["event"].max() == 2 * n - 1
    some = samples.take(both, np.array([n + 3, 1]))
    np.testing.assert_array_equal(
        some.constituents["pt"][some.constituents["event"] == 1],
        sample.constituents["pt"][sample.constituents["event"] == 1],
    )
    assert sorted(samples.as_data(sample, rng).constituents["pt"]) == sorted(sample.constituents["pt"])
