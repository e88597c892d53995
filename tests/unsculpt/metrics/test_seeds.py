"""One point trained several times."""

from types import SimpleNamespace

import numpy as np
import pytest

from unsculpt import metrics
from unsculpt.errors import InputError
from unsculpt.metrics.seeds import columns_of


def point(rejection, error=0.1, jsd=1e-3):
    return SimpleNamespace(
        auc=metrics.Measured(0.8, 0.01),
        rejection=metrics.Measured(rejection, error),
        jsd=SimpleNamespace(value=jsd, error=1e-4, floor=5e-4),
    )


def test_one_seed_keeps_its_error():
    found = metrics.over_seeds([point(5.0)])
    assert found["number"] == 1 and found["rejection"] == [5.0] and found["floor"] == [5e-4]
    assert found["total"]["rejection"] == metrics.Measured(5.0, pytest.approx(0.1))


def test_a_training_with_any_seed_has_both_errors_in_quadrature():
    found = metrics.over_seeds([point(4.0), point(5.0), point(6.0)])["total"]["rejection"]
    assert found.value == 5
    assert found.error == pytest.approx(np.hypot(0.1, 1.0))


def test_the_total_error_is_the_spread_of_trainings_on_new_samples(rng):
    true, pulls = rng.normal(5, 0.3, size=(400, 5)), []
    for means in true:
        total = metrics.over_seeds([point(rng.normal(mean, 0.2), 0.2) for mean in means])["total"]["rejection"]
        pulls.append((rng.normal(rng.normal(5, 0.3), 0.2) - 5) / total.error)
    assert np.std(pulls) == pytest.approx(1, rel=0.25)


def test_a_seed_without_a_number_is_left_out_of_the_mean_only():
    found = metrics.over_seeds([point(4.0), point(None, None), point(6.0)])
    assert found["rejection"] == [4.0, None, 6.0]
    assert found["total"]["rejection"].value == 5
    assert metrics.over_seeds([point(None, None)])["total"]["rejection"] == metrics.Measured(None, None)


def test_the_columns_of_a_strength_come_by_seed():
    names = ["10", "10@10", "10@2", "10@1", "1", "1@1"]
    assert columns_of("10", names) == ["10", "10@1", "10@2", "10@10"]
    assert columns_of("1", names) == ["1", "1@1"]
    with pytest.raises(InputError, match="no column 3"):
        columns_of("3", names)
    with pytest.raises(InputError, match="no trainings"):
        metrics.over_seeds([])
