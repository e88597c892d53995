"""The sideband fit: choice of the function, goodness of fit, extrapolation into the window."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyhf
from scipy.stats import chi2 as chi2_distribution

from unsculpt import shapes
from unsculpt.files import finite
from unsculpt.fits import deadbins, weights
from unsculpt.fits import problem as spectrum
from unsculpt.fits.goodness import MIN_EXPECTED, f_test, toy_p_value
from unsculpt.fits.intervals import LEVEL, window_interval
from unsculpt.fits.problem import Problem
from unsculpt.fits.results import FITTED, NOT_FITTED, SidebandFit, Value, pair
from unsculpt.likelihood.models import prior

_ENGINES = {"pyhf": "pyhf loglinear, minuit", "glm": "poisson_glm"}


def fit_spectrum(
    sumw,
    sumw2,
    axis,
    *,
    settings,
    function=None,
    blinded=False,
    slope_prior=None,
    rng=None,
    engine="pyhf",
):
    """Fit the sidebands with a falling function and extrapolate it into the window.

    A weighted spectrum is fitted in effective events, sum w / kappa with kappa = sum w^2 / sum w of the sidebands, and
    the yields are scaled back: a scaled Poisson likelihood (arXiv:1309.1287). Bins that negative weights push below
    zero, by at most three errors, count as empty. The order rises from one while the likelihood ratio of the next order
    has a p-value below `settings.order_p_value`. Errors, intervals, p-values and that likelihood ratio hold for unequal
    weights too (`weights`). Runs of empty bins that no fluctuation makes are left out and named (`deadbins`).

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (B,)
        Sum of weights and of squared weights in each bin, full range; counts twice for unweighted events.
    axis : axes.Axis
        Of the mass, with a window.
    settings : fits.Settings
        Which functions are tried, when a higher order is taken, how few events are not fitted, and the number of toys
        for the p-value where the sidebands expect fewer than five events a bin.
    function : str or int, optional
        Fix the function, by its name or by the order of an exponential, instead of choosing it.
    blinded : bool
        The window holds no events: it is not looked at, and the fit has no `window_simulated` and no pull.
    slope_prior : pair of float, optional
        Slope of a control region and its error, 1/GeV: a first-order exponential is fitted whose slope this constrains
        (Gaussian), and one effective event in the sidebands is enough (`Settings.borrows_slope` says when).
    rng : numpy.random.Generator, optional
        For the toys; a generator of seed 0 by default.
    engine : "pyhf" or "glm"
        What makes the quoted numbers; the GLM is always run, for the order, starting values and the cross-check.

    Returns
    -------
    SidebandFit
        Degenerate spectra (empty, one-sided, negative, not finite, of too unequal weights, mostly dead) have status
        "not_fitted" and a reason.
    """
    sumw, sumw2 = (np.array(v, float) for v in (sumw, sumw2))
    inside = axis.in_window
    if blinded:
        sumw[inside], sumw2[inside] = np.nan, np.nan
    base = {"axis": axis, "sumw": sumw, "sumw2": sumw2}
    reason = spectrum.unusable(sumw, sumw2, ~inside, blinded)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    found = weights.measure(sumw, sumw2, axis.edges, ~inside)
    counts = np.nan_to_num(np.maximum(sumw / found.kappa, 0.0))
    base |= {"kappa": found.kappa, "sideband_events": float(counts[~inside].sum())}
    base["error_events"] = finite(found.error_events)
    base["window_simulated"] = None if blinded else Value(float(sumw[inside].sum()), float(sumw2[inside].sum() ** 0.5))
    if slope_prior is not None:
        base["slope_prior"], function = Value(*map(float, slope_prior)), function or "exp1"
        settings = replace(settings, functions=None, max_order=1)
    fixed = None if function is None else shapes.function(function)
    problem = Problem(axis, counts, found, np.zeros(len(counts), bool), slope_prior and tuple(slope_prior))
    family = _candidates(settings, fixed)
    reason = spectrum.too_little(problem, fixed or family[0], settings.min_sideband_events)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    with np.errstate(all="ignore"):
        problem = replace(problem, dead=deadbins.find(problem, sumw2 == 0, family))
        base["dead_gev"] = deadbins.ranges(problem.dead, axis.edges)
        reason = deadbins.too_many(problem.dead, axis)
        if reason:
            return SidebandFit(NOT_FITTED, reason, **base)
        fit = _fit(problem, base, family, settings.order_p_value, fixed, engine)
        return replace(fit, **_small_samples(problem, fit, settings.toys, rng)) if fit.fitted else fit


def _candidates(settings, fixed):
    """The functions to be tried, lowest order first."""
    if settings.functions:
        return [shapes.function(name) for name in settings.functions]
    if fixed is not None and fixed.family != "exponential":
        return [fixed]
    return [shapes.function(k) for k in range(1, max(settings.max_order, fixed.order if fixed else 1) + 1)]


def _fit(problem, base, family, order_p_value, fixed, engine):
    """The fit of a spectrum that passed the guards."""
    filled = int((problem.counts[problem.side] > 0).sum())
    tried = [f for f in family if filled >= f.order + 2 or f == fixed]
    estimates = {f: spectrum.estimate_glm(problem, f) for f in tried}
    steps, best = _choose(problem, estimates, order_p_value)
    chosen = fixed or best
    fast = estimates[chosen]
    reason = spectrum.unsound(problem, chosen, fast)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    try:
        estimates[chosen] = fast if engine == "glm" else spectrum.estimate_pyhf(problem, chosen)
    except pyhf.exceptions.FailedMinimization:
        return SidebandFit(NOT_FITTED, "the fit did not converge", **base)
    reason = spectrum.unsound(problem, chosen, estimates[chosen], fast)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    choice = {"p_value": next(reversed(steps.values()), None), "p_values": steps, "chosen": chosen.order}
    return _result(problem, base, estimates, chosen, order_choice=choice, engine=_ENGINES[engine], fast=fast)


def _result(problem, base, estimates, chosen, *, order_choice, engine, fast):
    """The record of the chosen function, with the table of all orders and the cross-check by the GLM."""
    table = {f: spectrum.numbers(problem, f, estimate) for f, estimate in estimates.items() if estimate}
    numbers, check = table[chosen], spectrum.numbers(problem, chosen, fast)
    expected, error = spectrum.curve(problem, chosen, estimates[chosen])
    simulated = base["window_simulated"]
    return SidebandFit(
        status=FITTED,
        reason="",
        order=chosen.order,
        function=chosen.name,
        **{key: numbers[key] for key in ("chi2", "ndf", "p_value", "slope", "window_yield")},
        parameters=spectrum.parameters(problem, chosen, estimates[chosen]),
        pull=None if simulated is None else _pull(simulated, numbers["window_yield"]),
        expected=problem.kappa * expected,
        expected_error=problem.kappa * error,
        scale=problem.weights.scale,
        orders=_rows(problem, table, estimates),
        order_choice=order_choice,
        engine=engine,
        cross_check={"engine": _ENGINES["glm"], **{key: pair(check[key]) for key in ("window_yield", "slope")}},
        **base,
    )


def _choose(problem, estimates, threshold):
    """p-values of the likelihood ratio of each order against the one below, and the function they choose."""
    names = list(estimates)
    steps, chosen = {}, names[0]
    for below, above in pairwise(names):
        if not (estimates[below] and estimates[above]):
            break
        before, after = (spectrum.numbers(problem, f, estimates[f])["deviance"] for f in (below, above))
        if after is None:
            break
        gain = np.inf if before is None else max(before - after, 0.0)
        last = np.eye(above.parameters)[-1]
        gain /= spectrum.stretch(problem, above, estimates[above], last) ** 2
        steps[str(above.order)] = float(chi2_distribution.sf(gain, above.order - below.order))
        if steps[str(above.order)] >= threshold:
            break
        chosen = above
    return steps, chosen


def _rows(problem, table, estimates):
    """The table of orders: each with the F-test of its last parameter."""
    rows, below = {}, None
    for function, numbers in table.items():
        test = None if below is None else _f_test(problem, (below, function), estimates)
        rows[str(function.order)] = {
            "function": function.name,
            **numbers,
            "f_test": test,
            **{key: pair(numbers[key]) for key in ("window_yield", "slope")},
        }
        below = function
    return rows


def _f_test(problem, pair_of_functions, estimates):
    """Fisher's test of the second function against the first."""
    curves = [f.expected(estimates[f].beta, problem.edges) for f in pair_of_functions]
    columns = [None, None]
    if not problem.weights.equal:
        columns = [e[:, None] * f.basis(problem.edges) for e, f in zip(curves, pair_of_functions, strict=True)]
    options = {"scale": problem.weights.scale, "columns": columns}
    return f_test(problem.counts, *curves, problem.side, pair_of_functions[1].parameters, **options)


