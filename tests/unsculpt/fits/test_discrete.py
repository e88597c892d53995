"""The interval of the yield when the function is not known: against its definition, and against the truth in toys."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2
from toy_spectrum import AXIS, CENTRES, EDGES, INSIDE, sideband_fit

from unsculpt import fits, shapes
from unsculpt.fits import discrete
from unsculpt.fits.intervals import Extrapolation

FALLING = np.exp(-0.025 * CENTRES) / np.exp(-0.025 * CENTRES).sum()
TWO = [share * np.exp(-slope * CENTRES) for share, slope in ((0.7, 0.005), (0.3, 0.15))]
TWO = sum(share * part / part.sum() for share, part in zip((0.7, 0.3), TWO, strict=True))
FAMILY = fits.QUOTED.functions


def profile(counts, name, total=None):
    """-2 ln L of a function in the sidebands, by a general optimiser; with `total` events in the window."""
    basis = shapes.basis(EDGES, name)

    def nll(beta):
        expected = np.exp(basis @ beta)[~INSIDE]
        return 2 * (expected - counts[~INSIDE] * np.log(expected)).sum()

    start = np.array([np.log(max(counts.mean(), 0.1)), 0.7, *np.zeros(basis.shape[1] - 2)])
    free = minimize(nll, start, method="BFGS", options={"gtol": 1e-7})
    if total is None:
        return free.fun
    fixed = {"type": "eq", "fun": lambda beta: np.exp(basis @ beta)[INSIDE].sum() / total - 1}
    return minimize(nll, free.x, constraints=[fixed], method="SLSQP", options={"ftol": 1e-12, "maxiter": 500}).fun


@pytest.mark.parametrize("penalty", [1.0, 0.5])
@pytest.mark.parametrize("events", [60, 2000])
def test_the_ends_are_where_the_lowest_penalised_likelihood_of_all_functions_has_risen_by_one(rng, events, penalty):
    counts = rng.poisson(events * FALLING).astype(float)
    settings = fits.IntervalSettings(penalty=penalty)
    found, _, _ = discrete.intervals(counts, AXIS, settings)
    cost = {name: penalty * shapes.function(name).parameters for name in FAMILY}
    lowest = {name: profile(counts, name) + cost[name] for name in FAMILY}
    assert FAMILY[found.chosen[0]] == min(lowest, key=lowest.get)
    for end in (found.low[0], found.high[0]):
        least = min(profile(counts, name, end) + cost[name] for name in FAMILY)
        assert least - min(lowest.values()) == pytest.approx(1.0, abs=2e-3)


def test_an_envelope_of_one_function_is_its_interval(rng):
    counts = rng.poisson(300 * FALLING, size=(5, 55)).astype(float)
    found, _, _ = discrete.intervals(counts, AXIS, fits.IntervalSettings(functions=("exp2",)))
    low, high = fits.window_interval(counts, AXIS, function="exp2")
    assert found.low == pytest.approx(low, rel=1e-3) and found.high == pytest.approx(high, rel=1e-3)


@pytest.mark.parametrize("events", [100, 1000])
def test_data_of_two_exponentials_lie_in_their_interval_as_often_as_it_says(rng, events):
    """The interval of the function that the likelihood ratio chooses holds them in four of ten."""
    counts, true = rng.poisson(events * TWO, size=(400, 55)).astype(float), events * TWO[INSIDE].sum()
    one, two = (Extrapolation.of(AXIS, order).fit(counts) for order in (1, 2))
    second = chi2.sf(2 * (one.nll - two.nll), 1) < 0.05
    first, higher = (np.array(fits.window_interval(counts, AXIS, function=order)) for order in (1, 2))
    low, high = np.where(second, higher, first)
    assert np.mean((low < true) & (true < high)) < 0.5
    found, _, _ = discrete.intervals(counts, AXIS, fits.QUOTED)
    assert np.mean((found.low < true) & (true < found.high)) == pytest.approx(0.67, abs=0.07)


def test_one_exponential_pays_for_not_being_known(rng):
    counts = rng.poisson(1000 * FALLING, size=(400, 55)).astype(float)
    low, high = fits.window_interval(counts, AXIS, function=1)
    found, _, _ = discrete.intervals(counts, AXIS, fits.QUOTED)
    assert 1.4 < np.median(found.high - found.low) / np.median(high - low) < 1.75


def test_a_bump_of_the_template_moves_the_upper_end_and_a_dip_the_lower_one():
    family = discrete.candidates(AXIS, fits.QUOTED)
    smooth = 10000 * FALLING
    for sign, moved, stays in ((1, 1, 0), (-1, 0, 1)):
        sumw = smooth + sign * 300 * INSIDE / INSIDE.sum()
        added = discrete.shortfall((sumw, sumw / 100), AXIS, family, np.array([8000.0, 8000.0]))
        assert (added[moved] > 100).all() and (added[moved] < 300).all()
        assert added[stays] == pytest.approx([0, 0])
    for part in discrete.shortfall((smooth, smooth / 100), AXIS, family, np.array([8000.0])):
        assert part == pytest.approx([0.0])


def test_the_fluctuations_of_a_small_template_move_nothing_much(rng):
    family, added = discrete.candidates(AXIS, fits.QUOTED), []
    for _ in range(40):
        template = rng.poisson(8000 * FALLING) / 8
        added.append(np.ravel(discrete.shortfall((template, template / 8), AXIS, family, np.array([800.0]))))
    error = fits.sideband_yields(1000 * FALLING, AXIS, function=1)[1][0]
    assert np.mean(added) < 0.15 * error


def test_thirty_events_take_their_shape_from_the_template_in_every_function(rng):
    """Of a truth that no exponential describes: one borrowed slope covered too little, the joint fits do."""
    expected, covered, widths = 30 * TWO, [], []
    for _ in range(12):
        content = rng.poisson(100 * expected).astype(float)
        counts = rng.poisson(expected, size=(25, 55)).astype(float)
        options = {"template": (content / 100, content / 1e4), "borrowed": True}
        found, (below, above), _ = discrete.intervals(counts, AXIS, fits.QUOTED, **options)
        true = expected[INSIDE].sum()
        covered.append((found.low - below < true) & (true < found.high + above))
        free, _, _ = discrete.intervals(counts, AXIS, fits.QUOTED)
        widths.append(np.median((found.high - found.low) / (free.high - free.low)))
    assert np.mean(covered) == pytest.approx(0.68, abs=0.08)
    assert np.median(widths) < 0.75


def test_a_joint_fit_is_that_of_both_spectra_with_their_own_normalisations(rng):
    control, counts = (rng.poisson(n * FALLING).astype(float) for n in (20000, 500))
    (candidate,) = discrete.candidates(AXIS, fits.IntervalSettings(functions=("exp2",), penalty=0.0), control=control)
    best, relative = candidate.known.yields(candidate.known.fit(counts[None]))
    basis = shapes.basis(EDGES, "exp2")

    def nll(parameters):
        curves = (np.exp(basis @ [n, *parameters[2:]])[~INSIDE] for n in parameters[:2])
        return sum((e - n[~INSIDE] * np.log(e)).sum() for e, n in zip(curves, (counts, control), strict=True))

    beta = minimize(nll, [np.log(9), np.log(360), 0.7, 0.0], method="BFGS", options={"gtol": 1e-6}).x
    joint = np.exp(basis @ [beta[0], *beta[2:]])[INSIDE].sum()
    assert best[0] == pytest.approx(joint, rel=0.02 * relative[0])


def test_the_record_of_data_says_where_its_interval_comes_from(rng):
    counts = rng.poisson(400 * FALLING).astype(float)
    blind = np.where(INSIDE, 0.0, counts)
    fit = sideband_fit(blind, blinded=True)
    found = fits.quoted_interval(fit, fits.QUOTED, (400 * FALLING, FALLING))
    assert found["method"] == "envelope" and found["template"] == {"low": 0.0, "high": 0.0}
    assert found == fits.quoted_interval(sideband_fit(counts), fits.QUOTED, (400 * FALLING, FALLING))
    alone = fits.quoted_interval(fit, fits.IntervalSettings(method="chosen"))
    assert [alone["low"], alone["high"]] == [fit.window_yield_interval[key] for key in ("low", "high")]
    assert alone["functions"] == [fit.function] and alone["method"] == "profile likelihood"
    assert fits.quoted_interval(sideband_fit(np.zeros(55)), fits.QUOTED) is None
