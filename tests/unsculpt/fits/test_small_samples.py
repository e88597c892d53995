"""Few events: p-values of toys, the F-test, slopes borrowed from a control region, and spectra that make no sense."""

import json

import hypothesis
import numpy as np
import pyhf
import pytest
from defaults import default
from hypothesis import strategies as st
from hypothesis.extra import numpy as numbers
from toy_spectrum import sideband_fit

from unsculpt import axes, fits, likelihood, shapes
from unsculpt.fits import goodness
from unsculpt.fits.goodness import f_test

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
CENTRES = shapes.centres(EDGES)
INSIDE = AXIS.in_window
FALLING = np.exp(-0.025 * CENTRES) / np.exp(-0.025 * CENTRES).sum()


def fit(counts, **changes):
    return sideband_fit(counts, **{"toys": 500} | changes)


def test_the_p_value_of_toys_is_flat_where_chi2_is_not_defined(rng):
    toys = rng.poisson(40 * FALLING, size=(100, 55)).astype(float)
    values = [fit(c, function=1, engine="glm", toys=60, rng=rng).p_value_toys for c in toys]
    assert np.mean(values) == pytest.approx(0.5, abs=0.1)
    assert np.mean(np.array(values) < 0.2) == pytest.approx(0.2, abs=0.12)


def test_toys_reject_a_comb_that_merged_bins_do_not_see():
    comb = np.where(np.arange(55) % 5 == 2, 5.0, 0.0)
    result = fit(comb, function=1, engine="glm")
    assert result.p_value > 0.5 and result.p_value_toys < 0.01


def test_toys_are_drawn_only_where_bins_expect_few_events_and_repeat(rng):
    counts = rng.poisson(100 * FALLING).astype(float)
    assert fit(counts).p_value_toys == fit(counts).p_value_toys is not None
    assert fit(counts, toys=0).p_value_toys is None
    assert fit(10000 * FALLING).p_value_toys is None


def test_the_f_test_is_flat_without_a_further_parameter_and_small_with_it(rng):
    toys = rng.poisson(10000 * FALLING, size=(100, 55)).astype(float)
    p = [fit(c, engine="glm", toys=0).orders["2"]["f_test"] for c in toys]
    assert np.mean(p) == pytest.approx(0.5, abs=0.1)
    curved = np.exp(-0.025 * CENTRES - 3e-4 * (CENTRES - 132.5) ** 2)
    assert fit(1e5 * curved / curved.sum(), engine="glm").orders["2"]["f_test"] < 1e-6
    assert fit(10000 * FALLING).orders["1"]["f_test"] is None


def test_the_f_test_without_degrees_of_freedom_is_none():
    side = np.array([True, True, True])
    assert f_test(np.full(3, 9.0), np.full(3, 8.0), np.full(3, 9.0), side, 3) is None


def test_a_borrowed_slope_is_used_and_named_and_the_own_slope_is_reported(rng):
    counts = rng.poisson(40 * FALLING).astype(float)
    result = fit(counts, slope_prior=(0.025, 0.001))
    content = fits.to_json(result)
    assert result.fitted and result.function == "exp1" and content["slope_from"] == "control region"
    assert abs(result.slope.value - 0.025) < 0.001 and result.slope.error <= 0.001
    assert content["slope_prior"] == {"value": 0.025, "error": 0.001}
    free = fit(counts, function=1)
    assert result.slope_own.value == pytest.approx(free.slope.value, rel=1e-4)
    assert result.window_yield.error < free.window_yield.error
    assert fits.to_json(free)["slope_from"] == "sidebands" and free.slope_own is None
    assert fits.to_json(fits.from_json(content)) == content


def test_a_slope_is_borrowed_only_below_the_number_of_events_that_asks_for_it():
    settings = fits.Settings(borrow_slope_below=50)
    assert settings.borrows_slope(49.9) and not settings.borrows_slope(50)


def test_the_settings_of_a_fit_are_those_of_the_configuration():
    assert fits.Settings.from_config(default("fit")) == fits.Settings()


def test_a_borrowed_slope_fits_four_events_and_refuses_none():
    four = np.zeros(55)
    four[[2, 20 + 8, 40, 50]] = 1.0
    result = fit(four, slope_prior=(0.02, 0.004))
    assert result.fitted and result.window_yield.error / result.window_yield.value == pytest.approx(0.5, abs=0.03)
    assert not fit(four).fitted
    assert fit(np.zeros(55), slope_prior=(0.02, 0.004)).reason == "the sidebands are empty"


