"""Angles, distances and masses of pairs, against four-momenta of the library vector."""

import numpy as np
import vector

from unsculpt import kinematics


def pairs(rng, n=200):
    pt, eta, phi = rng.uniform(25, 200, (n, 2)), rng.uniform(-2.3, 2.3, (n, 2)), rng.uniform(-np.pi, np.pi, (n, 2))
    momenta = vector.array({"pt": pt, "eta": eta, "phi": phi, "mass": np.zeros_like(pt)})
    return pt, eta[:, 0] - eta[:, 1], phi[:, 0] - phi[:, 1], momenta[:, 0], momenta[:, 1]


def test_azimuths_are_periodic(rng):
    angles, turns = rng.uniform(-3, 3, 100), rng.integers(-3, 4, 100)
    np.testing.assert_allclose(kinematics.wrapped(angles + 2 * np.pi * turns), angles, atol=1e-12)


def test_pairs_are_those_of_four_momenta(rng):
    pt, deta, dphi, first, second = pairs(rng)
    np.testing.assert_allclose(kinematics.wrapped(dphi), first.deltaphi(second), atol=1e-12)
    np.testing.assert_allclose(kinematics.delta_r(deta, dphi), first.deltaR(second), rtol=1e-12)
    np.testing.assert_allclose(kinematics.pair_mass(pt.T, deta, dphi), (first + second).mass, rtol=1e-9)


def test_whole_turns_change_neither_distance_nor_mass(rng):
    pt, deta, dphi, _, _ = pairs(rng)
    np.testing.assert_allclose(kinematics.delta_r(deta, dphi + 2 * np.pi), kinematics.delta_r(deta, dphi))
    np.testing.assert_allclose(
        kinematics.pair_mass(pt.T, deta, dphi + 2 * np.pi), kinematics.pair_mass(pt.T, deta, dphi)
    )
