"""The function of a category: spurious signals against minuit and by differences, and the rule."""

from types import SimpleNamespace

import numpy as np
import pytest
from iminuit import Minuit
from toy_spectrum import AXIS, CENTRES, EDGES, INSIDE, TRUTH

from unsculpt import fits, shapes
from unsculpt.fits import choice, weights

PEAK = shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0)
SIGNALS = choice.signals_of(PEAK, EDGES, fits.PUBLISHED)
BENT = 10000 * np.exp(-0.025 * CENTRES - 1e-4 * (CENTRES - 132.5) ** 2)
BENT *= 10000 / BENT.sum()
WEIGHTS = 0.02 * 10 ** ((CENTRES - 105) / 55)  # ten times larger at the end


def by_minuit(counts, signal, function):
    """Signal of the Poisson likelihood of the whole range, minimised by minuit, and its error."""
    basis = shapes.basis(EDGES, function)

    def nll(parameters):
        expected = parameters[0] * signal + np.exp(basis @ parameters[1:])
        if not (expected > 0).all():
            return 1e10
        return float((expected - counts * np.log(expected)).sum())

    start = np.linalg.lstsq(basis, np.log(np.maximum(counts, 0.5)), rcond=None)[0]
    minuit = Minuit(nll, [0.0, *start])
    minuit.errordef, minuit.tol = Minuit.LIKELIHOOD, 1e-4
    minuit.migrad()
    minuit.hesse()
    return minuit.values[0], minuit.errors[0]


@pytest.mark.parametrize("function", ["exp1", "exp2"])
def test_the_spurious_signals_are_those_of_minuit(rng, function):
    counts = rng.poisson(BENT, (3, 55)).astype(float)
    weight = np.array([0.01, 0.1, 1.0])[:, None]
    found = choice.spurious_signals(weight * counts, weight**2 * counts, EDGES, SIGNALS, function=function)
    for i in range(3):
        values = np.array([by_minuit(counts[i], signal, function) for signal in SIGNALS])
        value, error = values[np.argmax(np.abs(values[:, 0]))]
        kappa = float(weight[i, 0])
        assert found.n_sp[i] == pytest.approx(kappa * value, rel=0.04, abs=0.04 * kappa * error)
        assert found.template_error[i] == pytest.approx(kappa * error, rel=0.05)
        assert found.error[i] == pytest.approx(np.sqrt(kappa) * error, rel=0.05)


def test_all_templates_at_once_are_those_one_by_one(rng):
    """Of weights that depend on the mass; the fit one by one is not linearised."""
    sumw = rng.poisson(BENT * rng.uniform(0.02, 2, (30, 1)) / WEIGHTS) * WEIGHTS
    for function in ("exp1", "exp2"):
        found = choice.spurious_signals(sumw, WEIGHTS * sumw, EDGES, SIGNALS, function=function)
        for i, row in enumerate(sumw):
            options = {"function": function, "expected_signal": 50}
            one = fits.spurious_signal(row, WEIGHTS * row, EDGES, lambda m: PEAK.moved(m).bins(EDGES), **options)
            assert abs(found.n_sp[i]) == pytest.approx(abs(one.n_sp), abs=0.1 * one.template_error)
            assert found.error[i] == pytest.approx(one.error, rel=0.05)
            assert found.template_error[i] == pytest.approx(one.template_error, rel=0.1)


@pytest.mark.parametrize("function", ["exp1", "exp2"])
def test_the_error_of_the_template_is_that_of_the_variances_of_its_bins(function):
    """By differences: how far each bin moves the signal, and its variance; one kappa would be wrong."""
    signals, ratio = SIGNALS[4:5], WEIGHTS[None]

    def n_sp(spectrum):
        return choice.spurious_signals(spectrum, ratio * spectrum, EDGES, signals, function=function).n_sp

    shifts = np.diag(0.01 * TRUTH)
    slopes = (n_sp(TRUTH + shifts) - n_sp(TRUTH - shifts)) / (0.02 * TRUTH)
    right = np.sqrt((slopes**2 * WEIGHTS * TRUTH).sum())
    found = choice.spurious_signals(TRUTH[None], ratio * TRUTH, EDGES, signals, function=function)
    kappa = (WEIGHTS * TRUTH).sum() / TRUTH.sum()
    assert found.template_error[0] == pytest.approx(right, rel=0.05)
    assert abs(np.sqrt(kappa) * found.error[0] / right - 1) > 0.06


