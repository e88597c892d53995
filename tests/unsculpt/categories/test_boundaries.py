from itertools import combinations, pairwise
from time import process_time

import numpy as np
import pytest

from unsculpt import fits, likelihood
from unsculpt.categories.boundaries import (
    best_boundaries,
    fewest,
    interval_merit,
    score_grid,
    search,
    spectra,
)
from unsculpt.categories.parts import divide, everything
from unsculpt.events import cluster, fold, part, subfold
from unsculpt.weighted import Histogram

EDGES = np.linspace(105, 160, 56)


def brute_force(merit, number):
    """Best total of exactly `number` adjacent intervals that end at the top, by trying all."""
    top = len(merit) - 1
    ways = (sum(merit[a, b] for a, b in zip(c, (*c[1:], top), strict=True)) for c in combinations(range(top), number))
    return max(ways)


@pytest.mark.parametrize("forbidden", [0.0, 0.5])
def test_the_search_finds_what_trying_all_boundaries_finds(rng, forbidden):
    for _ in range(20):
        merit = np.where(np.triu(np.ones((10, 10)), 1) > 0, rng.exponential(size=(10, 10)), -np.inf)
        merit[rng.random(merit.shape) < forbidden] = -np.inf
        for number, (total, cuts) in enumerate(best_boundaries(merit, 4), start=1):
            assert total == pytest.approx(brute_force(merit, number))
            if np.isfinite(total):
                assert len(cuts) == number + 1
                assert cuts[-1] == 9
                assert sum(merit[a, b] for a, b in pairwise(cuts)) == pytest.approx(total)


def test_nothing_is_found_where_nothing_is_allowed():
    assert best_boundaries(np.full((4, 4), -np.inf), 2) == [(-np.inf, ()), (-np.inf, ())]


def test_the_number_of_categories_is_the_smallest_within_the_tolerance():
    totals = [64.0, 80.0, 81.0, 81.5]
    assert fewest(totals, 0.0) == 3
    assert fewest(totals, 0.01) == 1
    assert fewest(totals, 0.5) == 0
    assert fewest([-np.inf, 4.0], 1.0) == 1


def test_the_grid_has_equal_signal_between_its_boundaries(rng):
    score, weights = rng.random(20000), rng.exponential(size=20000)
    grid = score_grid(score, weights=weights, bins=25)
    content = np.histogram(score, grid, weights=weights)[0]
    assert len(grid) == 26
    np.testing.assert_allclose(content, weights.sum() / 25, rtol=0.02)


def test_the_grid_of_repeated_scores_rises_strictly():
    score = np.repeat([0.0, 0.5, 1.0], 100)
    assert score_grid(score, weights=np.ones(300), bins=20).tolist() == [0.0, 0.5, 1.0]


def test_spectra_count_every_event_once(rng):
    score, mass, weights = rng.random(1000), rng.uniform(105, 160, 1000), rng.normal(1, 1, 1000)
    score[0], mass[0] = 1.0, 160.0
    found = spectra(score, mass, weights=weights, cuts=[0, 0.3, 1], mass_edges=EDGES)
    assert found.sumw.shape == (2, 55)
    assert found.sumw.sum() == pytest.approx(weights.sum())
    assert found.sumw2[0].sum() == pytest.approx((weights[score < 0.3] ** 2).sum())


def toy_spectra(rng, number, statistics, bend=0.0):
    """Signal and background by score bin, the purest last; simulated events over those of data, of unequal weights."""
    middle = (EDGES[1:] + EDGES[:-1]) / 2
    fall = np.exp(-(middle - 105) / 28 - bend * np.linspace(0, 1, number)[:, None] * (middle - 132.5) ** 2)
    truth = np.geomspace(30, 2.5, number)[:, None] * fall / fall.sum(1, keepdims=True) * 10
    weights = rng.uniform(0.5, 1.5, truth.shape) / statistics
    counts = rng.poisson(truth / weights)
    peak = np.exp(-0.5 * ((middle - 125) / 1.7) ** 2)
    signal = np.linspace(0.5, 2, number)[:, None] * peak / peak.sum()
    return Histogram(signal, signal / 1000), Histogram(weights * counts, weights**2 * counts)


def by_hand(signal, background, squares, settings):
    """Squared significance of one interval by the fits of single spectra, and the function."""
    axis, window = settings.axis, settings.axis.in_window
    parts = Histogram(background, squares), Histogram(signal, signal / 1000)
    function, content = fits.of_category(*parts, axis, settings=settings.fit)
    fit = fits.fit_spectrum(background, squares, axis, settings=settings.fit, function=function, engine="glm")
    error = fits.fit_asimov(np.maximum(background, 0), axis, function=function).error
    found, simulated = fit.window_yield, fit.window_simulated
    missed = max(simulated.value - found.value - 2 * np.hypot(simulated.error, found.error), 0.0)
    (tried,) = (row for row in content["tried"] if row["function"] == function)
    rest = max(abs(tried["n_sp"]), tried["template_error"])
    inside = signal[window].sum()
    uncertain = np.sqrt(error**2 + (rest * inside / signal.sum()) ** 2)
    return float(likelihood.asimov_significance(inside, found.value + missed, uncertain)) ** 2, function, content


