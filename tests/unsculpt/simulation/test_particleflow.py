"""Tracks and cells: nothing is made, lost or shifted but what the response says."""

import numpy as np
import pytest

from unsculpt.simulation import particleflow


def many(visible, kind, n, pt=20.0, eta=0.3):
    """Particles far from each other: one an event."""
    return visible(*((event, kind, pt, eta, -3.0 + 6.0 * event / n) for event in range(n)))


@pytest.mark.parametrize(
    ("kind", "resolution"),
    [
        (211, np.hypot(0.01, 2e-4 * 20)),
        (22, np.hypot(0.10 / np.sqrt(20.9), 0.007)),
        (130, np.hypot(0.5 / np.sqrt(20.9), 0.03)),
    ],
)
def test_energies_are_right_on_average_and_spread_by_the_resolution(visible, rng, kind, resolution):
    n = 4000
    found = particleflow.measured(many(visible, kind, n), rng)
    assert len(found) == n
    ratio = found["e"] / (20 * np.cosh(0.3))
    if kind == 211:  # those without a track are cells of hadrons
        near = np.abs(found["py"] / found["px"] - np.tan(np.linspace(-3.0, 3.0, n, endpoint=False))) < 1e-9
        assert near.mean() == pytest.approx(particleflow.TRACK_EFFICIENCY, abs=0.015)
        ratio = ratio[near]
    assert ratio.mean() == pytest.approx(1, abs=5 * resolution / np.sqrt(len(ratio)))
    assert ratio.std() == pytest.approx(resolution, rel=0.06)


def test_all_that_is_in_a_cell_is_one_and_lies_in_it(visible, rng):
    rows = [
        (0, 130, 20.0, 0.01, 0.01),
        (0, 130, 30.0, 0.09, 0.09),
        (0, 2112, 10.0, 0.15, 0.01),
        (1, 130, 20.0, 0.01, 0.01),
    ]
    found = particleflow.measured(visible(*rows), rng)
    assert found["event"].tolist() == [0, 0, 1]
    eta = np.arcsinh(found["pz"] / np.hypot(found["px"], found["py"]))
    np.testing.assert_array_equal(np.floor(eta / 0.1), [0, 1, 0])
    assert found["e"][0] > 30


def test_the_cells_go_once_around_the_beam_and_mirror(visible, rng):
    rows = [(0, 130, 50.0, -0.05, 3.14), (0, 130, 50.0, -0.05, -3.14), (0, 22, 50.0, -2.4, 0.0)]
    found = particleflow.measured(visible(*rows), rng)
    assert len(found) == 2, "both hadrons are in the cell across the seam of the azimuth"
    assert sorted(np.abs(np.arctan2(found["py"], found["px"])) > 3.0) == [False, True]
    assert found["e"].min() > 40
    assert np.arcsinh(found["pz"] / np.hypot(found["px"], found["py"])).min() == pytest.approx(-2.4, abs=0.025)


def test_soft_cells_are_not_seen_and_soft_tracks_end_in_cells(visible, rng):
    soft = [(0, 130, 0.3, 0.0, 0.1), (0, 22, 0.2, 0.0, 0.5), (0, 211, 0.3, 0.0, 1.0)]
    assert len(particleflow.measured(visible(*soft), rng)) == 0
    assert len(particleflow.measured(visible(*soft, (1, 211, 0.4, 0.0, 1.0), (1, 130, 9.0, 0.0, 1.0)), rng)) == 1


def test_what_is_measured_has_no_mass_and_depends_on_the_seed_alone(visible):
    rows = [(event, kind, 5.0 + event, 0.2 * event, 0.3) for event in range(5) for kind in (211, 22, 130)]
    first, again = (particleflow.measured(visible(*rows), np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first["e"] ** 2, sum(first[name] ** 2 for name in ("px", "py", "pz")), rtol=1e-12)
    assert (np.diff(first["event"]) >= 0).all()