def test_the_variances_of_many_spectra_are_those_of_each(rng):
    sumw = rng.poisson(TRUTH / 10 / WEIGHTS, (5, 55)) * WEIGHTS
    sumw[0] = rng.poisson(TRUTH)
    sumw2 = (
        sumw * np.where(np.arange(5)[:, None] > 0, WEIGHTS, 1.0) * rng.uniform(1, [[1], [1], [2], [1], [3]], (5, 55))
    )
    kappa, ratio = weights.variances(sumw, sumw2, EDGES, ~INSIDE)
    for i in range(5):
        one = weights.measure(sumw[i], sumw2[i], EDGES, ~INSIDE)
        assert kappa[i] == pytest.approx(one.kappa, rel=1e-12)
        assert kappa[i] == pytest.approx(sumw2[i, ~INSIDE].sum() / sumw[i, ~INSIDE].sum())
        assert ratio[i] == pytest.approx(one.kappa * one.scale * one.stretch**2)
    assert ratio[0] == pytest.approx(1.0)


@pytest.mark.parametrize("function", ["exp1", "exp2"])
def test_the_template_errors_of_yields_are_those_of_the_sideband_fit(rng, function):
    sumw = rng.poisson(TRUTH / WEIGHTS, (4, 55)) * WEIGHTS
    value, _, error, converged = fits.template_yields(sumw, WEIGHTS * sumw, AXIS, function=function)
    assert converged.all()
    for i, row in enumerate(sumw):
        settings = fits.Settings(toys=0)
        fit = fits.fit_spectrum(row, WEIGHTS * row, AXIS, settings=settings, function=function, engine="glm")
        assert value[i] == pytest.approx(fit.window_yield.value, rel=1e-5)
        assert error[i] == pytest.approx(fit.window_yield.error, rel=1e-4)
        side = ~INSIDE
        kappa = (WEIGHTS * row)[side].sum() / row[side].sum()
        alone = fits.fit_asimov(row, AXIS, function=function).error * np.sqrt(kappa)
        assert abs(alone / fit.window_yield.error - 1) > 0.05  # what one kappa says


def known(*rows):
    """What `choose` asks for: (n_sp, error, template_error) of each function, of one category."""

    def spurious_of(index, which):
        assert which.tolist() == [0]
        return choice.Spurious(*np.array(rows[index], float)[:, None])

    return spurious_of


@pytest.mark.parametrize(
    ("rows", "function", "decided", "uncertainty", "more"),
    [
        ([(0.9, 4, 0.1), None], 0, "passes", 0.9, None),  # below a tenth of ten events
        ([(-1.5, 10, 0.5), None], 0, "passes", 1.5, None),  # below a fifth of the error
        ([(0.1, 4, 0.4), None], 0, "passes", 0.4, None),  # by luck smaller than its error
        ([(-1.1, 4, 0.1), (0.2, 5, 0.2)], 1, "passes", 0.2, None),
        ([(2.9, 4, 1.0), None], 0, "undecided", 2.9, 4.0),  # 2.9 - 2 < 1; (2 / 1)^2
        ([(0.0, 4, 1.0), None], 0, "undecided", 1.0, 4.0),  # a template that knows nothing is not right
        ([(3.1, 4, 1.0), (0.0, 5, 1.5)], 1, "undecided", 1.5, 9.0),
        ([(3.0, 4, 0.2), (-2.0, 5, 0.3)], 1, "none_passes", 2.0, None),
        ([(2.0, 4, 0.2), (-3.0, 5, 0.3)], 0, "none_passes", 2.0, None),
        ([(np.nan,) * 3, (0.5, 5, 0.3)], 1, "passes", 0.5, None),
        ([(np.nan,) * 3, (np.nan,) * 3], 0, "unknown", np.inf, None),
    ],
)
def test_the_first_function_that_passes_for_the_data_is_taken(rows, function, decided, uncertainty, more):
    """Ten signal events: the limit is one event, or a fifth of the error."""
    found = choice.choose(known(*rows), len(rows), [10.0], fits.PUBLISHED)
    assert (found.function[0], found.decided[0]) == (function, decided)
    assert found.uncertainty[0] == pytest.approx(uncertainty)
    assert np.isnan(found.more_events[0]) if more is None else found.more_events[0] == pytest.approx(more)