@pytest.mark.parametrize(("statistics", "decided"), [(400, "passes"), (10, "undecided")])
def test_the_merit_of_every_interval_is_that_of_its_own_fits(rng, study, statistics, decided):
    """The search judges all at once, to first order in the spurious signal; here each is fitted alone."""
    settings = study()
    signal, background = toy_spectra(rng, 5, statistics, bend=8e-4)
    merit, functions, decisions = interval_merit(signal, background, settings), [], []
    for i, j in combinations(range(6), 2):
        sums = [x[i:j].sum(0) for x in (signal.sumw, background.sumw, background.sumw2)]
        right, function, content = by_hand(*sums, settings)
        assert np.sqrt(merit[i, j]) == pytest.approx(np.sqrt(right), rel=0.03)
        functions.append(function)
        decisions.append(content["decided"])
    assert np.isneginf(merit[np.tril_indices(6)]).all()
    assert decided in decisions
    assert statistics == 10 or set(functions) == {"exp1", "exp2"}


def test_a_bend_that_data_cannot_see_costs_an_interval_nothing(rng, study):
    """With a parameter for it the error of the background would be longer by a half."""
    signal, background = toy_spectra(rng, 1, 3000)
    bent = background.sumw * (1 + 3e-5 * (np.arange(55) - 27) ** 2)
    fit = fits.fit_spectrum(bent[0], background.sumw2[0], study().axis, settings=fits.Settings(toys=0), engine="glm")
    assert fit.function == "exp2"
    found = interval_merit(signal, Histogram(bent, background.sumw2), study())[0, 1]
    _, function, _ = by_hand(signal.sumw[0], bent[0], background.sumw2[0], study())
    window = study().axis.in_window
    one = fits.fit_asimov(bent[0], study().axis, function=1)
    plain = likelihood.asimov_significance(signal.sumw[0, window].sum(), one.value, one.error)
    assert function == "exp1" and np.sqrt(found) == pytest.approx(float(plain), rel=0.01)


@pytest.mark.parametrize("bend", [0.0, 8e-4])
def test_a_smaller_template_is_never_more_sensitive_on_average(rng, study, bend):
    """Thinning the simulated events: what is not known is not taken for small."""
    mean = []
    for statistics in (4, 16, 64, 256):
        found = [interval_merit(*toy_spectra(rng, 1, statistics, bend), study())[0, 1] for _ in range(100)]
        z = np.sqrt(np.maximum(found, 0.0))
        mean.append((z.mean(), z.std() / 10))
    for (less, error), (more, other) in pairwise(mean):
        assert less < more + 2 * np.hypot(error, other)
    assert mean[0][0] < 0.95 * mean[-1][0]


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"min_sideband_events": 1e5}, False),
        ({"min_window_background": 1e5}, False),
        ({"min_sideband_events": 0, "min_window_background": 0}, True),
    ],
)
def test_intervals_without_enough_background_are_not_allowed(rng, changes, allowed, study):
    signal, background = toy_spectra(rng, 3, 50)
    assert np.isfinite(interval_merit(signal, background, study(**changes))[0, 3]) == allowed


def test_too_few_simulated_events_are_no_background_estimate(rng, study):
    signal, _ = toy_spectra(rng, 3, 50)
    background = Histogram(np.ones((3, 55)), np.full((3, 55), 30.0))  # 165 expected events, 5 effective ones
    assert not np.isfinite(interval_merit(signal, background, study())).any()


def test_more_categories_are_never_less_sensitive_on_the_events_that_choose(toy_events, study, toy_score):
    events = toy_events(20000)
    found = search(events, toy_score(events), "hadronic", study(significance_tolerance=0.0), part=everything(events))
    assert (np.diff(found.by_number) > 0).all()
    assert found.significance == max(found.by_number)
    assert found.cuts[-1] == 1.0
    assert list(found.cuts) == sorted(set(found.cuts))


def test_the_boundaries_do_not_look_at_the_part_that_measures_them(toy_events, study, toy_score):
    events = toy_events(20000)
    score = toy_score(events)
    for others, own in divide(events, 2):
        changed = np.where(own.rows, 1 - score, score)
        found = [search(events, some, "hadronic", study(), part=others) for some in (score, changed)]
        assert found[0] == found[1]


def test_boundaries_of_another_number_are_the_best_of_that_number(toy_events, study, toy_score):
    events = toy_events(20000)
    found = search(events, toy_score(events), "hadronic", study(), part=everything(events))
    for number, significance in enumerate(found.by_number, start=1):
        other = found.with_number(number)
        assert (len(other.cuts) - 1, other.significance) == (number, significance)
    assert found.with_number(5) is None


def test_an_empty_channel_has_no_boundaries(toy_events, study, toy_score):
    events = toy_events(1000)
    assert search(events, toy_score(events), "diboson", study(), part=everything(events)) is None


def test_the_parts_are_equal_and_independent_of_the_folds_and_of_each_other():
    event = np.arange(40000)
    run = np.ones_like(event)
    for number in (2, 3, 4):
        parts = part(run, event, number)
        for others, of in ((fold(run, event, 3), 3), (subfold(run, event, 3), 3), (cluster(run, event, 1000) % 3, 3)):
            together = np.bincount(parts * of + others, minlength=number * of)
            np.testing.assert_allclose(together, 40000 / (number * of), rtol=0.06)


def test_a_million_events_are_searched_within_seconds(toy_events, study, toy_score):
    events = toy_events(1_000_000)
    settings = study(score_bins=100, max_per_channel=8)
    score, start = toy_score(events), process_time()
    assert search(events, score, "hadronic", settings, part=everything(events)) is not None
    assert process_time() - start < 5
