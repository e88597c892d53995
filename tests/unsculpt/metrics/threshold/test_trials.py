"""Curves of the AMS are those of a count event by event; what is not known well enough is left out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from unsculpt.errors import InputError
from unsculpt.events import Events
from unsculpt.metrics import threshold
from unsculpt.metrics.threshold import approximate_median_significance as ams

SETTINGS = threshold.Settings("channel", "clean", thresholds=11, min_events=20)


def sample(n, rng, weights=None, shift=0.5, values=("clean", "moved")):
    """Events whose score is uniform in background of the nominal channel; in others it is moved up by `shift`."""
    label = (rng.random(n) < 0.5).astype(np.int8)
    place = rng.integers(len(values), size=n)
    moved = np.where(label == 1, 1.5, shift * place)
    table = Events(
        run=np.ones(n, np.int64),
        event=np.arange(n),
        sample=np.full(n, "toy"),
        channel=np.array(values)[place],
        region=np.full(n, "one"),
        label=label,
        fold=np.zeros(n, np.int8),
        mass=np.ones(n),
        weight=np.ones(n) if weights is None else weights,
        features=np.stack([place, rng.random(n)], 1).astype(np.float32),
        feature_names=("crowded", "x"),
    )
    return table, norm.cdf(rng.standard_normal(n) + moved)


def measure(table, score, rng, settings=SETTINGS, replicas=50):
    groups = threshold.grouped(table, settings)
    return threshold.measure(score, groups, threshold.draw(replicas, rng), settings)


def counted(table, score, cut, nominal="clean"):
    """AMS of one cut by sums over the events, and the least effective number of background."""
    passing = {}
    for key, label, channel in (("s", 1, nominal), *((name, 0, name) for name in np.unique(table.channel))):
        rows = (table.label == label) & (np.asarray(table.channel) == channel)
        passes = rows & (score >= cut)
        weight = table.weight[passes]
        effective = weight.sum() ** 2 / (weight**2).sum() if len(weight) else 0
        passing[key] = weight.sum() / table.weight[rows].sum(), effective
    s, b = 100 * passing["s"][0], 1000 * passing[nominal][0]
    others = [1000 * passing[name][0] for name in passing if name not in ("s", nominal)]
    sigma = max(abs(b - other) for other in others)
    return ams(s, b, sigma), min(effective for key, (_, effective) in passing.items() if key != "s")


@pytest.mark.parametrize("values", [("clean", "moved"), ("clean", "moved", "worse")])
def test_each_threshold_is_a_count_event_by_event(rng, values):
    table, score = sample(4000, rng, weights=rng.uniform(0.2, 3, 4000), values=values)
    curve = measure(table, score, rng).by_threshold
    assert len(curve.ams) == 11 and np.isfinite(curve.ams).sum() > 5
    for cut, value in zip(curve.x, curve.ams, strict=True):
        expected, effective = counted(table, score, cut)
        assert np.isnan(value) if effective < 20 else value == pytest.approx(expected, rel=1e-10)


def test_signal_efficiencies_are_those_of_the_nominal_signal(rng):
    table, score = sample(20000, rng)
    trial = measure(table, score, rng)
    assert trial.by_efficiency.signal / 100 == pytest.approx(trial.by_efficiency.x, abs=2e-3)
    squashed = measure(table, score**4, rng)  # the same order of the events
    np.testing.assert_allclose(trial.by_efficiency.ams, squashed.by_efficiency.ams, rtol=1e-12)
    assert np.abs(trial.by_threshold.ams[3] / squashed.by_threshold.ams[3] - 1) > 0.05
    assert trial.auc["clean"] > trial.auc["moved"] > 0.5


def test_a_known_model_has_its_known_significance(rng):
    table, score = sample(400_000, rng)
    curve = measure(table, score, rng).by_threshold
    cut = norm.ppf(curve.x[1:-1])
    s, b, other = 100 * norm.sf(cut - 1.5), 1000 * norm.sf(cut), 1000 * norm.sf(cut - 0.5)
    error = curve.replicas.std(0, ddof=1)[1:-1]
    pull = (curve.ams[1:-1] - ams(s, b, other - b)) / error
    assert np.abs(pull).max() < 4 and (error < 0.1).all()


def test_the_error_of_the_events_is_the_spread_of_other_samples(rng):
    found = []
    for _ in range(60):
        table, score = sample(3000, rng)
        curve = measure(table, score, rng, replicas=100).by_threshold
        found.append((curve.ams[6], curve.replicas[:, 6].std(ddof=1)))
    values, errors = np.array(found).T
    assert np.mean(errors) == pytest.approx(values.std(ddof=1), rel=0.3)


def test_each_half_finds_and_the_other_measures(rng):
    table, score = sample(4000, rng)
    trial, groups = measure(table, score, rng), threshold.grouped(table, SETTINGS)
    own = np.full(len(table), -1)  # signal of the other channel counts in neither
    own[groups.rows] = groups.cluster % 2
    halves, scores = ([column[own == part] for part in (0, 1)] for column in (table, score))
    for part in (0, 1):
        index = trial.found[part]
        curves = [counted(halves[part], scores[part], cut) for cut in trial.by_threshold.x]
        allowed = [value if effective >= 20 else -1 for value, effective in curves]
        assert index == int(np.argmax(allowed)) and trial.merit(part) == pytest.approx(max(allowed), rel=1e-10)
        quoted, replicas = trial.quote(1 - part)
        assert quoted == pytest.approx(counted(halves[1 - part], scores[1 - part], trial.by_threshold.x[index])[0])
        assert replicas.shape == (50,)


def test_few_simulated_events_leave_nothing_and_that_is_no_error(rng):
    table, score = sample(60, rng)
    trial = measure(table, score, rng)
    assert trial.peak is None and trial.found == (-1, -1) and trial.plateau is None
    content = threshold.summed_up([trial])
    assert content["max"]["value"] is None and content["quoted"]["value"] is None
    assert np.isnan(content["curves"]["threshold"]["ams"]).all()


def test_a_feature_with_few_values_is_a_nuisance_too(rng):
    table, score = sample(4000, rng)
    settings = threshold.Settings("crowded", 0, thresholds=11, min_events=20)
    first, second = measure(table, score, rng), measure(table, score, rng, settings)
    np.testing.assert_array_equal(first.by_threshold.ams, second.by_threshold.ams)
    assert threshold.grouped(table, settings).names == ("0", "1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nominal": "dark"}, "threshold.nominal is dark, and no background event has this channel, only clean, moved"),
        ({"nuisance": "x", "nominal": 0}, "threshold.nuisance x has 4000 values; name a category, of at most 20"),
        ({"nuisance": "region", "nominal": "one"}, "threshold.nuisance region is one in all background events"),
    ],
)
def test_what_is_no_nuisance_is_refused(rng, changes, words):
    table, _ = sample(4000, rng)
    with pytest.raises(InputError, match=words):
        threshold.grouped(table, replace(SETTINGS, **changes))


def test_signal_without_the_nominal_value_is_refused(rng):
    table, _ = sample(400, rng)
    table = table[(table.label == 0) | (table.channel == "moved")]
    with pytest.raises(InputError, match="no signal event has channel clean"):
        threshold.grouped(table, SETTINGS)


def test_data_and_signal_of_other_values_do_not_count(rng):
    table, score = sample(3000, rng)
    first = measure(table, score, np.random.default_rng(1))
    label = np.where((table.label == 1) & (table.channel == "moved"), -1, table.label).astype(np.int8)
    second = measure(replace(table, label=label), score, np.random.default_rng(1))
    np.testing.assert_array_equal(first.by_threshold.ams, second.by_threshold.ams)
    assert second.auc["moved"] is None
