"""Features before any training."""

from dataclasses import replace

import numpy as np
import pytest

from unsculpt import axes, metrics
from unsculpt.errors import InputError
from unsculpt.metrics.describe import feature_edges

EDGES = np.arange(105, 161.0)


def describe(events, window=(120, 130)):
    return metrics.describe_features(
        events.features,
        events.feature_names,
        label=events.label,
        mass=events.mass,
        weights=events.weight,
        axis=axes.spectrum(EDGES, window),
        sample=events.sample,
    )


def test_photons_know_the_mass_and_jets_do_not(toy_events):
    features, _ = describe(toy_events(8000))
    found = {feature.name: feature.correlation["background"] for feature in features}
    assert found["photon1_pt"].value > 10 * found["photon1_pt"].error
    assert abs(found["jet1_pt"].value) < 4 * found["jet1_pt"].error


def test_data_are_compared_with_background_in_the_sidebands(toy_events):
    events = toy_events(8000)
    features, _ = describe(events)
    found = {feature.name: feature for feature in features}
    leading = found["photon1_pt"]
    background, data = leading.sidebands["background"], leading.sidebands["data"]
    assert abs(data.value - background.value) < 3 * np.hypot(data.error, background.error)
    assert background.value != leading.correlation["background"].value
    assert leading.distance["background"].p_value < 1e-6 < found["jet1_pt"].distance["background"].p_value
    without, _ = describe(events[events.label >= 0])
    assert without[0].sidebands["data"] is None


def test_the_histograms_hold_every_event_once(toy_events):
    events = toy_events(2000)
    features, mass = describe(events)
    for histogram in [mass, *(feature.histogram for feature in features)]:
        for name, label in (("signal", 1), ("background", 0), ("data", -1)):
            assert histogram[name].sumw.sum() == pytest.approx(events.weight[events.label == label].sum())
    assert len(features[0].histogram["edges"]) == 41


def test_without_a_window_the_sidebands_are_everything(toy_events):
    features, _ = describe(toy_events(500), window=None)
    assert all(feature.sidebands["background"] == feature.correlation["background"] for feature in features)


def test_without_data_there_is_no_histogram_of_them(toy_events):
    events = toy_events(500)
    features, mass = describe(events[events.label >= 0])
    assert mass["data"] is None and features[0].histogram["data"] is None


def test_the_edges_show_the_bulk_and_counts_get_a_bin_each(rng):
    edges = feature_edges(np.append(rng.normal(size=10000), 1e6), weights=np.ones(10001))
    assert len(edges) == 41 and 2 < edges[-1] < 3.5
    assert feature_edges(np.array([0.0, 1, 1, 2]), weights=np.ones(4)).tolist() == [-0.5, 0.5, 1.5, 2.5]
    constant = feature_edges(np.full(5, 0.3), weights=np.ones(5))
    assert constant[0] < 0.3 < constant[-1] and np.all(np.diff(constant) > 0)


def test_bad_input_gets_one_sentence(toy_events):
    events = toy_events(100)
    events.features[3, 5] = np.inf
    with pytest.raises(InputError, match="feature jet1_pt of event 3 is inf"):
        describe(events)
    with pytest.raises(InputError, match="the signal: there are no events"):
        describe(toy_events(100)[toy_events(100).label == 0])


def test_a_rarely_filled_feature_with_negative_weights_has_null_correlations_and_a_warning(toy_events, caplog):
    events = toy_events(3000)
    background = np.flatnonzero(events.where(0))[:3]
    features, weights = events.features.copy(), events.weight.copy()
    features[:, 2] = -1  # padding, but in three events whose weights leave a negative variance
    features[background, 2], weights[background] = 400, -1
    found, _ = describe(replace(events, features=features, weight=weights))
    odd, others = found[2], [feature for i, feature in enumerate(found) if i != 2]
    assert odd.correlation["background"] == metrics.Measured(None, None)
    assert odd.distance["background"] == metrics.Dependence(None, None, None, None)
    assert odd.correlation["signal"].value == 0
    assert all(of["background"].value is not None for f in others for of in (f.correlation, f.distance))
    sentence = (
        f"feature {odd.name}, background: correlation with the mass: no number; correlation: the negative weights"
    )
    assert sentence in caplog.text and f"{odd.name}, background: distance correlation with the mass" in caplog.text


def test_the_samples_of_a_background_add_up_to_it(toy_events, mixed_events):
    features, mass = describe(mixed_events(2000))
    for histogram in [mass, *(feature.histogram for feature in features)]:
        assert set(histogram["samples"]) == {"ttyy", "ntni"}
        assert sum(part.sumw for part in histogram["samples"].values()) == pytest.approx(histogram["background"].sumw)
    features, mass = describe(toy_events(500))
    assert mass["samples"] == features[0].histogram["samples"] == {}
