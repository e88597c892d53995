"""After the conditional cumulative the background is uniform at every mass, and nothing else has changed."""

import numpy as np
import pytest
import score_toys as toys
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from unsculpt.decorrelation import cdf
from unsculpt.decorrelation.samples import Sample, grid, pooled_ranks
from unsculpt.errors import InputError
from unsculpt.metrics import jensen_shannon

BUMP = {"bump": 2.0}


@pytest.fixture(scope="module")
def learned():
    return cdf.learn(toys.background(20000, np.random.default_rng(1), **BUMP), None, toys.SETTINGS)


def test_the_score_of_independent_background_is_uniform_in_every_mass_bin(learned, rng):
    other = toys.background(5000, rng, **BUMP)  # few, so that their errors and not those of the map count
    mapped, p_values = learned(other.score, other.variable), []
    for low in range(105, 160, 5):
        inside = (other.variable >= low) & (other.variable < low + 5)
        p_values.append(stats.kstest(mapped[inside], "uniform").pvalue)
    assert min(p_values) > 1e-3


@pytest.mark.parametrize("efficiency", [0.02, 0.1, 0.5])
def test_the_divergence_of_independent_background_is_near_its_floor_at_every_cut(learned, rng, efficiency):
    """The map of 20,000 events adds at most about as much as they would show themselves; before, it is 20 floors."""
    other = toys.background(20000, rng, **BUMP)

    def over_floor(values):
        passed, total = toys.spectra(other, values, efficiency)
        number = passed.sum(), total.sum()
        expected = 54 / (8 * np.log(2)) * (1 / number[0] - 1 / number[1])
        return jensen_shannon(passed / number[0], total / number[1], base=2) / expected

    assert over_floor(other.score) > 8
    assert over_floor(learned(other.score, other.variable)) < 2


def test_the_order_of_scores_at_one_mass_is_kept(learned):
    score = np.linspace(0, 1, 5001)
    for mass in (105, 118.3, 125, 160):
        assert (np.diff(learned(score, np.full(5001, mass))) > 0).all()


def test_the_rejection_at_one_mass_is_unchanged(learned, rng):
    """At a fixed mass the map is a relabelling of the score, so every pair of efficiencies stays the same."""
    mass = np.full(4000, 125.0)
    signal, background = rng.beta(3, 2, 4000), rng.beta(2, 3, 4000)
    for efficiency in (0.1, 0.5, 0.9):
        before = np.mean(background > np.quantile(signal, 1 - efficiency))
        mapped = learned(signal, mass), learned(background, mass)
        assert np.mean(mapped[1] > np.quantile(mapped[0], 1 - efficiency)) == pytest.approx(before, abs=3e-4)


def test_a_score_that_knows_no_mass_is_smoothed_over_the_whole_range(rng):
    background = toys.background(5000, rng)
    counts = cdf.count(background, pooled_ranks(background), grid(toys.SETTINGS))
    width, table = cdf.best_table(counts, cdf.bandwidths(toys.SETTINGS))
    assert width > 10 and cdf.parameters(counts, width) < 4
    assert table.min() == 0 and table.max() == 1


def test_a_linear_trend_is_followed_exactly_whatever_the_bandwidth(rng):
    """The share below a threshold is 0.3 + 0.4 x (mass - 105) / 55 in exact counts: the line has no bias anywhere."""
    mass = grid(toys.SETTINGS)
    share = 0.3 + 0.4 * (mass - 105) / 55
    total = 1000 * np.exp(-(mass - 105) / 28)
    counts = cdf.Counts(mass, (share * total)[None], total, total, np.array([0.5]))
    for width in (1.0, 5.0, 50.0):
        assert cdf.local_weights(counts, width) @ (share * total) == pytest.approx(share, abs=1e-4)


def test_an_event_of_weight_two_is_two_events(rng):
    sample = toys.background(3000, rng, **BUMP)
    times = np.full(3000, 2)
    weighted = cdf.learn(Sample(sample.score, sample.variable, 1.0 * times), None, toys.SETTINGS)
    doubled = cdf.learn(sample, None, toys.SETTINGS)
    score, mass = rng.random(500), rng.uniform(105, 160, 500)
    assert weighted(score, mass) == pytest.approx(doubled(score, mass), abs=1e-12)  # a common factor means nothing
    times = rng.integers(1, 3, 3000)
    smoother = np.eye(110) / 50
    tables = []
    for s in (Sample(sample.score, sample.variable, 1.0 * times), toys.repeated(sample, times)):
        counts = cdf.count(s, pooled_ranks(sample), grid(toys.SETTINGS))
        tables.append(counts.below @ smoother)
    assert tables[0] == pytest.approx(tables[1], abs=1e-12)


def test_every_event_counts_once_among_the_thresholds(rng):
    sample = toys.background(2000, rng)
    ranks = pooled_ranks(sample)
    counts = cdf.count(sample, ranks, grid(toys.SETTINGS))
    assert counts.below[-1] == pytest.approx(counts.total)
    for threshold in (50, 100, 150):
        assert counts.below[threshold].sum() == np.sum(sample.score <= ranks.score[threshold])


def learnt_between(low, high, number=800, seed=1):
    """Counts of background with masses from low to high only, and the candidate bandwidths."""
    rng = np.random.default_rng(seed)
    sample = Sample(rng.random(number), rng.uniform(low, high, number), np.ones(number))
    return cdf.count(sample, pooled_ranks(sample), grid(toys.SETTINGS)), cdf.bandwidths(toys.SETTINGS)


@settings(max_examples=30, deadline=None)
@given(st.floats(105, 150), st.floats(0.1, 10), st.integers(0, 10**6))
def test_masses_without_background_take_no_bandwidth_out_of_the_choice_but_those_that_are_unusable(low, width, seed):
    counts, widths = learnt_between(low, min(low + width, 160), seed=seed)
    chosen, table = cdf.best_table(counts, widths)
    assert np.isfinite(table).all() and table.min() == 0 and table.max() == 1 and (np.diff(table, axis=0) > 0).all()
    with np.errstate(all="ignore"):
        usable = [w for w in widths if np.isfinite(cdf.local_weights(counts, w) ** 2 @ counts.squares).all()]
    assert chosen == cdf.best_table(counts, usable)[0]


def test_a_score_that_knows_no_mass_is_smoothed_widely_where_half_of_the_range_is_empty():
    """A narrow bandwidth whose estimate is no number in the empty half once won the choice."""
    counts, widths = learnt_between(105, 118)
    assert cdf.best_table(counts, widths)[0] > 5


def test_without_a_usable_bandwidth_there_is_one_sentence():
    counts, widths = learnt_between(105, 118)
    with pytest.raises(InputError, match="no bandwidth reaches background from every mass"):
        cdf.best_table(counts, widths[:1])
