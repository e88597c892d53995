"""What the maps learn from is checked, and its ranks are those of the weighted events."""

import numpy as np
import pytest
import score_toys as toys

from unsculpt.decorrelation.samples import Sample, check, grid, pooled_ranks
from unsculpt.errors import InputError


def events(score, weight=1.0, mass=125.0):
    score = np.asarray(score, float)
    return Sample(score, np.full(len(score), mass), np.full(len(score), weight))


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        (events([]), "no background events of positive weight"),
        (events([0.1, np.nan]), "the score of 1 events is nan"),
        (events([0.1, 0.2], mass=np.inf), "the variable of 2 events is inf"),
        (events([0.1, 1.2]), "scores reach from 0.1 to 1.2"),
        (events([0.1, 0.2], weight=0.0), "2 weights are not positive"),
        (events([0.5, 0.5]), "all background has the score 0.5"),
    ],
)
def test_bad_events_are_refused_in_one_sentence(sample, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        check("cdf", sample)
    assert "\n" not in str(error.value)


def test_ranks_are_shares_of_background_at_and_below(rng):
    sample = toys.background(5000, rng)
    ranks = pooled_ranks(sample)
    for score in (0.1, 0.5, 0.9, 0.99):
        assert ranks(score) == pytest.approx(np.mean(sample.score <= score), abs=0.006)


def test_ranks_rise_strictly_even_where_background_never_was(rng):
    score = np.linspace(0, 1, 2001)
    for sample in (toys.background(300, rng), events([0.3, 0.3, 0.6]), events([0.0, 1.0])):
        assert (np.diff(pooled_ranks(sample)(score)) > 0).all()


def test_an_event_of_weight_three_ranks_as_three_events(rng):
    sample, times = toys.background(500, rng), rng.integers(1, 4, 500)
    weighted = pooled_ranks(Sample(sample.score, sample.variable, times.astype(float)), tail=1)
    repeated = pooled_ranks(toys.repeated(sample, times), tail=1)
    score = np.linspace(0, 1, 101)
    assert weighted(score) == pytest.approx(repeated(score), abs=2e-3)  # the rest beyond the last event differs


def test_the_fine_bins_fill_the_range():
    mass = grid(toys.SETTINGS)
    assert len(mass) == 110 and mass[0] == 105.25 and mass[-1] == 159.75