def test_borrowed_slopes_give_pulls_of_width_one(rng):
    """The slope of the control region fluctuates, too: its error is part of that of the yield."""
    basis, counts = shapes.basis(EDGES, 1), rng.poisson(60 * FALLING, size=(3000, 55)).astype(float)
    mean, precision = likelihood.models.prior((0.025, 0.004), EDGES, 1)
    means = np.column_stack([np.zeros(3000), rng.normal(mean[1], precision[1] ** -0.5, 3000)])
    found = likelihood.poisson_glm(counts[:, ~INSIDE], basis[~INSIDE], prior=(means, precision))
    expected = np.exp(found.beta @ basis[INSIDE].T)
    jacobian = expected @ basis[INSIDE]
    error = np.sqrt(np.einsum("tp,tpq,tq->t", jacobian, found.covariance, jacobian))
    pulls = (expected.sum(1) - 60 * FALLING[INSIDE].sum()) / error
    assert pulls.std() == pytest.approx(1.0, abs=0.06) and abs(pulls.mean()) < 0.2


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
def test_the_workspace_of_a_borrowed_slope_carries_its_constraint(rng):
    result = fit(rng.poisson(40 * FALLING).astype(float), slope_prior=(0.03, 0.002))
    workspace = pyhf.Workspace(json.loads(json.dumps(fits.workspace(result))))
    pdf = workspace.model(poi_name=None)
    best = pyhf.infer.mle.fit(workspace.data(pdf), pdf)
    assert best[pdf.config.par_map["a_background"]["slice"].start] == pytest.approx(0.0, abs=0.05)


def test_a_power_law_may_take_the_place_of_the_exponential():
    power = CENTRES**-4.0 / np.sum(CENTRES**-4.0)
    result = fit(1e5 * power, functions=["pow1", "pow2"])
    assert result.function == "pow1" and result.slope.value == pytest.approx(4 / 132.5, rel=1e-4)
    assert result.window_yield.value == pytest.approx(1e5 * power[INSIDE].sum(), rel=1e-4)
    assert fit(1e5 * power, function="pow1").window_yield.value == pytest.approx(result.window_yield.value)
    assert fit(1e5 * power).function == "exp2"


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.example(np.where(np.arange(55) == 1, 47910.0, 1.0), False, None)  # order 2 expects nothing where events are
@hypothesis.example(np.r_[9.0, np.full(24, 5e-324), 1.0, np.full(29, 5e-324)], False, None)
@hypothesis.example(np.where(np.arange(55) == 1, 3259.0, 0.0), False, (0.02, 0.004))  # one bin determines no slope
@hypothesis.given(
    numbers.arrays(float, 55, elements=st.floats(-2, 1e6) | st.sampled_from([0.0, 0.0, 1.0, np.nan, np.inf])),
    st.booleans(),
    st.sampled_from([None, (0.02, 0.004)]),
)
def test_whatever_the_spectrum_holds_the_answer_is_a_fit_or_a_sentence(counts, blinded, prior):
    result = fit(counts, blinded=blinded, slope_prior=prior, toys=20)
    assert result.fitted == (result.reason == "")
    if result.fitted:
        assert np.isfinite(result.window_yield.value) and result.window_yield.error > 0
    json.dumps(fits.to_json(result), allow_nan=False)
    fits.workspace(result)


def test_toys_without_a_deviance_do_not_count_and_a_spectrum_without_one_has_no_p_value(rng, monkeypatch):
    counts, side, order = rng.poisson(40 * FALLING).astype(float), ~INSIDE, shapes.basis(EDGES, 1)
    arguments = (side, order, shapes.relative_widths(EDGES))
    nothing = np.where(CENTRES < 110, 0.0, 40 * FALLING)  # expects nothing where there are events
    assert goodness.toy_p_value(np.maximum(counts, 1), nothing, *arguments, toys=5, rng=rng) is None
    own = goodness.deviance(counts[side], 40 * FALLING[side])
    whole = goodness.deviance
    half = lambda n, e: np.where(np.arange(len(n)) % 2, np.nan, own + 1) if np.ndim(n) == 2 else whole(n, e)  # noqa: E731
    monkeypatch.setattr(goodness, "deviance", half)
    assert goodness.toy_p_value(counts, 40 * FALLING, *arguments, toys=20, rng=rng) == 1.0
