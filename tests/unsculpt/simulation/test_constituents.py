import fastjet
import numpy as np
import pytest

from unsculpt.simulation import constituents
from unsculpt.simulation.constituents import Jets


def spray(rng, n, eta, phi):
    """Four-momenta of n massless particles around an axis."""
    pt, eta, phi = 1 + rng.exponential(20, n), rng.normal(eta, 0.3, n), rng.normal(phi, 0.3, n)
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta)], axis=1)


@pytest.fixture(scope="module")
def events():
    """Particles of events with two sprays each, and their numbers; the third has one."""
    rng = np.random.default_rng(3)
    parts = [
        [spray(rng, 30, 0.5, 0.0), spray(rng, 20, -0.5, 3.0)],
        [spray(rng, 25, 1.0, 1.0), spray(rng, 25, 0.0, -2.0)],
    ]
    parts.append([spray(rng, 40, 0.0, 0.0)])
    return np.concatenate([p for event in parts for p in event]), np.array([sum(map(len, event)) for event in parts])


def pseudojets(p):
    return [fastjet.PseudoJet(*map(float, row)) for row in p]


def test_jets_are_those_of_fastjet_with_all_their_constituents(events):
    p, counts = events
    jets = constituents.cluster(p, counts, radius=1.0, pt_min=100.0)
    ends = np.cumsum(counts)
    for event, (first, last) in enumerate(zip(ends - counts, ends, strict=True)):
        definition = fastjet._swig.JetDefinition(fastjet.antikt_algorithm, 1.0)
        sequence = fastjet._swig.ClusterSequence(pseudojets(p[first:last]), definition)
        expected = sorted((jet.pt(), jet.m(), len(jet.constituents())) for jet in sequence.inclusive_jets(100.0))
        mine = jets.event == event
        found = sorted(zip(jets.pt[mine], jets.mass[mine], jets.size[mine], strict=True))
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert len(jets) >= 3


def test_trimming_keeps_the_subjets_that_fastjet_keeps(events):
    p, counts = events
    jets = constituents.cluster(p, counts, radius=1.0, pt_min=100.0)
    trimmed = constituents.trimmed(jets, radius=0.2, fraction=0.05)
    assert len(trimmed) == len(jets)
    for i in range(len(jets)):
        definition = fastjet._swig.JetDefinition(fastjet.kt_algorithm, 0.2)
        sequence = fastjet._swig.ClusterSequence(pseudojets(jets.p[jets.first[i] : jets.first[i + 1]]), definition)
        kept = [s for s in sequence.inclusive_jets() if s.pt() >= 0.05 * jets.pt[i]]
        total = np.sum([[s.px(), s.py(), s.pz(), s.e()] for s in kept], axis=0)
        np.testing.assert_allclose(trimmed.momentum[i], total, rtol=1e-9, atol=1e-9)
        assert trimmed.size[i] == sum(len(s.constituents()) for s in kept)
    assert (trimmed.size < jets.size).any()


def test_a_jet_of_soft_subjets_alone_is_dropped_and_the_others_keep_their_events():
    ring = [[np.cos(a), np.sin(a), 0.0, 1.0] for a in np.linspace(-0.9, 0.9, 40)]  # forty subjets of a fortieth
    p = np.array([*ring, [50.0, 0, 0, 50.0], [0, 1.0, 0, 1.0]])
    jets = Jets(np.array([0, 40, 42]), p, np.array([4, 7]))
    (kept,) = constituents.trimmed(jets, radius=0.01, fraction=0.05).event
    assert kept == 7


def test_a_mask_takes_jets_with_their_constituents():
    p = np.arange(24.0).reshape(6, 4)
    jets = Jets(np.array([0, 2, 3, 6]), p, np.array([0, 0, 5]))[np.array([True, False, True])]
    assert jets.event.tolist() == [0, 5]
    np.testing.assert_array_equal(jets.sum(jets.p), [p[:2].sum(0), p[3:].sum(0)])
    none = jets[np.zeros(2, bool)]
    assert len(none) == len(none.mass) == len(constituents.trimmed(none, radius=0.2, fraction=0.05)) == 0
