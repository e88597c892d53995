"""One point trained several times."""

from dataclasses import replace

import numpy as np
import pytest
from point_toys import sample, settings

from unsculpt import metrics
from unsculpt.errors import InputError
from unsculpt.metrics.folds import Trained, of_events, spread_of_training, with_training
from unsculpt.scores import columns_of

FOLDS = [1.0, 2.0, 3.0]


def point(rejection, error=0.1, jsd=1e-3):
    """A point whose folds scatter by far more than its events: an error of training of 1 / sqrt(3), less the events."""
    columns = sample(np.random.default_rng(1), 200)
    whole = metrics.measure_point(
        columns.pop("score"), **columns, settings=settings(bootstrap_replicas=20), rng=np.random.default_rng(2)
    )
    of_rejection = with_training(of_events(rejection, error), rejection and spread_of_training(FOLDS, [0.03] * 3))
    return replace(
        whole,
        auc=of_events(0.8, 0.01),
        rejection=of_rejection,
        jsd=replace(whole.jsd, value=jsd, error=1e-4, error_events=1e-4, floor=5e-4),
        error_training_from="folds",
    )


def test_one_or_two_seeds_have_the_spread_of_the_folds():
    alone, two = metrics.over_seeds([point(5.0)]), metrics.over_seeds([point(5.0), point(9.0)])
    assert alone["number"] == 1 and alone["rejection"] == [5.0] and alone["floor"] == [5e-4]
    expected = np.sqrt(0.1**2 + (1 - 0.03) / 3)
    assert alone["total"]["rejection"] == metrics.Measured(5.0, pytest.approx(expected))
    assert two["total"]["rejection"] == metrics.Measured(7.0, pytest.approx(expected))
    found = metrics.with_seeds([point(5.0), point(9.0)])
    assert (found.rejection.error, found.error_training_from) == (pytest.approx(expected), "folds")


def test_three_seeds_have_their_own_standard_deviation():
    points = [point(4.0), point(5.0, jsd=2e-3), point(6.0, jsd=3e-3)]
    found = metrics.with_seeds(points)
    assert found.error_training_from == "seeds"
    assert found.rejection == Trained(4.0, pytest.approx(np.hypot(0.1, 1.0)), 0.1, pytest.approx(1.0))
    assert (found.jsd.value, found.jsd.error_training) == (1e-3, pytest.approx(1e-3))
    assert found.jsd.error == pytest.approx(np.hypot(1e-4, 1e-3))
    assert found.jsd.over_floor.error == pytest.approx(found.jsd.error / 5e-4)
    assert found.jsd.over_floor.error_training == pytest.approx(2.0)
    assert (found.auc.error, found.auc.error_training) == (pytest.approx(0.01), pytest.approx(0.0, abs=1e-9))
    total = metrics.over_seeds(points)["total"]["rejection"]
    assert total == metrics.Measured(5.0, pytest.approx(np.hypot(0.1, 1.0)))


def test_rejections_at_other_efficiencies_have_the_spread_of_the_seeds():
    points = [point(4.0) for _ in range(3)]
    for i, whole in enumerate(points):
        points[i] = replace(whole, rejections=[replace(r, value=2.0 * (i + 1)) for r in whole.rejections])
    found = metrics.with_seeds(points).rejections
    assert [r.signal_efficiency for r in found] == [0.3, 0.5]
    assert [r.error_training for r in found] == pytest.approx([2.0, 2.0])


def test_the_error_is_the_spread_of_trainings_on_new_samples(rng):
    """Training scatters by 0.3 and the events by 0.2; pulls of the value of the first seed, and of the mean of all."""
    true, whole, pulls = rng.normal(5, 0.3, size=(400, 5)), point(5.0), []
    for means in true:
        common = rng.normal(0, 0.2)  # of the events, the same for all seeds
        points = [replace(whole, rejection=of_events(mean + common, 0.2)) for mean in means]
        found = metrics.with_seeds(points).rejection
        total = metrics.over_seeds(points)["total"]["rejection"]
        pulls.append(((found.value - 5) / found.error, (rng.normal(rng.normal(5, 0.3), 0.2) - 5) / total.error))
    assert np.std(pulls, axis=0) == pytest.approx([1, 1], rel=0.25)


def test_a_seed_without_a_number_is_left_out():
    points = [point(4.0), point(None, None), point(6.0)]
    found = metrics.over_seeds(points)
    assert found["rejection"] == [4.0, None, 6.0]
    assert found["total"]["rejection"].value == 5
    assert metrics.with_seeds(points).rejection == points[0].rejection  # of two seeds only: that of the folds
    assert metrics.over_seeds([point(None, None)])["total"]["rejection"] == metrics.Measured(None, None)


def test_the_columns_of_a_strength_come_by_seed():
    names = ["10", "10@10", "10@2", "10@1", "1", "1@1"]
    assert columns_of("10", names) == ["10", "10@1", "10@2", "10@10"]
    assert columns_of("1", names) == ["1", "1@1"]
    with pytest.raises(InputError, match="no column 3"):
        columns_of("3", names)
    with pytest.raises(InputError, match="no trainings"):
        metrics.over_seeds([])
