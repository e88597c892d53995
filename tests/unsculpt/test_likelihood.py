"""Three forms of one likelihood agree: pyhf with loglinear, plain HistFactory, and the GLM; and significances."""

from dataclasses import replace

import numpy as np
import pyhf
import pytest
from iminuit import Minuit, cost
from pyhf.infer.intervals.upper_limits import toms748_scan
from toy_spectrum import AXIS, EDGES, INSIDE, SIGNAL, TRUTH, window_yield

from unsculpt import shapes
from unsculpt.likelihood import Channel, asimov_significance, combined, loglinear, models, poisson_glm, workspace
from unsculpt.likelihood.portable import log_factors

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")


@pytest.fixture
def counts(rng):
    return rng.poisson(TRUTH).astype(float)


def glm_yield(counts, order):
    fit = poisson_glm(counts[~INSIDE], shapes.basis(EDGES, order)[~INSIDE])
    return window_yield(fit.beta[0], fit.covariance[0])


def stock_fit(spec, data=None):
    """Extrapolated window yield of a workspace by stock pyhf: prune, fit the sidebands, predict the window."""
    full = pyhf.Workspace(spec)
    side = full.prune(channels=[name for name in full.channels if "window" in name])
    window = full.prune(channels=[name for name in full.channels if "sidebands" in name])
    with models.numpy_backend(models.minuit()):
        fitted, extrapolated = side.model(poi_name=None), window.model(poi_name=None)
        assert fitted.config.par_names == extrapolated.config.par_names
        beside = [value + 0.01 for value in fitted.config.suggested_init()]  # at the minimum minuit learns no step
        values, result = pyhf.infer.mle.fit(
            side.data(fitted), fitted, init_pars=beside, return_uncertainties=True, return_result_obj=True
        )
        best, covariance = np.asarray(values)[:, 0], np.asarray(result.minuit.covariance)

        def predict(parameters):
            return float(np.sum(extrapolated.expected_actualdata(parameters.tolist())))

        jacobian = np.array([(predict(best + h) - predict(best - h)) / 2e-5 for h in 1e-5 * np.eye(len(best))])
        return predict(best), float(np.sqrt(jacobian @ covariance @ jacobian))


@pytest.mark.parametrize("order, of_error", [(1, 1e-4), (2, 1e-4), (3, 3e-4)])
def test_pyhf_and_the_glm_extrapolate_alike(counts, order, of_error):
    estimate = models.fit_sidebands(counts, AXIS, order)
    (value, error), (other, other_error) = window_yield(estimate.beta, estimate.covariance), glm_yield(counts, order)
    assert abs(value - other) < 1e-3 * error
    assert error == pytest.approx(other_error, rel=of_error)


def test_pyhf_does_not_look_at_the_window(counts):
    estimate = models.fit_sidebands(counts, AXIS, 1)
    hidden = models.fit_sidebands(np.where(INSIDE, np.nan, counts), AXIS, 1)
    assert (estimate.beta == hidden.beta).all()


@pytest.mark.parametrize("order", [1, 2])
def test_iminuit_with_exact_integrals_agrees_with_the_glm(counts, order):
    def integral(edges, *beta):
        return np.concatenate([[0.0], np.cumsum(shapes.bin_integrals(beta, EDGES))])

    fit = poisson_glm(counts[~INSIDE], shapes.basis(EDGES, order)[~INSIDE])
    nll = cost.ExtendedBinnedNLL(counts, EDGES, integral)
    nll.mask = ~INSIDE
    minuit = Minuit(nll, *fit.beta[0], name=["n", "a", "b"][: order + 1])
    minuit.strategy, minuit.tol = 2, 1e-3
    minuit.migrad()
    value, error = glm_yield(counts, order)
    other = shapes.bin_integrals(np.array(minuit.values), EDGES)[INSIDE].sum()
    assert abs(value - other) < 2e-3 * error
    assert np.array(minuit.errors)[1] == pytest.approx(np.sqrt(fit.covariance[0, 1, 1]), rel=2e-3)