def category(weight, truth=BENT, signal=30.0, rng=None):
    """Template of 700 data events, its events of this weight, and the signal."""
    sumw = 0.07 * truth if rng is None else weight * rng.poisson(0.07 * truth / weight)
    peak = signal * PEAK.bins(EDGES)
    return SimpleNamespace(sumw=sumw, sumw2=weight * sumw), SimpleNamespace(sumw=peak, sumw2=1e-3 * peak)


def test_a_bend_that_data_cannot_see_takes_no_parameter():
    """The likelihood ratio of the template asks for it, however small it is for the data."""
    truth = 0.8 * TRUTH + 0.2 * BENT
    background, signal = category(1e-4, truth)
    settings = fits.Settings(toys=0)
    asked = fits.fit_spectrum(background.sumw, background.sumw2, AXIS, settings=settings, engine="glm")
    assert asked.function == "exp2"
    function, content = fits.of_category(background, signal, AXIS, settings=settings)
    assert function == "exp1" and content["decided"] == "passes" and content["more_events"] is None
    assert [row["function"] for row in content["tried"]] == ["exp1"]
    assert content["uncertainty"] == abs(content["tried"][0]["n_sp"]) > content["tried"][0]["template_error"]


def test_a_bend_that_makes_a_signal_takes_one():
    background, signal = category(1e-4, 2 * BENT[::-1])
    function, content = fits.of_category(background, signal, AXIS, settings=fits.Settings(toys=0))
    rows = {row["function"]: row for row in content["tried"]}
    assert function == "exp2" and list(rows) == ["exp1", "exp2"]
    assert abs(rows["exp1"]["n_sp"]) > max(3.0, 0.2 * rows["exp1"]["error"])


def test_the_factor_of_more_events_decides():
    """A template with that many times the events is no longer undecided, one with a little less still is."""
    background, signal = category(0.2, TRUTH)
    settings = fits.Settings(toys=0)
    _, first = fits.of_category(background, signal, AXIS, settings=settings)
    assert first["decided"] == "undecided" and first["more_events"] > 2
    for factor, decided in ((0.95, "undecided"), (1.05, "passes")):
        more = SimpleNamespace(sumw=background.sumw, sumw2=background.sumw2 / (factor * first["more_events"]))
        assert fits.of_category(more, signal, AXIS, settings=settings)[1]["decided"] == decided


def test_without_signal_nothing_is_known():
    background, signal = category(0.01, signal=0.0)
    function, content = fits.of_category(background, signal, AXIS, settings=fits.Settings(toys=0))
    assert (function, content["decided"], content["uncertainty"]) == ("exp1", "unknown", None)


def test_the_functions_are_those_of_the_sideband_fit():
    background, signal = category(1e-3, CENTRES**-4.0 * 10000 / (CENTRES**-4.0).sum())
    settings = fits.Settings(toys=0, functions=("pow1", "pow2"))
    assert fits.of_category(background, signal, AXIS, settings=settings)[0] == "pow1"
    assert fits.Settings(max_order=3).family == ("exp1", "exp2", "exp3")
