"""The observables against loops over the constituents, fastjet's own classes, and closed forms."""

import awkward as ak
import fastjet
import numpy as np
import pytest

from unsculpt.simulation import substructure
from unsculpt.simulation.constituents import Jets


def jets_of(*jets):
    """Jets from lists of (pt, eta, phi, m) of their constituents."""
    rows = np.concatenate([np.array(jet, float) for jet in jets])
    pt, eta, phi, m = rows.T
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    p = np.stack([px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + m**2)], axis=1)
    return Jets(np.cumsum([0, *map(len, jets)]), p, np.arange(len(jets)))


@pytest.fixture(scope="module")
def jets():
    rng = np.random.default_rng(1)
    return jets_of(
        *(
            np.stack(
                [1 + rng.exponential(20, n), rng.normal(0, 0.3, n), rng.normal(3, 0.3, n), np.full(n, 0.14)], axis=1
            )
            for n in rng.integers(substructure.LEAST, 30, 100)
        )
    )


def each(jets):
    for first, last in zip(jets.first[:-1], jets.first[1:], strict=True):
        yield jets.p[first:last]


def pair_distance(p):
    y, phi = np.arctanh(p[:, 2] / p[:, 3]), np.arctan2(p[:, 1], p[:, 0])
    return np.hypot(y[:, None] - y, (phi[:, None] - phi + np.pi) % (2 * np.pi) - np.pi)


def correlators(p):
    z, d = np.hypot(p[:, 0], p[:, 1]), pair_distance(p)
    z = z / z.sum()
    e2 = np.einsum("i,j,ij", z, z, d) / 2
    return e2, np.einsum("i,j,k,ij,jk,ik", z, z, z, d, d, d) / 6


def boosted(p):
    """Momenta in the rest frame of their sum, by the matrix of the boost."""
    total = p.sum(0)
    beta = total[:3] / total[3]
    gamma = 1 / np.sqrt(1 - beta @ beta)
    matrix = np.eye(4)
    matrix[3, 3] = gamma
    matrix[3, :3] = matrix[:3, 3] = -gamma * beta
    matrix[:3, :3] += (gamma - 1) * np.outer(beta, beta) / (beta @ beta)
    return p @ matrix.T


def test_energy_correlators_are_sums_over_pairs_and_triplets(jets):
    found = substructure.observables(jets, radius=1.0)
    e2, e3 = np.array([correlators(p) for p in each(jets)]).T
    np.testing.assert_allclose(found["d2"], e3 / e2**3, rtol=1e-12)
    np.testing.assert_allclose(found["c2"], e3 / e2**2, rtol=1e-12)


def test_energy_correlators_of_a_jet_do_not_depend_on_the_jets_beside_it(jets):
    mask = np.arange(len(jets)) % 3 == 0
    together = np.array(substructure.correlators(jets))[:, mask]
    np.testing.assert_allclose(substructure.correlators(jets[mask]), together, rtol=1e-13)
    assert [len(found) for found in substructure.correlators(jets[np.zeros(len(jets), bool)])] == [0, 0]


def test_subjettiness_is_that_of_fastjet(jets):
    definition = fastjet.JetDefinition(fastjet.kt_algorithm, 0.8)
    names = {"measure_definition": "NormalizedMeasure", "axes_definition": "WTA_KT_Axes"}
    expected = fastjet.ClusterSequence(jets.awkward, definition).njettiness(**names, njets=[1, 2, 3], beta=1.0, R0=0.8)
    found = substructure.subjettiness(jets, (1, 2, 3), radius=0.8)
    np.testing.assert_allclose(found, ak.to_numpy(expected), rtol=1e-12, atol=1e-13)