def _small_samples(problem, fit, toys, rng):
    """What the Gaussian approximation cannot give: the interval of the yield, the p-value of toys, the own slope."""
    found = {"window_yield_interval": _interval(problem, fit)}
    expected, side = fit.expected / problem.kappa, problem.side
    if toys and (expected / problem.weights.scale)[side].mean() < MIN_EXPECTED:
        found["p_value_toys"] = toy_p_value(
            problem.counts,
            expected,
            side,
            shapes.basis(problem.edges, fit.function),
            shapes.relative_widths(problem.edges),
            toys=toys,
            rng=np.random.default_rng(0) if rng is None else rng,
            constraint=prior(problem.slope_prior, problem.edges, fit.function),
            scale=problem.weights.scale,
        )
    if problem.slope_prior is not None:
        found["slope_own"] = _own_slope(replace(problem, slope_prior=None), shapes.function(1))
    return found


def _interval(problem, fit):
    """Interval of the window yield as JSON: of the profile likelihood, or symmetric where that has no ends."""
    function = shapes.function(fit.function)
    fast = spectrum.estimate_glm(problem, function)
    distance = spectrum.stretch(problem, function, fast, spectrum.window_row(problem, function, fast)) if fast else 1.0
    options = {"function": function, "slope_prior": problem.slope_prior, "side": problem.side, "distance": distance}
    ends = window_interval(problem.counts, problem.axis, **options)
    ends = [problem.kappa * float(end[0]) for end in ends]
    if np.isfinite(ends).all():
        return {"low": ends[0], "high": ends[1], "method": "profile likelihood", "level": LEVEL}
    value, error = fit.window_yield.value, fit.window_yield.error
    return {"low": value - error, "high": value + error, "method": "asymptotic", "level": LEVEL}


def _own_slope(problem, function):
    """The slope that a spectrum would have without a constraint; None where it has none."""
    alone = spectrum.estimate_glm(problem, function)
    if spectrum.too_little(problem, function, 0) or spectrum.unsound(problem, function, alone):
        return None
    return spectrum.numbers(problem, function, alone)["slope"]


def _pull(actual, extrapolated):
    return (actual.value - extrapolated.value) / float(np.hypot(actual.error, extrapolated.error))
