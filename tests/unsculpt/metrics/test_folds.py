"""The error of training, from the numbers of each fold."""

import numpy as np
import pytest
from point_toys import EDGES, sample, settings
from scipy.special import expit, ndtr

from unsculpt import metrics
from unsculpt.metrics.divergence import compare_spectra
from unsculpt.metrics.folds import complete, of_events, spread_of_training, with_training

SHIFTS = (0.8, 1.1, 1.4)  # of the signal in the folds of a toy, in standard deviations: three trainings


def measure(columns, rng, fold=None, **changes):
    score = columns["score"]
    rest = {key: values for key, values in columns.items() if key != "score"}
    return metrics.measure_point(score, **rest, settings=settings(**changes), rng=rng, fold=fold)


def with_folds(columns, rng, shifts):
    """The columns with a score whose signal is shifted by another amount in each fold, and the folds."""
    fold = rng.integers(0, len(shifts), len(columns["label"]))
    logit = rng.normal(np.where(columns["label"] == 1, np.asarray(shifts)[fold], 0.0), 1)
    return columns | {"score": expit(logit)}, fold


def test_folds_that_differ_by_known_shifts_give_their_spread(rng):
    columns, fold = with_folds(sample(rng, 30000), rng, SHIFTS)
    point = measure(columns, rng, fold)
    expected = {
        "auc": ndtr(np.array(SHIFTS) / np.sqrt(2)),
        "accuracy": (ndtr(SHIFTS) + 0.5) / 2,
        "accuracy_signal": ndtr(SHIFTS),
        "background_efficiency": ndtr(-np.array(SHIFTS)),
        "rejection": 1 / ndtr(-np.array(SHIFTS)),
    }
    for name, values in expected.items():
        number = getattr(point, name)
        assert point.folds[name] == pytest.approx(values, rel=0.2), name  # the last fold keeps 800 of background
        assert number.error_training == pytest.approx(values.std(ddof=1) / np.sqrt(3), rel=0.35), name
        variance = np.var(point.folds[name], ddof=1) / 3 - number.error_events**2
        assert number.error_training == pytest.approx(np.sqrt(variance)), name
        assert number.error == pytest.approx(np.hypot(number.error_events, number.error_training)), name
        assert number.error > 5 * number.error_events, name
    assert point.accuracy_background.error_training < 3 * point.accuracy_background.error_events
    assert point.rejections[1].error_training == pytest.approx(point.rejection.error_training, rel=0.05)
    assert point.error_training_from == "folds" and point.folds["fold"] == [0, 1, 2]


def test_only_errors_know_of_the_folds():
    columns, fold = with_folds(sample(np.random.default_rng(3), 2000), np.random.default_rng(4), SHIFTS)
    plain, folded = (metrics.to_json(measure(columns, np.random.default_rng(5), f)) for f in (None, fold))
    assert plain["folds"] is None and plain["error_training_from"] is None
    for name in ("auc", "accuracy", "background_efficiency", "rejection", "jsd", "jsd_window", "jsd_beyond_slope"):
        assert folded[name]["value"] == plain[name]["value"], name
        assert folded[name]["error_events"] == plain[name]["error_events"] == plain[name]["error"], name
        assert plain[name]["error_training"] is None and folded[name]["error_training"] is not None, name
    assert folded["curves"] == plain["curves"] and folded["jsd"]["floor"] == plain["jsd"]["floor"]
    ratio, jsd = folded["jsd"]["over_floor"], folded["jsd"]
    for key in ("error", "error_events", "error_training"):
        assert ratio[key] == pytest.approx(jsd[key] / jsd["floor"]), key


def test_equal_trainings_add_little_to_the_errors(rng):
    """What the folds differ by is then their events: s^2 / 3 is an error of events, squared, times chi2 / 2 of two
    degrees. The larger of it and the error has a mean of 1 + 1/e; the sum, which counts the events twice, one of 2."""
    toys = [complete({"auc": of_events(0.8, 0.1)}, _numbers(rng.normal(0.8, 0.1 * 3**0.5, 3))) for _ in range(4000)]
    assert np.mean([toy["auc"].error ** 2 for toy in toys]) == pytest.approx(0.01 * (1 + 1 / np.e), rel=0.03)


def test_trainings_that_scatter_are_found_beside_the_events(rng):
    size = np.hypot(0.1 * 3**0.5, 0.6 * 3**0.5)  # of a fold: its events, and its training
    toys = [complete({"auc": of_events(0.8, 0.1)}, _numbers(rng.normal(0.8, size, 3))) for _ in range(4000)]
    assert np.mean([toy["auc"].error ** 2 for toy in toys]) == pytest.approx(0.1**2 + 0.6**2, rel=0.06)