def test_shapes_in_the_rest_frame_are_sums_over_boosted_constituents(jets):
    found = substructure.observables(jets, radius=1.0)
    ratio, smallest = [], []
    for p in each(jets):
        rest = boosted(p)[:, :3]
        np.testing.assert_allclose(rest.sum(0), 0, atol=1e-9)
        size = np.linalg.norm(rest, axis=1)
        cosine = rest @ rest.T / np.outer(size, size)
        pairs = np.triu(np.outer(size, size), 1)
        ratio.append((pairs * (1.5 * cosine**2 - 0.5)).sum() / pairs.sum())
        smallest.append(1.5 * np.linalg.eigvalsh(rest.T @ rest)[0] / (size**2).sum())
    np.testing.assert_allclose(found["fox_wolfram_20"], ratio, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found["aplanarity"], smallest, rtol=1e-12, atol=1e-12)


def test_angularity_and_planar_flow_are_sums_around_the_axis(jets):
    found = substructure.observables(jets, radius=1.0)
    angularity, flow = [], []
    for p in each(jets):
        total = p.sum(0)
        axis = total[:3] / np.linalg.norm(total[:3])
        theta = np.arctan2(np.linalg.norm(np.cross(p[:, :3], axis), axis=1), p[:, :3] @ axis)
        mass = np.sqrt(total[3] ** 2 - total[:3] @ total[:3])
        angularity.append((p[:, 3] * np.sin(theta) ** -2 * (2 * np.sin(theta / 2) ** 2) ** 3).sum() / mass)
        across = p[:, :3] - np.outer(p[:, :3] @ axis, axis)  # a tensor of three dimensions, one of which is empty
        low, middle, high = np.linalg.eigvalsh((across.T / p[:, 3]) @ across)
        assert abs(low) < 1e-9 * high
        flow.append(4 * middle * high / (middle + high) ** 2)
    np.testing.assert_allclose(found["angularity"], angularity, rtol=1e-12)
    np.testing.assert_allclose(found["planar_flow"], flow, rtol=1e-12)


def swig(p, algorithm, radius):
    """The clustering of a jet by fastjet's classes; with it its pseudojet, which must not outlive it."""
    momenta = [fastjet.PseudoJet(*map(float, row)) for row in p]
    sequence = fastjet._swig.ClusterSequence(momenta, fastjet._swig.JetDefinition(algorithm, radius))
    return sequence, fastjet.sorted_by_pt(sequence.inclusive_jets())[0]


def test_the_last_kt_splitting_is_that_of_fastjet(jets):
    scale, _ = substructure.last_splitting(jets, radius=1.5)
    for p, ours in zip(each(jets), scale, strict=True):
        sequence, jet = swig(p, fastjet.kt_algorithm, 1.5)
        assert ours == pytest.approx(1.5 * np.sqrt(sequence.exclusive_subdmerge(jet, 1)), rel=1e-12)
    found = substructure.observables(jets, radius=1.0)
    np.testing.assert_allclose(found["zcut12"], scale**2 / (scale**2 + jets.mass**2), rtol=1e-14)


def test_two_prongs_are_a_line_back_to_back_without_a_third():
    jets = jets_of([(100, 0, 0.1, 0), (100, 0, -0.1, 0), (1e-9, 0, 0.1, 0)])
    found = substructure.observables(jets, radius=1.0)
    assert found["planar_flow"][0] == pytest.approx(0, abs=1e-9)
    assert found["aplanarity"][0] == pytest.approx(0, abs=1e-9)
    assert found["fox_wolfram_20"][0] == pytest.approx(1, abs=1e-6)
    assert found["tau21"][0] == pytest.approx(0, abs=1e-6)
    assert found["split12"][0] == pytest.approx(100 * 0.2)
    assert found["kt_dr"][0] == pytest.approx(0.2)
    assert jets.mass[0] == pytest.approx(2 * 100 * np.sin(0.1))


def test_three_equal_prongs_are_flat_and_round_in_the_plane():
    angle = 2 * np.pi / 3 * np.arange(3)
    jets = jets_of([(100, 0.01 * np.cos(a), 0.01 * np.sin(a), 0) for a in angle])
    found = substructure.observables(jets, radius=1.0)
    assert found["planar_flow"][0] == pytest.approx(1, rel=1e-3)
    assert found["tau32"][0] == pytest.approx(0, abs=1e-9)
    assert found["tau21"][0] == pytest.approx(1 / 2, rel=1e-3)  # of three prongs two axes leave one
