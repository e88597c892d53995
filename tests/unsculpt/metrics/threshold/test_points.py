"""A point over its trainings, and the choice among points by events that do not quote it."""

import numpy as np
import pytest

from unsculpt.metrics import threshold, to_json
from unsculpt.metrics.threshold import Curve, Trial

X = np.linspace(0, 1, 5)


def trial(parts, measurable=None, noise=0.0, seed=0):
    """A training whose AMS in the two parts of the events is given."""
    parts = np.array(parts, float)
    rng = np.random.default_rng(seed)
    drawn = parts[:, None] + noise * rng.standard_normal((2, 400, len(X)))
    curve = Curve(
        x=X,
        signal=100 * (1 - X),
        background=np.stack([1000 * (1 - X), 900 * (1 - X)]),
        ams=parts.mean(0),
        parts=parts,
        measurable=np.ones(parts.shape, bool) if measurable is None else np.array(measurable),
        replicas=drawn.mean(0),
        replicas_of_parts=drawn,
    )
    return Trial(curve, curve, {"a": 0.8, "b": 0.7})


def test_the_quote_is_of_the_half_that_did_not_choose():
    """Threshold and point are chosen by fluctuations of one half, which the other does not have."""
    lucky = [trial([[1, 2, 9, 2, 1], [1, 2, 3, 2, 1]])]
    steady = [trial([[1, 4, 4, 4, 1], [1, 4.5, 4, 4, 1]])]
    found = threshold.compare(["lucky", "steady"], [lucky, steady])
    assert [part["point"] for part in found["parts"]] == [0, 1]
    assert found["parts"][0] == {"point": 0, "found": 9, "quoted": 3}
    assert found["parts"][1] == {"point": 1, "found": 4.5, "quoted": 4}
    assert found["chosen"]["value"] == 3.5 and "One half of the events chooses lucky" in found["reason"]
    assert found["best"] == 0 and found["behind"][0] == {"value": 0, "error": 0}  # (3 + 9)/2 against (4 + 4)/2


def test_what_is_not_measurable_is_not_chosen():
    row = [[1, 2, 9, 2, 1]] * 2
    found = trial(row, measurable=[[True, True, False, True, True]] * 2)
    assert found.found == (1, 1) and found.merit(0) == 2
    nothing = trial(row, measurable=np.zeros((2, 5), bool))
    compared = threshold.compare(["none", "some"], [[nothing], [found]])
    assert compared["best"] == 1 and compared["behind"][0] is None
    assert [part["point"] for part in compared["parts"]] == [1, 1]


def test_without_any_measurable_point_nothing_is_chosen(caplog):
    nothing = trial([[1] * 5] * 2, measurable=np.zeros((2, 5), bool))
    found = threshold.compare(["none"], [[nothing]])
    assert found["best"] is None and found["parts"] == [] and found["chosen"]["value"] is None
    assert "no point has enough simulated background" in caplog.text
    told = threshold.told([{"method": "nn", "strength": 0, "tag": "0"}], found)
    assert told["points"][0]["best"] is False and told["chosen"]["parts"] == []


def test_seeds_are_paired():
    """What all points of a seed have in common does not blur their difference."""
    shifts = np.array([-0.8, 0.3, 0.9, -0.4])
    low, high = ([trial([np.array([1, 3, 4, 3, 1]) + s + up] * 2) for s in shifts] for up in (0, 0.5))
    found = threshold.compare(["low", "high"], [low, high])
    assert found["best"] == 1 and found["behind"][0]["value"] == pytest.approx(0.5)
    assert found["behind"][0]["error"] < 1e-9
    number = threshold.summed_up(high)["max"]
    assert number["value"] == pytest.approx(4.5) and number["error_training"] == pytest.approx(shifts.std(ddof=1))
    assert number["of_seeds"] == pytest.approx(4.5 + shifts)


def test_errors_hold_events_and_training():
    trials = [trial([[1, 3, 4 + s, 3, 1]] * 2, noise=0.2, seed=k) for k, s in enumerate((-0.1, 0.0, 0.1))]
    number = threshold.summed_up(trials)["quoted"]
    assert number["error_events"] == pytest.approx(0.2 / np.sqrt(2), rel=0.1)
    assert number["error_training"] == pytest.approx(0.1)
    assert number["error"] == pytest.approx(np.hypot(number["error_events"], 0.1))
    one = threshold.summed_up(trials[:1])["quoted"]
    assert one["error_training"] is None and one["error"] == one["error_events"]


def test_a_point_with_one_training_is_compared_with_each_of_the_others():
    low, high = [trial([[1, 3, 4, 3, 1]] * 2)], [trial([[1, 3, 5 + s, 3, 1]] * 2) for s in (-0.1, 0.0, 0.1)]
    behind = threshold.compare(["low", "high"], [low, high])["behind"][0]
    assert behind["value"] == pytest.approx(1) and behind["error"] == pytest.approx(0.1 / np.sqrt(3))


def test_bands_are_over_the_seeds_that_are_measurable():
    trials = [trial([[1, 3, 4, s, np.nan]] * 2, measurable=[[True] * 4 + [False]] * 2) for s in (2, 3, 4)]
    curve = threshold.summed_up(trials)["curves"]["threshold"]
    assert curve["ams"][3] == 3 and curve["spread"][3] == 1 and np.isnan(curve["ams"][4])
    assert to_json(curve)["ams"][4] is None
    assert threshold.summed_up(trials[:2])["curves"]["threshold"]["spread"][3] is not None
    assert np.isnan(threshold.summed_up(trials[:2])["curves"]["threshold"]["spread"]).all()


def test_the_plateau_is_what_lies_within_ten_percent_of_the_peak():
    assert trial([[1, 9.5, 10, 9, 2]] * 2).plateau == pytest.approx(3 / 5)


def test_what_differs_by_rounding_has_no_error():
    """Without a cut the AMS is the same in all replicas and trainings, but for the order of sums."""
    trials = [trial([[4, 3 + s, 2, 1, 1]] * 2, noise=1e-15, seed=k) for k, s in enumerate((0.1, 0.2, 0.3))]
    number = threshold.summed_up(trials)["max"]
    assert number["value"] == 4 and number["error"] == number["error_training"] == 0
