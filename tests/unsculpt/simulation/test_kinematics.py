import numpy as np
import pytest

from unsculpt.simulation import kinematics


def random_objects(rng, n, events):
    columns = {"pt": rng.exponential(30, n), "eta": rng.normal(0, 1.5, n), "phi": rng.uniform(-np.pi, np.pi, n)}
    return kinematics.objects(rng.integers(0, events, n), **columns)


def test_objects_are_in_order_of_event_and_falling_transverse_momentum(rng):
    table = random_objects(rng, 200, 20)
    assert (np.diff(table["event"]) >= 0).all()
    same = np.diff(table["event"]) == 0
    assert (np.diff(table["pt"])[same] <= 0).all()


def test_near_pairs_are_those_of_a_double_loop(rng):
    a, b = random_objects(rng, 60, 8), random_objects(rng, 80, 8)
    expected = set()
    for i in range(len(a)):
        for j in range(len(b)):
            dphi = abs(a["phi"][i] - b["phi"][j])
            r = np.hypot(a["eta"][i] - b["eta"][j], min(dphi, 2 * np.pi - dphi))
            if a["event"][i] == b["event"][j] and r < 1.2:
                expected.add((i, j))
    i, j, r = kinematics.near(a, b, 8, 1.2)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == expected
    assert (r < 1.2).all()


def test_distinct_pairs_of_k_objects_are_k_choose_two():
    i, j = kinematics.distinct_pairs(np.array([0, 0, 0, 0, 2, 2]), 3)
    assert len(i) == 6 + 1
    assert (i < j).all()


def test_two_photons_back_to_back_have_twice_their_momentum_as_mass():
    photons = kinematics.objects(np.zeros(2, int), pt=np.full(2, 62.5), eta=np.zeros(2), phi=np.array([0, np.pi]))
    assert kinematics.mass(photons[:1], photons[1:])[0] == pytest.approx(125)


def test_mass_is_that_of_the_summed_four_momenta(rng):
    a, b = random_objects(rng, 50, 1), random_objects(rng, 50, 1)
    p = sum(
        np.stack([o["pt"] * np.cosh(o["eta"]), o["pt"] * np.cos(o["phi"]), o["pt"] * np.sin(o["phi"]),
                  o["pt"] * np.sinh(o["eta"])])
        for o in (a, b)
    )  # fmt: skip
    np.testing.assert_allclose(kinematics.mass(a, b), np.sqrt(p[0] ** 2 - (p[1:] ** 2).sum(axis=0)), rtol=1e-6)


def test_spherical_coordinates_of_a_particle_along_the_beam_are_finite():
    pt, eta, _ = kinematics.spherical(np.zeros(2), np.zeros(2), np.array([5.0, -5.0]))
    assert pt.tolist() == [0, 0]
    assert eta.tolist() == [20, -20]