@pytest.mark.parametrize("order, of_error", [(1, 1e-4), (2, 5e-4), (3, 5e-3)])
def test_stock_pyhf_fits_the_plain_workspace_and_finds_the_same_window_yield(counts, order, of_error):
    fit = poisson_glm(counts[~INSIDE], shapes.basis(EDGES, order)[~INSIDE])
    background = np.exp(shapes.basis(EDGES, order) @ fit.beta[0])
    spec = workspace([Channel("all", AXIS, background, order, counts=counts)])
    value, error = stock_fit(spec)
    estimate = models.fit_sidebands(counts, AXIS, order)
    other, other_error = window_yield(estimate.beta, estimate.covariance)
    assert value == pytest.approx(other, rel=1e-5)
    assert error == pytest.approx(other_error, rel=of_error)


@pytest.mark.parametrize("name", ["exp3", "pow1", "pow2"])
def test_all_three_forms_agree_for_every_log_linear_function(counts, name):
    basis = shapes.basis(EDGES, name)
    fit = poisson_glm(counts[~INSIDE], basis[~INSIDE])
    background = np.exp(basis @ fit.beta[0])
    jacobian = background[INSIDE] @ basis[INSIDE]
    value, error = background[INSIDE].sum(), np.sqrt(jacobian @ fit.covariance[0] @ jacobian)
    estimate = models.fit_sidebands(counts, AXIS, name)
    assert abs(np.exp(basis @ estimate.beta)[INSIDE].sum() - value) < 1e-3 * error
    stock = stock_fit(workspace([Channel("all", AXIS, background, name, counts=counts)]))
    assert stock[0] == pytest.approx(value, rel=1e-5)
    assert stock[1] == pytest.approx(error, rel=5e-3)


@pytest.mark.parametrize("prior", [(0.030, 0.010), (0.030, 0.002), (0.020, 0.0005)])
def test_a_borrowed_slope_constrains_all_three_forms_alike(rng, prior):
    counts = rng.poisson(TRUTH / 250).astype(float)
    fit = poisson_glm(
        counts[~INSIDE], shapes.basis(EDGES, 1)[~INSIDE], prior=models.prior(prior, EDGES, 1), exposure=np.ones(45)
    )
    value, error = window_yield(fit.beta[0], fit.covariance[0])
    estimate = models.fit_sidebands(counts, AXIS, 1, prior)
    background = np.exp(shapes.basis(EDGES, 1) @ fit.beta[0])
    stock = stock_fit(workspace([Channel("all", AXIS, background, 1, counts=counts, slope_prior=prior)]))
    for other, other_error in (window_yield(estimate.beta, estimate.covariance), stock):
        assert abs(other - value) < 2e-3 * error
        assert other_error == pytest.approx(error, rel=1e-3)


def test_millions_of_events_do_not_stop_minuit():
    counts = np.round(1000 * TRUTH)
    estimate = models.fit_sidebands(counts, AXIS, 2)
    value, error = window_yield(estimate.beta, estimate.covariance)
    other, other_error = glm_yield(counts, 2)
    assert abs(value - other) < 0.01 * other_error
    assert error == pytest.approx(other_error, rel=0.01)


def test_the_plain_workspace_holds_for_data_away_from_its_nominal(counts, rng):
    """The nominal is another toy: the parameters must bend it to this one."""
    fit = poisson_glm(rng.poisson(TRUTH)[~INSIDE], shapes.basis(EDGES, 2)[~INSIDE])
    background = np.exp(shapes.basis(EDGES, 2) @ fit.beta[0])
    value, error = stock_fit(workspace([Channel("all", AXIS, background, 2, counts=counts)]))
    assert abs(value - glm_yield(counts, 2)[0]) < 0.01 * error


def test_the_constraint_of_the_plain_workspace_hardly_bites_with_a_hundred_events(rng):
    counts = rng.poisson(TRUTH / 100).astype(float)
    fit = poisson_glm(counts[~INSIDE], shapes.basis(EDGES, 1)[~INSIDE])
    background = np.exp(shapes.basis(EDGES, 1) @ fit.beta[0])
    value, error = stock_fit(workspace([Channel("all", AXIS, background, 1, counts=counts)]))
    other, other_error = glm_yield(counts, 1)
    assert value == pytest.approx(other, rel=1e-5)
    assert error == pytest.approx(other_error, rel=5e-3)


