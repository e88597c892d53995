"""Sideband fits of unequal weights: errors against linear propagation, p-values and coverage against toys, refusals."""

import numpy as np
import pytest
from toy_spectrum import CENTRES, EDGES, INSIDE, TRUTH, sideband_fit

from unsculpt import axes, fits, likelihood, shapes
from unsculpt.fits import weights
from unsculpt.fits.goodness import pearson

AXIS = axes.spectrum(EDGES, (120, 130))
STEPS = {"heavy above": np.where(CENTRES > 130, 10.0, 1.0), "heavy below": np.where(CENTRES < 120, 10.0, 1.0)}


def fit(sumw, sumw2, **options):
    return sideband_fit(sumw, sumw2, **{"engine": "glm", "max_order": 1} | options)


def toys(rng, number, events, weight):
    """Spectra of a falling exponential whose events have the weight of their bin: sums of weights and of squares."""
    counts = rng.poisson(events / 10000 * TRUTH / weight, size=(number, 55))
    return counts * weight, counts * weight**2


def lognormal(rng, number, events, sigma):
    """Spectra whose weights do not know the mass, lognormal of mean one."""
    cell = np.repeat(np.arange(number * 55), rng.poisson(events / 10000 * TRUTH, size=(number, 55)).ravel())
    weight = np.exp(sigma * rng.standard_normal(cell.size) - sigma**2 / 2)
    return (np.bincount(cell, w, minlength=number * 55).reshape(number, 55) for w in (weight, weight**2))


def propagated(function, weight):
    """Error of the window yield by linear propagation: its change with each bin, by differences, and their variance."""
    start = fits.sideband_yields(TRUTH, AXIS, function=function)[0]
    shifted = TRUTH + np.diag(0.01 * TRUTH)
    slopes = (fits.sideband_yields(shifted, AXIS, function=function)[0] - start) / (0.01 * TRUTH)
    return np.sqrt((slopes**2 * weight * TRUTH)[~INSIDE].sum())


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("engine", ["glm", "pyhf"])
@pytest.mark.parametrize("function", ["exp1", "exp2"])
def test_the_error_of_the_yield_is_that_of_the_variances_of_the_bins(name, function, engine):
    """One kappa for all gives errors 13 % too large and 8 % too small."""
    result = fit(TRUTH, TRUTH * STEPS[name], function=function, engine=engine)
    assert result.window_yield.error == pytest.approx(propagated(function, STEPS[name]), rel=0.01)
    interval = result.window_yield_interval
    assert (interval["high"] - interval["low"]) / 2 == pytest.approx(result.window_yield.error, rel=0.01)
    assert result.error_events is None and result.window_yield.value == pytest.approx(TRUTH[INSIDE].sum(), rel=1e-6)


def test_the_error_of_the_yield_is_the_scatter_of_toys(rng):
    """And so it is where the weights change within a sideband."""
    weight = np.where(CENTRES > 145, 10.0, 1.0)
    sumw, sumw2 = toys(rng, 1500, 20000, weight)
    kappa = sumw2[:, ~INSIDE].sum(1) / sumw[:, ~INSIDE].sum(1)
    values, _, _ = fits.sideband_yields(sumw / kappa[:, None], AXIS, function=1)
    found = fit(2 * TRUTH, 2 * TRUTH * weight).window_yield.error
    assert found == pytest.approx((kappa * values).std(), rel=0.06)


def test_p_values_of_unequal_weights_are_flat(rng):
    """With one kappa for all, 40 % of good fits were below 5 %."""
    found = [fit(*spectra) for spectra in zip(*toys(rng, 200, 5000, STEPS["heavy above"]), strict=True)]
    p = np.array([result.p_value for result in found])
    assert np.mean(p < 0.05) < 0.1 and np.mean(p) == pytest.approx(0.5, abs=0.08)
    true = TRUTH[INSIDE].sum() / 2
    covered = [r.window_yield_interval["low"] < true < r.window_yield_interval["high"] for r in found]
    assert np.mean(covered) == pytest.approx(0.68, abs=0.1)


def test_a_further_order_is_not_taken_for_unequal_weights(rng):
    """Likelihood ratio and F-test of a parameter that the truth does not have."""
    found = [fit(*spectra, max_order=2) for spectra in zip(*toys(rng, 200, 5000, STEPS["heavy above"]), strict=True)]
    steps = np.array([result.order_choice["p_value"] for result in found])
    tests = np.array([result.orders["2"]["f_test"] for result in found])
    for p in (steps, tests):
        assert np.mean(p < 0.05) < 0.1 and np.mean(p) == pytest.approx(0.5, abs=0.09)


def test_p_values_of_toys_know_the_weights(rng):
    weight = np.where(CENTRES > 130, 4.0, 1.0)
    options = {"toys": 60, "rng": rng}
    p = [fit(*spectra, **options).p_value_toys for spectra in zip(*toys(rng, 80, 120, weight), strict=True)]
    assert np.mean(p) == pytest.approx(0.5, abs=0.11) and np.mean(np.array(p) < 0.1) < 0.22