def _numbers(values):
    return [{"auc": value} for value in values]


def test_a_jsd_at_its_floor_does_not_take_the_events_of_its_folds_for_training(rng):
    """A fold has three times the floor of all, and its JSD scatters by as much more. s^2 / 3 then is three times the
    squared error, times chi2 / 2 of two degrees: what is above adds 3/e in the mean, and without subtraction 3."""
    edges, nothing = np.arange(105, 161.0), np.empty((0, 55))

    def spectra(passed, failed):
        parts = [metrics.Histogram(part.astype(float), part.astype(float)) for part in (passed, failed)]
        return compare_spectra(*parts, (nothing, nothing), edges=edges, base=2, reference="inclusive")

    grown = []
    for _ in range(150):
        passed, failed = rng.poisson(30.0, (3, 55)), rng.poisson(70.0, (3, 55))
        found = [{"jsd": spectra(*fold)} for fold in zip(passed, failed, strict=True)]
        number = complete({"jsd": spectra(passed.sum(axis=0), failed.sum(axis=0))}, found)["jsd"]
        grown.append(number.error**2 / number.error_events**2)
    assert np.mean(grown) == pytest.approx(1 + 3 / np.e, rel=0.25)


def test_the_floor_of_a_fold_is_no_error_and_sculpting_of_one_fold_is(rng):
    """Of three folds one sculpts: the excess of the fold over its floor, not its JSD, tells by how much."""
    columns, fold = with_folds(sample(rng, 20000), rng, (1.2,) * 3)
    bump = 1.5 * np.exp(-(((columns["mass"] - 125) / 6) ** 2)) * (columns["label"] == 0)
    logit = np.log(columns["score"] / (1 - columns["score"]))
    one = columns | {"score": expit(logit + bump * (fold == 0))}
    unsculpted, sculpted = (measure(c, rng, fold) for c in (columns, one))
    excess = np.subtract(sculpted.folds["jsd"]["value"], sculpted.folds["jsd"]["floor"])
    assert excess[0] > 10 * max(abs(excess[1]), abs(excess[2]))
    assert sculpted.jsd.error_training == pytest.approx(excess[0] / 3, rel=0.15)  # (x, 0, 0): s = x / sqrt(3)
    assert sculpted.jsd.error > 5 * sculpted.jsd.error_events
    assert unsculpted.jsd.error_training < 0.2 * sculpted.jsd.error_training
    assert np.mean(unsculpted.folds["jsd"]["floor"]) == pytest.approx(3 * unsculpted.jsd.floor, rel=0.1)


def test_the_spread_is_that_of_a_random_effect(rng):
    """Known variances of the events of five folds, and one of the trainings: the squares have their mean, unclipped."""
    values = rng.normal(0, np.hypot(0.5, 2.0), size=(4000, 5))
    squares = [spread_of_training(list(row), [0.25] * 5) ** 2 for row in values]
    assert np.mean(squares) == pytest.approx(4.0 / 5, rel=0.04)


def test_what_one_fold_cannot_tell():
    assert spread_of_training([1.0], [0.0]) is None
    assert spread_of_training([1.0, None], [0.0, 0.0]) is None
    assert spread_of_training([1.0, None, 3.0], [0.0, 0.0, 0.0]) == pytest.approx(1.0)
    assert spread_of_training([1.0, 1.1], [1.0, 1.0]) == 0.0
    assert with_training(of_events(None, None), 0.4).error is None
    assert with_training(of_events(2.0, 0.3), None) == of_events(2.0, 0.3)
    assert with_training(with_training(of_events(2.0, 0.3), 9.0), 0.4).error == pytest.approx(0.5)  # not added twice


def test_a_fold_without_a_class_is_left_out(rng):
    columns, fold = with_folds(sample(rng, 2000), rng, SHIFTS)
    fold = np.where(columns["label"] == 1, np.minimum(fold, 1), fold)  # no signal in the last
    point = measure(columns, rng, fold)
    assert point.folds["fold"] == [0, 1] and len(point.folds["rejection"]) == 2
    assert point.rejection.error_training > 0


def test_samples_of_a_mixture_are_known_in_each_fold(rng):
    """The floor of a fold knows the samples: efficiencies that differ between them are no sculpting."""
    columns, fold = with_folds(sample(rng, 6000), rng, (1.2,) * 3)
    names = np.where(rng.random(len(fold)) < 0.5, "a", "b")
    point = measure(columns | {"sample": names}, rng, fold)
    assert all(0 < floor < 10 * point.jsd.floor for floor in point.folds["jsd"]["floor"])
    assert point.jsd.range_gev == (EDGES[0], EDGES[-1]) and point.jsd.error_training is not None