def test_factors_of_a_normsys_have_the_wanted_slope_in_pyhf():
    slopes = np.array([-2.0, -0.3, 0.0, 1.0, 2.0])
    factor = np.exp(log_factors(slopes))
    code = pyhf.interpolators.get(4)([[[[1 / f], [1.0], [f]]] for f in factor])
    step = 1e-4
    with models.numpy_backend():
        high, low = (np.asarray(code(np.full((len(slopes), 1), sign * step))).ravel() for sign in (1, -1))
    assert (np.log(high) - np.log(low)) / (2 * step) == pytest.approx(slopes, rel=1e-6, abs=1e-12)


def test_limits_of_the_plain_workspace_are_those_of_the_loglinear_model(counts):
    fit = poisson_glm(counts[~INSIDE], shapes.basis(EDGES, 1)[~INSIDE])
    background = np.exp(shapes.basis(EDGES, 1) @ fit.beta[0])
    channel = Channel("all", AXIS, background, 1, SIGNAL, counts)
    stock = pyhf.Workspace(workspace([channel]))
    with models.numpy_backend():
        ours, theirs = models.model([channel], [fit.beta[0]], (0.0, 10.0)), stock.model()
        found = []
        for pdf, data in ((ours, counts.tolist()), (theirs, stock.data(theirs))):
            observed, band = pyhf.infer.hypotest(1.0, data, pdf, test_stat="qtilde", return_expected_set=True)
            found.append([float(observed), *map(float, band)])
    assert found[0] == pytest.approx(found[1], abs=5e-4)


def test_a_file_with_loglinear_is_refused_by_stock_pyhf():
    spec, parameters = models.channel_spec(Channel("all", AXIS, TRUTH), np.array([5.0, 0.7]))
    assert loglinear.model({"channels": [spec], "parameters": parameters}, poi=None).config.npars == 2
    with pytest.raises((pyhf.exceptions.InvalidSpecification, pyhf.exceptions.InvalidModifier)):
        pyhf.Model({"channels": [spec], "parameters": parameters}, poi_name=None)


def test_loglinear_counts_its_x_values():
    spec, parameters = models.channel_spec(Channel("all", AXIS, TRUTH), np.array([5.0, 0.7]))
    spec["samples"][0]["modifiers"][1]["data"]["x"].pop()
    with pytest.raises(pyhf.exceptions.InvalidModifier, match="54 x values for 55 bins"):
        loglinear.model({"channels": [spec], "parameters": parameters}, poi=None)


def test_the_backend_of_pyhf_is_given_back():
    before = pyhf.get_backend()
    with models.numpy_backend(models.minuit()):
        assert pyhf.get_backend()[1].name == "minuit"
    assert pyhf.get_backend() == before


@pytest.mark.parametrize("order", [1, 2])
def test_window_yields_of_toys_are_unbiased_with_the_right_coverage(rng, order):
    toys = rng.poisson(TRUTH, size=(4000, 55))[:, ~INSIDE]
    fit = poisson_glm(toys, shapes.basis(EDGES, order)[~INSIDE])
    basis = shapes.basis(EDGES, order)[INSIDE]
    expected = np.exp(fit.beta @ basis.T)
    jacobian = expected @ basis
    pull = (expected.sum(1) - TRUTH[INSIDE].sum()) / np.sqrt(
        np.einsum("tp,tpq,tq->t", jacobian, fit.covariance, jacobian)
    )
    assert fit.converged.all()
    assert abs(pull.mean()) < 0.06
    assert pull.std() == pytest.approx(1.0, abs=0.04)
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.683, abs=0.025)


@pytest.mark.parametrize("mu", [0.0, 1.0])
def test_the_fitted_signal_strength_of_toys_is_unbiased(rng, mu):
    toys = rng.poisson(TRUTH + mu * SIGNAL, size=(2000, 55))
    fit = poisson_glm(toys, shapes.basis(EDGES, 1), SIGNAL)
    pull = (fit.mu - mu) / np.sqrt(fit.covariance[:, 0, 0])
    assert fit.converged.all()
    assert abs(pull.mean()) < 0.08
    assert pull.std() == pytest.approx(1.0, abs=0.06)


def test_the_signal_strength_of_the_glm_is_that_of_pyhf(rng):
    channel = Channel("all", AXIS, TRUTH, 1, SIGNAL)
    toys = rng.poisson(TRUTH + SIGNAL, size=(5, 55)).astype(float)
    fit = poisson_glm(toys, shapes.basis(EDGES, 1), SIGNAL)
    with models.numpy_backend():
        pdf = models.model([channel], [fit.beta[0]], (-5.0, 10.0))
        for toy, mu, covariance in zip(toys, fit.mu, fit.covariance, strict=True):
            best = pyhf.infer.mle.fit(toy.tolist(), pdf)
            assert abs(best[pdf.config.poi_index] - mu) < 5e-3 * np.sqrt(covariance[0, 0])


