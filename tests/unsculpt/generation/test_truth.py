"""Simulated showers against closed forms: energies, resolution, depth, transverse shares, spots."""

import numpy as np
import pytest

from unsculpt.generation import closure, medium, truth
from unsculpt.generation.geometry import LAYOUT, Geometry
from unsculpt.generation.medium import MEDIUM

GEOMETRY = Geometry.of(LAYOUT)


def showers(rng, energy, number=1500, **options):
    return truth.simulate(np.full(number, float(energy)), rng, GEOMETRY, **options)


def test_the_medium_is_that_of_lead_and_liquid_argon():
    assert pytest.approx(15.6, abs=0.05) == MEDIUM.x0 and MEDIUM.critical == pytest.approx(8.97, abs=0.01)
    assert MEDIUM.moliere == pytest.approx(36.8, abs=0.1) and GEOMETRY.depths[-1] / MEDIUM.x0 == pytest.approx(
        30.8, abs=0.1
    )


@pytest.mark.parametrize("start", [0.0, 9 / 7])
@pytest.mark.parametrize("energy", [3.0, 50.0])
def test_energies_add_up_with_the_resolution_of_the_spots(rng, energy, start):
    found, _ = showers(rng, energy, start=start, suppression=0.0)
    whole = (found.cells.sum(1) + found.overflow.sum(1)) / energy
    expected = np.sqrt(2 * 0.005 / energy)
    assert whole.mean() == pytest.approx(1, abs=4 * expected / np.sqrt(1500) + 2e-3)
    assert whole.std() == pytest.approx(expected, rel=0.08)


def test_spots_are_a_compound_poisson_process(rng):
    mean, spot = 0.012, 0.005
    energy = truth.spots(np.full(200_000, mean), spot, rng)
    assert energy.mean() == pytest.approx(mean, rel=0.01)
    assert energy.var() == pytest.approx(2 * spot * mean, rel=0.03)
    assert (energy == 0).mean() == pytest.approx(np.exp(-mean / spot), abs=0.003)


def test_the_share_of_a_cell_is_the_integral_of_the_radial_density():
    shape, tau, energy = (2, 3), np.array([0.5, 1.0]), 20.0
    share = medium.cell_fractions(tau, energy, shape, 60.0).reshape(2, *shape)
    weight, core, tail = medium.radial(tau, energy)
    grid = (np.arange(400) + 0.5) / 400
    x, y = np.meshgrid(60 * grid, -20 + 40 * grid, indexing="ij")  # of the second row and the middle column
    r2 = x**2 + y**2
    for k in range(2):
        parts = ((weight[k], core[k]), (1 - weight[k], tail[k]))
        density = sum(w * R**2 / (np.pi * (r2 + R**2) ** 2) for w, R in parts)
        assert share[k, 1, 1] == pytest.approx(density.mean() * 60 * 40, rel=2e-3)
    assert np.allclose(share[:, 0], share[:, 1]) and np.allclose(share[..., 0], share[..., 2])


def test_layers_share_the_integral_of_the_profile_in_depth():
    maximum, alpha, first = np.array([6.0]), np.array([4.0]), np.array([0.0])
    shares = [share.sum() for share in truth.layer_shares(maximum, alpha, first, (0.0, 90.0, 437.0, 480.0))]
    depth = np.linspace(0, 480 / MEDIUM.x0, 200_001)
    density = depth**3 * np.exp(-3 / 6 * depth)
    density /= 6 / (3 / 6) ** 4  # a gamma distribution of shape 4
    below = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2) * (depth[1] - depth[0])])
    expected = np.diff(np.interp(np.array([0, 90, 437, 480]) / MEDIUM.x0, depth, below))
    assert np.allclose(shares, expected, atol=1e-6)


def test_the_maximum_moves_with_the_logarithm_of_the_energy(rng):
    energies = np.array(closure.ENERGIES)
    depths = truth.profile_maxima(energies, rng)
    slope, constant = np.polyfit(np.log(energies * 1000 / MEDIUM.critical), depths, 1)
    assert slope == pytest.approx(0.983, abs=0.03) and constant == pytest.approx(-1.07, abs=0.15)


def test_what_converts_first_showers_deeper(rng):
    now, _ = showers(rng, 20)
    later, depths = showers(rng, 20, start=9 / 7)
    assert depths["start"].mean() == pytest.approx(9 / 7, rel=0.1)
    front = [found.cells[:, GEOMETRY.parts[0]].sum() for found in (now, later)]
    assert front[1] < 0.75 * front[0]


def test_no_cell_lies_between_zero_and_the_suppression(rng):
    found, _ = showers(rng, 10, number=50, suppression=5e-4)
    assert found.cells[found.cells > 0].min() >= np.float32(5e-4) and (found.cells == 0).any()


def test_closure_is_told_of_each_particle_and_bin(rng):
    one, _ = showers(rng, 20, number=300)
    found = closure.measure(one, GEOMETRY, ["e", "other"], [1, 10, 50], rng)
    low, high = (row for row in found["bins"] if row["particle"] == "e")
    assert low["closure"] is None and high["showers"] == 300
    assert high["resolution"]["value"] == pytest.approx(0.1, abs=0.015) and sum(high["shares"]) == pytest.approx(1)
    assert high["closure"]["value"] > high["in_cells"]["value"]