def test_chi2_is_that_of_the_curve_which_is_best_for_the_variances(rng):
    """Against weighted least squares in closed form."""
    expected, scale = np.linspace(40.0, 20.0, 30), np.where(np.arange(30) < 15, 0.3, 2.0)
    columns = np.stack([np.ones(30), np.linspace(-1, 1, 30)], axis=1)
    counts = expected + rng.normal(0, np.sqrt(scale * expected))
    root = 1 / np.sqrt(scale * expected)
    _, least, *_ = np.linalg.lstsq(columns * root[:, None], (counts - expected) * root, rcond=None)
    assert pearson(counts, expected, scale, np.arange(30), columns) == pytest.approx(least[0])


def test_intervals_of_very_unequal_weights_cover(rng):
    """Few events of large weight tell too little of their own variance: without the stretch .62 cover."""
    events = 3000
    sumw, sumw2 = lognormal(rng, 1500, events, 2.0)
    kappa = sumw2[:, ~INSIDE].sum(1) / sumw[:, ~INSIDE].sum(1)
    values, errors, _ = fits.sideband_yields(sumw / kappa[:, None], AXIS, function=1)
    stretch = [weights.measure(*spectra, EDGES, ~INSIDE).stretch for spectra in zip(sumw, sumw2, strict=True)]
    distance = np.abs(np.log(kappa * values / (events * TRUTH[INSIDE].sum() / 10000))) * values / errors
    assert np.mean(distance < stretch) > 0.66
    one = fit(sumw[0], sumw2[0])
    assert one.window_yield.error == pytest.approx(stretch[0] * kappa[0] * errors[0], rel=0.15)


def test_equal_weights_change_nothing():
    counts = np.round(TRUTH / 10)
    found = weights.measure(0.037 * counts, 0.037**2 * counts, EDGES, ~INSIDE)
    assert found.equal and found.stretch == 1 and (found.scale == 1).all()
    value, error, _ = fits.sideband_yields(counts, AXIS, function=1)
    result = fit(0.037 * counts, 0.037**2 * counts)
    assert result.window_yield.value == pytest.approx(0.037 * value[0], rel=1e-12)
    assert result.window_yield.error == pytest.approx(0.037 * error[0], rel=1e-12)


def test_errors_rest_on_the_events_of_large_weight(rng):
    """Some twenty heavy events among light ones: from the bins as from event by event, (w^2 - kappa w)^2 over all."""
    found, exact = [], []
    for heavy, light in zip(rng.poisson(0.5, size=(300, 55)), rng.poisson(400, size=(300, 55)), strict=True):
        found.append(weights.measure(0.1 * light + 10 * heavy, 0.01 * light + 100 * heavy, EDGES, ~INSIDE).error_events)
        numbers = [light[~INSIDE].sum(), heavy[~INSIDE].sum()]
        kappa = np.dot(numbers, [0.01, 100]) / np.dot(numbers, [0.1, 10])
        scatter = np.dot(numbers, [(0.01 - 0.1 * kappa) ** 2, (100 - 10 * kappa) ** 2])
        exact.append(np.dot(numbers, [0.01, 100]) ** 2 / scatter)
    assert np.mean(exact) == pytest.approx(34, rel=0.1)
    assert np.mean(1 / np.array(found)) == pytest.approx(np.mean(1 / np.array(exact)), rel=0.15)


def test_weights_that_carry_the_errors_alone_are_refused():
    heavy = np.zeros(55)
    heavy[[5, 40]] = 200.0
    result = fit(TRUTH + heavy, TRUTH + heavy**2)
    assert not result.fitted and "the errors rest on" in result.reason and "fewer than 4" in result.reason


def test_few_effective_events_of_very_unequal_weights_are_refused_and_of_equal_weights_are_not(rng):
    sumw, sumw2 = lognormal(rng, 40, 200, 2.0)
    reasons = [fit(*spectra).reason for spectra in zip(sumw, sumw2, strict=True)]
    assert np.mean([bool(reason) for reason in reasons]) > 0.6
    assert any("effective events of very unequal weights, fewer than 40" in reason for reason in reasons)
    assert fit(np.round(TRUTH / 300), np.round(TRUTH / 300)).fitted


def test_the_error_of_a_template_is_that_of_the_variances_of_its_bins(rng):
    """Spurious signals of toys scatter by it; one kappa for all gives a quarter too much."""
    peak, weight = shapes.CrystalBall(1.0, 125.0, 1.7, 5.0, 5.0, 5.0, 5.0), np.exp((CENTRES - 105) / 20)
    options = {"function": 1, "expected_signal": 50, "criteria": fits.SpuriousCriteria(masses_gev=(125,))}
    found = fits.spurious_signal(TRUTH, TRUTH * weight, EDGES, lambda m: peak.moved(m).bins(EDGES), **options)
    sumw, _ = toys(rng, 800, 10000, weight)
    signals = likelihood.poisson_glm(sumw, shapes.basis(EDGES, 1), peak.bins(EDGES)).mu
    assert found.template_error == pytest.approx(signals.std(), rel=0.1)