def test_the_glm_refuses_counts_that_no_poisson_gives():
    for wrong in (np.nan, -1.0):
        with pytest.raises(ValueError, match="finite, not negative"):
            poisson_glm(np.where(INSIDE, wrong, 1.0), shapes.basis(EDGES, 1))


def test_the_glm_knows_bins_of_unequal_width():
    """Merging bins of an exact exponential changes nothing but the errors."""
    edges = EDGES[[0, 1, 2, 3, 5, 8, 12, 20, 30, 43, 55]]
    beta = np.array([5.0, 0.7])
    fit = poisson_glm(
        np.exp(shapes.basis(edges, 1) @ beta) * shapes.relative_widths(edges),
        shapes.basis(edges, 1),
        exposure=shapes.relative_widths(edges),
    )
    assert fit.beta[0] == pytest.approx(beta, rel=1e-6)


def test_the_significance_is_that_of_the_references():
    assert asimov_significance(10, 20) == pytest.approx(2.080, abs=1e-3)
    assert asimov_significance(10, 20, 3) == pytest.approx(1.688, abs=1e-3)


def test_the_significance_tends_to_s_over_root_b_and_to_the_limit_without_error():
    assert asimov_significance(1, 1e6, 1e3) == pytest.approx(1 / np.sqrt(1e6 + 1e6), rel=1e-4)
    assert asimov_significance(10, 20, 1e-6) == pytest.approx(asimov_significance(10, 20), rel=1e-9)
    s, b, u = np.array([1e-6, 3.0, 500.0]), 20.0, np.array([0.0, 1e-9, 1e-4])
    assert asimov_significance(s, b, u) == pytest.approx(asimov_significance(s, b), rel=1e-6)


def test_without_signal_or_background_estimate_there_is_no_significance():
    assert asimov_significance([0, -1, 5, 5, 5], [10, 10, 0, -2, 10], [0, 0, 0, 0, np.inf]).tolist() == [0.0] * 5


def test_expected_limits_are_those_of_pyhf():
    channel = Channel("all", AXIS, TRUTH / 20, 1, SIGNAL / 4)
    result = combined([channel])
    with models.numpy_backend():
        beta = poisson_glm(channel.background, shapes.basis(EDGES, 1)).beta[0]
        pdf = models.model([channel], [beta], (0.0, 50.0))
        _, band = toms748_scan((TRUTH / 20).tolist(), pdf, 0.0, 20.0, rtol=1e-3)
    assert result.limit_band == pytest.approx([float(v) for v in band], rel=3e-3)
    assert result.limit_expected == result.limit_band[2]
    assert result.observed_limit is None and result.observed_significance is None


def test_the_combined_significance_is_near_that_of_the_window():
    """pyhf uses the shape of the signal in the window, the formula only its size."""
    channels = [Channel(f"c{i}", AXIS, TRUTH * share, 1, SIGNAL / 3) for i, share in enumerate((0.003, 0.02, 0.1))]
    squares = 0.0
    for channel in channels:
        background = channel.background[INSIDE].sum()
        error = glm_yield(channel.background, 1)[1]
        squares += asimov_significance(channel.signal[INSIDE].sum(), background, error) ** 2
    assert np.sqrt(squares) < combined(channels).significance < 1.3 * np.sqrt(squares)


def test_observed_data_enter_only_the_observed_numbers(counts):
    blinded = Channel("all", AXIS, TRUTH, 1, SIGNAL)
    expected, result = combined([blinded]), combined([replace(blinded, counts=TRUTH + SIGNAL)])
    assert (result.significance, result.limit_band) == (expected.significance, expected.limit_band)
    assert result.observed_significance == pytest.approx(expected.significance, abs=2e-3)
    assert result.observed_limit > result.limit_expected


def test_channels_of_a_combination_need_names_of_their_own():
    channel = Channel("all", AXIS, TRUTH, 1, SIGNAL)
    with pytest.raises(ValueError, match="different names"):
        combined([channel, channel])
