import numpy as np
import pytest

from unsculpt.simulation import detector


def test_photon_resolution_is_sampling_and_constant_term_in_quadrature(rng, response):
    factor = response.photon_factor(np.full(100_000, 64.0), rng)
    assert factor.mean() == pytest.approx(1, abs=2e-4)
    assert factor.std() == pytest.approx(np.hypot(0.10 / 8, 0.017), rel=0.01)


def test_jet_resolution_is_sampling_and_constant_term_in_quadrature(rng):
    factor = detector.jet_factor(np.full(100_000, 100.0), rng)
    assert factor.std() == pytest.approx(np.hypot(0.07, 0.05), rel=0.01)


def test_a_soft_particle_never_gets_a_negative_energy(rng, response):
    assert response.photon_factor(np.full(10_000, 1e-4), rng).min() >= 0.2


@pytest.mark.parametrize(("flavour", "efficiency"), [(5, 0.70), (4, 0.083), (0, 0.0026)])
def test_b_tagging_has_the_efficiency_of_the_flavour(rng, flavour, efficiency):
    score = detector.btag_score(np.full(200_000, flavour), rng).astype(np.float32)
    error = np.sqrt(efficiency * (1 - efficiency) / 200_000)
    assert np.mean(score > 0.8244273) == pytest.approx(efficiency, abs=4 * error)
    assert np.abs(score).max() < 1


def test_leptons_are_found_with_the_efficiency_of_their_kind(rng):
    kind = np.repeat([11, 13], 100_000)
    found = detector.lepton_found(kind, rng)
    assert found[kind == 11].mean() == pytest.approx(0.85, abs=0.005)
    assert found[kind == 13].mean() == pytest.approx(0.95, abs=0.005)


def test_conversion_types_are_those_of_the_open_data(rng):
    types, counts = np.unique(detector.conversion(100_000, rng), return_counts=True)
    assert types.tolist() == [0, 1, 3]
    np.testing.assert_allclose(counts / 100_000, [0.65, 0.10, 0.25], atol=0.006)
