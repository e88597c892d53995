"""Sums of weighted events."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsculpt import metrics, weighted
from unsculpt.errors import InputError
from unsculpt.weighted import auc, bin_index

values = st.lists(st.tuples(st.integers(-20, 20), st.floats(0.1, 10)), min_size=1, max_size=40)


@given(values, st.floats(0, 1))
def test_the_quantile_is_that_of_numpy_for_positive_weights(events, q):
    x, w = np.array(events, float).T
    ours = metrics.weighted_quantile(x, q, weights=w)
    assert ours in x
    above, below = w[x > ours].sum() / w.sum(), w[x < ours].sum() / w.sum()
    assert below <= q + 1e-9 and above <= 1 - q + 1e-9
    if not np.isclose(np.cumsum(w[np.argsort(x)]) / w.sum(), q).any():  # at a step, rounding decides
        assert ours == np.quantile(x, q, weights=w, method="inverted_cdf")


def test_a_negative_weight_takes_an_event_away(rng):
    x = rng.normal(size=200)
    pairs = np.concatenate([x, x])
    w = np.concatenate([np.full(200, 2.0), np.full(200, -1.0)])
    q = [0.1, 0.5, 0.9]
    assert metrics.weighted_quantile(pairs, q, weights=w) == pytest.approx(
        metrics.weighted_quantile(x, q, weights=np.ones(200))
    )


def test_equal_weights_are_all_effective_and_one_heavy_event_is_alone():
    assert metrics.effective_number(np.full(7, 0.3)) == pytest.approx(7)
    assert metrics.effective_number(np.array([1e6, 1.0])) == pytest.approx(1, abs=1e-5)
    assert metrics.effective_number(np.array([])) == 0


def test_auc_with_integer_weights_is_that_of_repeated_events(rng):
    score, signal, weight = rng.integers(0, 20, 300) / 20, rng.random(300) < 0.4, rng.integers(1, 4, 300)
    repeated, alone = np.repeat(score, weight), np.repeat(signal, weight)
    expected = auc(repeated[alone], repeated[~alone], weights=(np.ones(alone.sum()), np.ones((~alone).sum())))
    weights = weight[signal], weight[~signal]
    assert auc(score[signal], score[~signal], weights=weights) == pytest.approx(expected, abs=1e-12)
    assert auc(-score[signal], -score[~signal], weights=weights) == pytest.approx(1 - expected, abs=1e-12)


def test_the_histogram_is_that_of_numpy(rng):
    x, w, edges = rng.uniform(100, 165, 1000), rng.normal(1, 1, 1000), np.arange(105, 161.0)
    x[:3] = [105, 160, 120]
    ours = metrics.histogram(x, weights=w, edges=edges)
    assert ours.sumw == pytest.approx(np.histogram(x, edges, weights=w)[0])
    assert ours.sumw2 == pytest.approx(np.histogram(x, edges, weights=w**2)[0])
    assert (ours[3:5] + ours[3:5]).sumw == pytest.approx(2 * ours.sumw[3:5])


def test_the_correlation_of_a_normal_pair_is_found_with_its_error(rng):
    pulls = []
    for _ in range(300):
        x = rng.normal(size=400)
        y = 0.6 * x + 0.8 * rng.normal(size=400)
        r = metrics.correlation(x, y, weights=rng.uniform(0.5, 1.5, 400))
        pulls.append((r.value - 0.6) / r.error)
    assert np.mean(pulls) == pytest.approx(0, abs=0.2)
    assert np.std(pulls) == pytest.approx(1, abs=0.13)
    assert metrics.correlation(x, y, weights=np.ones(400)).value == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_the_correlation_knows_neither_units_nor_the_scale_of_weights(rng):
    x, y, w = rng.normal(size=(3, 100)) + 5
    first, second = metrics.correlation(x, y, weights=w), metrics.correlation(1000 * x, -y, weights=7 * w)
    assert (first.value, first.error) == pytest.approx((-second.value, second.error))


def test_a_constant_is_correlated_with_nothing(rng):
    result = metrics.correlation(np.full(10, 0.1), rng.normal(size=10), weights=np.ones(10))
    assert (result.value, result.error) == (0, 0)


@pytest.mark.parametrize(
    ("x", "w", "sentence"),
    [
        ([1.0, 2.0], [1.0], "one weight for each event"),
        ([], [], "there are no events"),
        ([1.0, np.nan], [1.0, 1.0], "the value of event 1 is nan"),
        ([1.0, 2.0], [np.inf, 1.0], "the weight of event 0 is inf"),
        ([1.0, 2.0], [0.0, 0.0], "sum to 0"),
        ([1.0, 2.0], [1.0, -3.0], "sum to -2"),
    ],
)
def test_bad_input_gets_one_sentence(x, w, sentence):
    with pytest.raises(InputError, match=sentence):
        metrics.weighted_quantile(np.array(x), 0.5, weights=np.array(w))


def test_an_impossible_quantile_and_falling_edges_are_refused():
    with pytest.raises(InputError, match="outside"):
        metrics.weighted_quantile(np.ones(2), 1.2, weights=np.ones(2))
    with pytest.raises(InputError, match="do not rise"):
        bin_index(np.ones(2), [2.0, 1.0])


def test_negative_weights_that_leave_no_spread_are_refused():
    with pytest.raises(InputError, match="correlation: the negative weights leave no spread"):
        metrics.correlation(np.array([0.0, 1, 9]), np.array([0.0, 1, 9]), weights=np.array([9.0, 9, -6]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 40), st.floats(0, 0.5))
def test_a_correlation_lies_between_minus_one_and_one_or_is_refused(seed, number, negative):
    rng = np.random.default_rng(seed)
    x, y = np.where(rng.random(number) < 0.2, rng.normal(size=number), 0), rng.normal(size=number)
    try:
        found = metrics.correlation(x, y, weights=np.where(rng.random(number) < negative, -1.0, 1.0))
    except InputError:
        return
    assert abs(found.value) <= 1 + 1e-9 and found.error >= 0


def test_a_number_that_does_not_exist_is_replaced_and_named_in_a_warning(caplog):
    found = metrics.attempt("mean of x", metrics.correlation, np.ones(0), np.ones(0), weights=np.ones(0), otherwise=7)
    assert found == 7 and "mean of x: no number; correlation: there are no events" in caplog.text
    assert metrics.attempt("AUC", lambda: 0.5) == 0.5


def test_the_error_of_a_share_is_its_spread_over_poisson_numbers_of_weighted_events(rng):
    sizes, means = np.array([0.1, 2.0, 0.5]), np.array([400, 60, 150])
    found = []
    for numbers in rng.poisson(means, (2000, 3)):
        sums = metrics.Histogram(sizes * numbers, sizes**2 * numbers)
        found.append([(share.value, share.error) for _, share in weighted.shares(sums)])
    value, error = np.moveaxis(found, -1, 0)
    assert value.sum(axis=1) == pytest.approx(1)
    assert value.mean(axis=0) == pytest.approx(sizes * means / (sizes @ means), rel=0.02)
    assert error.mean(axis=0) == pytest.approx(value.std(axis=0), rel=0.08)
