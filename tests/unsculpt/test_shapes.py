"""Shapes: the exponential family on bins, and the double-sided Crystal Ball."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from unsculpt import axes, shapes

EDGES = np.linspace(105, 160, 56)
BALL = shapes.CrystalBall(50.0, 125.1, 1.157, 1.616, 6.23, 1.484, 15.5)


def test_the_reduced_mass_runs_from_minus_one_to_one():
    assert shapes.reduced(EDGES[[0, -1]], EDGES).tolist() == [-1.0, 1.0]
    assert shapes.half_range(EDGES) == 27.5


def test_a_falling_exponential_has_its_slope_as_first_coefficient():
    beta = np.array([3.0, 0.025 * 27.5])
    expected = np.exp(shapes.basis(EDGES, 1) @ beta)
    slope = -np.diff(np.log(expected)) / np.diff(shapes.centres(EDGES))
    assert slope == pytest.approx(0.025)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_first_coefficient_is_the_slope_at_the_centre_at_every_order(order):
    beta = np.array([3.0, 0.7, 0.2, -0.3])[: order + 1]
    h = 1e-6
    low, high = np.exp(shapes.polynomials([-h, h], order) @ beta)
    assert -np.log(high / low) / (2 * h) == pytest.approx(0.7, abs=1e-6)


def test_bin_centres_are_exact_for_one_exponential_and_close_for_two():
    """Equal bins: order 1 differs from the integral by one factor, order 2 by 3e-6 of the window at 1 GeV."""
    window = axes.spectrum(EDGES, (120, 130)).in_window
    for beta, tolerance in (((3.0, 0.7), 1e-12), ((3.0, 0.7, 0.04), 1e-5)):
        centre = np.exp(shapes.basis(EDGES, len(beta) - 1) @ np.array(beta))
        exact = shapes.bin_integrals(beta, EDGES)
        assert centre[window].sum() / centre.sum() == pytest.approx(exact[window].sum() / exact.sum(), rel=tolerance)


def test_bin_integrals_are_those_of_numerical_quadrature():
    edges = np.array([105.0, 106.0, 110.0, 130.0, 160.0])
    beta = np.array([3.0, 0.7, 0.3])
    density = [
        quad(lambda m: np.exp(shapes.polynomials(shapes.reduced([m], edges), 2) @ beta)[0], *pair)[0]
        for pair in pairwise(edges)
    ]
    assert shapes.bin_integrals(beta, edges, points=20) == pytest.approx(np.array(density) / np.diff(edges).mean())


def test_an_order_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="order 4"):
        shapes.basis(EDGES, 4)


@pytest.mark.parametrize("low, high", [(90, 110), (118, 123.5), (120, 130), (124, 126), (126, 150), (60, 250)])
def test_the_integral_of_the_crystal_ball_is_that_of_numerical_quadrature(low, high):
    points = [m for m in (123.23, 125.1, 126.82) if low < m < high]
    numerical, _ = quad(BALL.density, low, high, points=points or None, epsabs=1e-10)
    assert BALL.cumulative(high) - BALL.cumulative(low) == pytest.approx(numerical, rel=1e-7)


def test_the_crystal_ball_is_continuous_with_its_slope_where_the_tails_begin():
    for joint in (BALL.mean - BALL.alpha_low * BALL.sigma, BALL.mean + BALL.alpha_high * BALL.sigma):
        h = 1e-5
        before, at, after = BALL.density(np.array([joint - h, joint, joint + h]))
        assert before - at == pytest.approx(at - after, rel=1e-3)


def test_the_crystal_ball_has_all_its_events_between_minus_and_plus_infinity():
    assert BALL.cumulative(1e9) == pytest.approx(50.0, rel=1e-6)
    assert BALL.bins(np.linspace(-1e4, 1e4, 41)).sum() == pytest.approx(50.0, rel=1e-6)


def test_far_tails_of_the_crystal_ball_give_a_gaussian():
    gauss = shapes.CrystalBall(1.0, 125.0, 2.0, 8.0, 5.0, 8.0, 5.0)
    assert gauss.cumulative(127.0) - gauss.cumulative(123.0) == pytest.approx(0.6826894921)


@pytest.mark.parametrize("name", shapes.FUNCTIONS)
def test_bin_integrals_of_every_function_are_those_of_numerical_quadrature(name):
    function, edges = shapes.FUNCTIONS[name], np.array([105.0, 106.0, 110.0, 130.0, 160.0])
    beta = np.array([3.0, 0.7, 0.3, 0.2, 0.1])[: function.parameters]

    def density(mass):
        value = float(function.columns(np.array(mass), edges) @ beta)
        return np.exp(value) if function.log_linear else value

    exact = [quad(density, *pair, epsabs=1e-12)[0] for pair in pairwise(edges)] / np.diff(edges).mean()
    assert function.integrals(beta, edges, points=20) == pytest.approx(exact, rel=1e-9)
    if not function.log_linear:
        assert function.expected(beta, edges) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("name", ["exp1", "exp2", "exp3", "pow1", "pow2"])
def test_bin_centres_are_close_to_the_integrals_in_bins_of_one_gev(name):
    """Up to a normalisation, which the fit absorbs, within 2e-5 of each bin."""
    function = shapes.FUNCTIONS[name]
    beta = np.array([3.0, 0.7, 0.1, 0.1])[: function.parameters]
    ratio = function.expected(beta, EDGES) / function.integrals(beta, EDGES)
    assert ratio / ratio.mean() == pytest.approx(1.0, abs=5e-5)


@pytest.mark.parametrize("name", ["exp2", "exp3", "pow1", "pow2"])
def test_the_slope_of_a_function_is_its_logarithmic_derivative_at_the_centre(name):
    function, h = shapes.FUNCTIONS[name], 1e-3
    beta = np.array([3.0, 0.7, 0.2, -0.3])[: function.parameters]
    low, high = (float(function.columns(np.array(132.5 + step), EDGES) @ beta) for step in (-h, h))
    assert function.slope(EDGES) @ beta == pytest.approx((low - high) / (2 * h), rel=1e-6)


def test_a_power_law_is_a_power_of_the_mass():
    function = shapes.FUNCTIONS["pow1"]
    power = 4.0
    beta = np.array([0.0, power * np.log(160 / 105) / 2])
    expected = function.expected(beta, EDGES) * shapes.centres(EDGES) ** power
    assert expected == pytest.approx(expected[0])


def test_bernstein_polynomials_add_up_to_one_and_are_not_negative():
    for order in range(1, 5):
        basis = shapes.basis(EDGES, f"bern{order}")
        assert basis.sum(1) == pytest.approx(1.0) and (basis >= 0).all()


def test_every_function_knows_its_name_its_parameters_and_its_latex():
    names = ["exp1", "exp2", "exp3", "pow1", "pow2", "bern1", "bern2", "bern3", "bern4"]
    assert list(shapes.FUNCTIONS) == names
    assert [f.parameters for f in shapes.FUNCTIONS.values()] == [2, 3, 4, 2, 3, 2, 3, 4, 5]
    assert shapes.FUNCTIONS["pow2"].latex == r"N\,e^{-a y - b (y^2 - 1/3)}"
    assert r"c_k \binom{3}{k}" in shapes.FUNCTIONS["bern3"].latex
    with pytest.raises(ValueError, match="bern1 is not log-linear"):
        shapes.FUNCTIONS["bern1"].slope(EDGES)


def test_a_moved_shape_keeps_its_events_and_takes_its_peak_along():
    contents = BALL.bins(EDGES)
    template = shapes.Template(EDGES, contents, 125.1)
    for shape in (BALL, template):
        moved = shape.moved(128.1)
        assert moved.cumulative(1e9) == pytest.approx(shape.cumulative(1e9))
        assert moved.cumulative(128.1) == pytest.approx(shape.cumulative(125.1), rel=1e-6)
    assert template.bins(EDGES) == pytest.approx(contents)
    assert template.moved(128.1).bins(EDGES)[20:26] == pytest.approx(contents[17:23])
