"""Maps of two variables: the background efficiency is the same everywhere in their plane."""

import numpy as np
import pytest

from unsculpt.decorrelation import ddt, pairs
from unsculpt.decorrelation.cdf import Counts, local_weights
from unsculpt.decorrelation.samples import MapSettings, Sample

SETTINGS = MapSettings(0, 1, 0.02, 0.5)
BINS = 6  # of each variable


def background(n, rng, bump=2.0, trend=1.0):
    """Correlated ranks; logits with a bump in the first and a trend in the second that the first modulates."""
    first = rng.random(n)
    second = (0.3 * first + 0.7 * rng.random(n)).clip(0, 1)
    second = second.argsort().argsort() / n
    known = bump * np.exp(-0.5 * ((first - 0.4) / 0.1) ** 2) + trend * (second - 0.5) * (1 + first)
    return Sample(1 / (1 + np.exp(-rng.normal(known))), np.stack([first, second], 1), np.ones(n))


def signal(n, rng):
    other = background(n, rng)
    return Sample(1 / (1 + np.exp(-rng.normal(2.0, 1, n))), other.variable, other.weight)


def chi2(passed, *columns):
    """Chi2 of a flat efficiency in the bins of one variable or of both, over the number of bins less one."""
    kept, total = (np.histogramdd(np.stack(c, 1), BINS)[0].ravel() for c in ([x[passed] for x in columns], columns))
    kept, total = kept[total > 30], total[total > 30]
    share = kept.sum() / total.sum()
    return np.sum((kept - share * total) ** 2 / (share * (1 - share) * total)) / (len(total) - 1)


def all_chi2(passed, sample):
    first, second = sample.variable.T
    return [chi2(passed, first), chi2(passed, second), chi2(passed, first, second)]


@pytest.mark.parametrize("efficiency", [0.05, 0.2, 0.5])
def test_every_cut_is_flat_in_both_variables_and_in_their_plane(rng, efficiency):
    learned, other = pairs.cdf(background(60000, rng), None, SETTINGS), background(10000, rng)
    before, after = other.score, learned(other.score, other.variable)
    assert min(all_chi2(before > np.quantile(before, 1 - efficiency), other)) > 8
    assert max(all_chi2(after > 1 - efficiency, other)) < 3  # the map has an error of its own, and 5 degrees are few
    assert np.mean(after > 1 - efficiency) == pytest.approx(efficiency, rel=0.1)


def test_the_order_of_scores_at_one_place_is_kept(rng):
    learned, score = pairs.cdf(background(5000, rng), None, SETTINGS), np.linspace(0, 1, 2001)
    for place in ((0.01, 0.99), (0.4, 0.4), (1, 0)):
        assert (np.diff(learned(score, np.tile(place, (2001, 1)))) > 0).all()


def test_a_fixed_efficiency_is_far_flatter_at_the_working_point(rng):
    """As flat as a tenth of the plane that holds enough neighbours lets it be."""
    learned, other = pairs.knn(background(40000, rng), signal(5000, rng), SETTINGS), background(10000, rng)
    passed = learned(other.score, other.variable) > 0.5
    before = all_chi2(other.score > np.quantile(other.score, 1 - passed.mean()), other)
    assert min(before) > 20
    assert (np.divide(all_chi2(passed, other), before) < 0.1).all()
    events = signal(5000, rng)
    assert np.mean(learned(events.score, events.variable) > 0.5) == pytest.approx(0.5, abs=0.03)


def test_a_shift_takes_out_the_trend_in_both(rng):
    sample = background(20000, rng, bump=0)
    centred = Sample(sample.score, sample.variable - sample.variable.mean(0), sample.weight)
    mapped = ddt.learn(centred, None, MapSettings(-1, 1, 0.02, 0.5))(sample.score, centred.variable)
    before, after = (np.corrcoef(s, sample.variable.T)[0, 1:] for s in (sample.score, mapped))
    assert min(before) > 0.1 and np.abs(after).max() < 1e-12


def test_the_local_plane_follows_a_plane_exactly(rng):
    """The share below a threshold is linear in both: the estimate has no bias, however wide the Gaussians."""
    first, second = np.meshgrid(*2 * [(np.arange(pairs.CELLS) + 0.5) / pairs.CELLS], indexing="ij")
    share, total = 0.2 + 0.3 * first + 0.4 * second, 1000 * np.exp(-2 * first - second)
    for widths in ((0.03, 0.1), (0.5, 0.05), (1, 1)):
        assert pairs.smoother(total, total, widths)(share * total) == pytest.approx(share, abs=2e-3)


def test_where_nothing_depends_on_the_second_variable_the_plane_is_the_line(rng):
    """With all weight in products of both, estimate and variance are those of the local line in the first."""
    centre = (np.arange(pairs.CELLS) + 0.5) / pairs.CELLS
    total, below = rng.uniform(50, 100, pairs.CELLS), rng.uniform(0, 50, pairs.CELLS)
    spread = np.full(pairs.CELLS, 1 / pairs.CELLS)
    plane = pairs.smoother(np.outer(total, spread), np.outer(total, spread), (0.1, 100.0))
    line = local_weights(Counts(centre, below[None], total, total, np.array([0.5])), 0.1)
    assert plane(np.outer(below, spread))[:, 7] == pytest.approx(line @ below, rel=1e-3)
    middle = plane.variance(np.outer(total, spread))[:, 20]  # in the middle of the second variable a plane is a line
    assert middle == pytest.approx(line**2 @ total, rel=2e-2)


def test_where_no_background_is_near_the_share_of_all_background_counts(rng):
    first = rng.random(4000)
    narrow = np.stack([first, first], 1)  # nothing off the diagonal
    known = 1 / (1 + np.exp(-rng.normal(3 * first)))
    mapped = pairs.cdf(Sample(known, narrow, np.ones(4000)), None, SETTINGS)
    values = mapped(np.linspace(0, 1, 50), np.tile([0.02, 0.98], (50, 1)))
    assert np.isfinite(values).all() and values[0] >= 0 and values[-1] <= 1 and (np.diff(values) > 0).all()
