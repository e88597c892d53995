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


def decays(rng, mass, n=2000):
    """Momenta of a particle of this mass, and of the two massless ones into which it decays; `vector` objects."""
    axis, phi = rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    sine = np.sqrt(1 - axis**2)
    half = {"px": sine * np.cos(phi), "py": sine * np.sin(phi), "pz": axis}
    first, second = (
        vector.array({name: sign * mass / 2 * value for name, value in half.items()} | {"E": np.full(n, mass / 2)})
        for sign in (1, -1)
    )
    parent = vector.array(
        {"pt": rng.exponential(60, n), "eta": rng.normal(0, 1, n), "phi": rng.uniform(-3, 3, n), "M": np.full(n, mass)}
    )
    return parent, first.boost(parent), second.boost(parent)


def test_the_momentum_that_is_not_seen_is_one_of_two_that_give_the_mass(rng):
    _, lepton, neutrino = decays(rng, 80.4)
    seen = lepton.px, lepton.py, lepton.pz, lepton.E
    found = kinematics.invisible_pz(seen, neutrino.px, neutrino.py, 80.4)
    with_it = vector.array({"px": neutrino.px, "py": neutrino.py, "pz": found, "M": np.zeros(len(found))})
    np.testing.assert_allclose((lepton + with_it).mass, 80.4, rtol=1e-4)
    # by the sum of the roots of the quadratic equation the other one
    other = 2 * lepton.pz * (80.4**2 / 2 + lepton.px * neutrino.px + lepton.py * neutrino.py) / lepton.pt**2 - found
    assert (np.abs(found) <= np.abs(other) * (1 + 1e-9) + 1e-6).all()
    near = np.minimum(np.abs(found - neutrino.pz), np.abs(other - neutrino.pz))
    assert (near < 1e-3 * (1 + np.abs(neutrino.pz))).mean() > 0.99  # where the roots meet, rounding parts them
    assert 0.5 < (np.abs(found - neutrino.pz) < 1).mean() < 0.95  # the choice is not always right


def test_complex_momenta_are_their_real_part(rng):
    _, lepton, neutrino = decays(rng, 80.4)
    seen = lepton.px, lepton.py, lepton.pz, lepton.E
    px, py = (3 * side for side in (neutrino.px, neutrino.py))  # a transverse mass above that of the boson
    transverse = np.sqrt(2 * (lepton.pt * np.hypot(px, py) - lepton.px * px - lepton.py * py))
    found = kinematics.invisible_pz(seen, px, py, 80.4)
    above = transverse > 80.4
    assert above.sum() > 100
    real = lepton.pz * (80.4**2 / 2 + lepton.px * px + lepton.py * py) / lepton.pt**2
    np.testing.assert_allclose(found[above], real[above], rtol=1e-6, atol=1e-6)


def test_a_seen_particle_with_a_mass_counts_with_it(rng):
    n = 100
    moving = {"pt": rng.uniform(20, 90, n), "eta": rng.normal(size=n), "phi": rng.uniform(-3, 3, n)}
    lepton = vector.array(moving | {"M": np.full(n, 30.0)})
    phi = lepton.phi + np.pi
    px, py = 10 * np.cos(phi), 10 * np.sin(phi)
    found = kinematics.invisible_pz((lepton.px, lepton.py, lepton.pz, lepton.E), px, py, 120.0)
    with_it = vector.array({"px": px, "py": py, "pz": found, "M": np.zeros(n)})
    np.testing.assert_allclose((lepton + with_it).mass, 120.0, rtol=1e-9)


def test_nothing_is_known_beside_a_particle_along_the_beam():
    assert np.isnan(kinematics.invisible_pz((0.0, 0.0, 50.0, 50.0), 30.0, 0.0, 80.4))
