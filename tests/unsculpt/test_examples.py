"""Which events train, how they are scaled and binned, and in which order they come."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy_images

from unsculpt import examples
from unsculpt.errors import InputError

RANGE = (105, 160)


def convert(events, **options):
    return examples.from_events(events, mass_range=RANGE, folds=3, dtype=torch.float64, **options)


def test_data_do_not_train_and_both_classes_have_mean_weight_one(toy_events):
    events = toy_events(2000)
    data = convert(events)
    assert len(data.mass) == np.sum(events.label >= 0)
    for label in (0, 1):
        assert data.weight[data.label == label].mean().item() == pytest.approx(1)
    assert data.mass.min() >= 0
    assert data.mass.max() <= 1


def test_events_of_negative_weight_do_not_train_and_the_log_says_so(toy_events, caplog):
    events = toy_events(2000)
    weight = events.weight.copy()
    weight[:10] *= -1
    with caplog.at_level(logging.INFO):
        data = convert(replace(events, weight=weight))
    assert len(data.mass) == np.sum(events.label >= 0) - 10
    assert "10 events of weight <= 0" in caplog.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"features": np.nan}, "feature photon1_pt is nan in .* events; mend or leave out the feature"),
        ({"mass": 104.0}, r"background events \(104 GeV, say\) is outside mass.min_gev to mass.max_gev, 105 to 160"),
        ({"fold": 0}, "no background event is in fold 1; lower folds"),
    ],
)
def test_events_that_cannot_train_are_refused_with_a_sentence(toy_events, change, sentence):
    events = toy_events(300)
    ((name, value),) = change.items()
    column = getattr(events, name).copy()
    column[:] = value
    with pytest.raises(InputError, match=sentence):
        convert(replace(events, **{name: column}))


def test_scaling_is_that_of_the_training_events_alone(toy_events):
    data = convert(toy_events(2000))
    centre, width = examples.scaling(data, 1)
    changed = replace(data, features=torch.where((data.fold == 1)[:, None], 1e6, data.features))
    again = examples.scaling(changed, 1)
    assert torch.equal(centre, again[0])
    assert torch.equal(width, again[1])


def test_scaled_features_have_mean_zero_and_variance_one_with_the_weights(toy_events):
    data = convert(toy_events(2000))
    centre, width = examples.scaling(data, examples.NO_FOLD)
    x = (data.features - centre) / width
    means = [np.average(x[data.label == c], axis=0, weights=data.weight[data.label == c]) for c in (0, 1)]
    squares = [np.average(x[data.label == c] ** 2, axis=0, weights=data.weight[data.label == c]) for c in (0, 1)]
    np.testing.assert_allclose(np.mean(means, axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.mean(squares, axis=0), 1, atol=1e-12)


def test_a_constant_feature_stays_finite(toy_events):
    data = convert(toy_events(300))
    data.features[:, 2] = 7.0
    _, width = examples.scaling(data, 0)
    assert width[2] == 1


def test_protected_bins_are_equally_populated_by_weight_and_centred_on_their_mean(toy_events):
    data = convert(toy_events(20_000))
    edges, centres = examples.protected_bins(data, data.mass, examples.NO_FOLD, 16)
    rows = data.label == 0
    index = torch.bucketize(data.mass[rows], edges, right=True)
    population = np.bincount(index, weights=data.weight[rows])
    np.testing.assert_allclose(population / population.sum(), 1 / 16, rtol=0.01)
    mean = np.bincount(index, weights=data.weight[rows] * data.mass[rows]) / population
    np.testing.assert_allclose(centres, mean, rtol=1e-12)


def test_masses_that_repeat_leave_bins_empty_but_finite(toy_events):
    data = convert(toy_events(300))
    edges, centres = examples.protected_bins(data, torch.full_like(data.mass, 0.5), 0, 8)
    assert torch.isfinite(edges).all()
    assert torch.isfinite(centres).all()


def test_a_stream_shows_every_event_before_any_comes_again():
    rows = torch.arange(10) + 100
    order = examples.stream(rows, 25, seed=1)
    assert len(order) == 25
    assert sorted(order[:10].tolist()) == sorted(order[10:20].tolist()) == rows.tolist()
    assert torch.equal(order, examples.stream(rows, 25, seed=1))
    assert not torch.equal(order, examples.stream(rows, 25, seed=2))


def test_a_protected_feature_is_uniform_in_the_background_that_trains_and_knows_nothing_of_the_rest(toy_events):
    data = convert(toy_events(6000))
    column = data.column("jet1_pt")
    value = examples.unit(data, column, 1)
    rows = data.rows(0, 1, held_out=False)
    histogram = np.histogram(value[rows], 10, (0, 1), weights=data.weight[rows])[0]
    np.testing.assert_allclose(histogram / histogram.sum(), 0.1, atol=2e-3)
    assert (value.diff()[column.value.diff() > 0] >= 0).all()
    changed = torch.where((data.fold == 1)[:, None], 0.0, data.features)
    again = replace(data, features=changed)
    assert torch.equal(examples.unit(again, again.column("jet1_pt"), 1)[rows], value[rows])


def test_the_mass_is_protected_as_it_is_and_a_channel_by_its_number(toy_events):
    events = toy_events(300)
    data = convert(events)
    assert torch.equal(examples.unit(data, data.column("mass"), 0), data.mass)
    channel = data.column("channel")
    assert channel.categories == 2
    names = np.array(["hadronic", "leptonic"])[channel.value]
    assert (names == events.channel[events.label >= 0]).all()
    with pytest.raises(
        InputError, match="training names the column 'n_muons', which the events lack; add it to features"
    ):
        data.column("n_muons")


def test_a_column_that_is_no_input_can_be_protected_but_is_in_no_network(toy_events):
    events, inputs = toy_events(6000), ["n_jets", "photon1_pt"]
    data = convert(events, training={"inputs": inputs, "flat_in": {}})
    kept = events.label >= 0
    assert data.names == ("n_jets", "photon1_pt") and data.features.shape == (6000, 2)
    np.testing.assert_array_equal(data.features[:, 1], events.features[kept, 0])
    np.testing.assert_array_equal(data.column("jet1_pt").value, events.features[kept, 5])
    assert torch.equal(
        examples.unit(data, data.column("jet1_pt"), 1),
        examples.unit(convert(events), convert(events).column("jet1_pt"), 1),
    )
    moved = replace(events, features=np.where(np.arange(8) == 5, 2, 1).astype(np.float32) * events.features)
    assert data.digest() != convert(moved, training={"inputs": inputs}).digest()


def test_a_protected_feature_is_uniform_in_all_events_where_all_are_protected(toy_events):
    """Both classes with the same weight, as a batch has them."""
    data = convert(toy_events(6000))
    value = examples.unit(data, data.column("n_bjets"), 1, "all")
    rows, weight = data.protected(1, "all")
    assert weight[data.label[rows] == 0].sum() == pytest.approx(weight[data.label[rows] == 1].sum())
    assert (weight @ value[rows] / weight.sum()).item() == pytest.approx(0.5, abs=1e-6)
    edges, _ = examples.protected_bins(data, data.mass, 1, 8, "all")
    counts = np.bincount(torch.bucketize(data.mass[rows], edges, right=True), weight)
    np.testing.assert_allclose(counts / counts.sum(), 1 / 8, atol=2e-3)


def test_the_digest_knows_the_categories(toy_events):
    events = toy_events(300)
    moved = replace(events, channel=np.where(events.channel == "hadronic", "leptonic", "hadronic"))
    assert convert(events).digest() != convert(moved).digest()


def test_an_array_is_the_one_input_and_features_stay_for_all_else():
    events = toy_images.table(900)
    data = convert(events, training={"inputs": ["image"]})
    assert (data.shape, data.names, data.features.shape) == ((12, 12), ("image",), (900, 144))
    assert convert(events).shape == ()
    np.testing.assert_array_equal(data.features.numpy().reshape(900, 12, 12), events.arrays["image"])
    assert torch.equal(data.column("pt").value, convert(events).column("pt").value)
    with pytest.raises(InputError, match="the column 'image', which is an array; name a feature, or the mass"):
        data.column("image")
    assert data.digest() != replace(data, shape=(9, 16)).digest()
    events.arrays["image"][7, 3, 4] = np.inf
    with pytest.raises(InputError, match="array image is inf in 1 events; mend or leave out the array"):
        convert(events, training={"inputs": ["image"]})


def test_scaling_can_be_that_of_one_class(toy_events):
    data = convert(toy_events(900))
    centre, width = examples.scaling(data, 1, classes=(0,))
    rows = data.rows(0, 1, held_out=False)
    mean = np.average(data.features[rows], axis=0, weights=data.weight[rows])
    np.testing.assert_allclose(centre, mean, rtol=1e-12)
    variance = np.average((data.features[rows] - centre).square(), axis=0, weights=data.weight[rows])
    np.testing.assert_allclose(width, np.sqrt(variance), rtol=1e-10)


MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
WINDOW = {"objective": "none", "train_in": "window"}


def test_training_in_the_window_knows_nothing_of_the_events_outside(toy_events):
    """Whatever they become, the examples and so the training are the same, bit for bit."""
    events = toy_events(8000)
    outside = (events.mass < 120) | (events.mass >= 130)
    changed = replace(
        events,
        features=np.where(outside[:, None], -7, events.features).astype(np.float32),
        weight=np.where(outside, 3 * events.weight, events.weight),
        fold=np.where(outside, 0, events.fold).astype(np.int8),
    )
    data, other = (convert(examples.training_events(table, WINDOW, MASS)) for table in (events, changed))
    assert data.digest() == other.digest() != convert(events).digest()
    assert data.mass.min() >= (120 - 105) / 55 and data.mass.max() < (130 - 105) / 55


def test_a_window_that_is_poor_in_events_is_worth_a_warning_and_an_empty_one_an_error(toy_events, caplog):
    events = toy_events(3000)
    examples.training_events(events, WINDOW, MASS)
    assert "only" in caplog.text and "background events train in the window of 120 to 130 GeV" in caplog.text
    empty = events[(events.label != 0) | (np.abs(events.mass - 125) > 5)]
    with pytest.raises(InputError, match="no background event is in fold 0"):
        convert(examples.training_events(empty, WINDOW, MASS))


CENTRAL = {"objective": "none", "train_on": {"channel": "leptonic"}}


def test_training_on_a_category_knows_nothing_of_the_other_events(toy_events, caplog):
    events = toy_events(8000)
    other = events.channel != "leptonic"
    changed = replace(events, features=np.where(other[:, None], -7, events.features).astype(np.float32))
    data, same = (convert(examples.training_events(table, CENTRAL, MASS)) for table in (events, changed))
    assert data.digest() == same.digest() != convert(events).digest()
    assert len(data.label) == np.sum(~other & (events.label >= 0))
    examples.training_events(events[::10], CENTRAL, MASS)
    assert "train on channel leptonic; give more, or remove train_on" in caplog.text
    with pytest.raises(InputError, match="no signal event has channel leptonic; change train_on of the method"):
        examples.training_events(events[other | (events.label == 0)], CENTRAL, MASS)


def test_training_on_the_value_of_a_feature(toy_events):
    events = toy_events(3000)
    kept = examples.training_events(events, CENTRAL | {"train_on": {"n_bjets": 2, "channel": "leptonic"}}, MASS)
    assert (kept.column("n_bjets") == 2).all() and (kept.channel == "leptonic").all() and len(kept) > 100


def test_planing_makes_the_mass_spectrum_of_both_classes_flat(toy_events):
    events = toy_events(20000)
    planed = examples.training_events(events, {"objective": "none", "planing": True}, MASS)
    for label, (low, high) in ((0, (105, 160)), (1, (121, 129))):
        rows = (planed.label == label) & (planed.mass >= low) & (planed.mass < high)
        spectrum = np.histogram(planed.mass[rows], high - low, (low, high), weights=planed.weight[rows])[0]
        np.testing.assert_allclose(spectrum, spectrum[0], rtol=1e-9)
    assert np.array_equal(planed.weight[planed.label < 0], events.weight[events.label < 0])


def test_without_these_options_all_events_train_as_they_are(toy_events):
    events = toy_events(300)
    assert examples.training_events(events, {"objective": "none"}, MASS) is events


def test_the_odds_of_channels_turn_their_own_likelihood_ratios_into_the_common_one(toy_events):
    """Perfect models of each channel see s(x|c) / b(x|c); times the odds that is s(x, c) / b(x, c)."""
    events, method = toy_events(4000), {"objective": "none"}
    odds = {name: examples.channel_odds(events, method, MASS, name) for name in ("leptonic", "hadronic")}
    sums = {
        (name, label): events.weight[events.where(label, name)].sum() for name in (*odds, "all") for label in (0, 1)
    }
    for name, factor in odds.items():
        shares = [sums[name, label] / sums["all", label] for label in (0, 1)]
        assert factor == pytest.approx(shares[1] / shares[0], rel=1e-12)
    assert examples.channel_odds(events, method, MASS, "all") == 1
    window = {name: examples.channel_odds(events, WINDOW, MASS, name) for name in odds}
    inside = events[(events.mass >= 120) & (events.mass < 130)]
    assert window == {name: examples.channel_odds(inside, method, MASS, name) for name in odds} != odds


def test_models_of_a_channel_know_nothing_of_the_others(toy_events, caplog):
    events, method = toy_events(6000), {"objective": "none", "per_channel": True}
    other = events.channel != "leptonic"
    changed = replace(events, features=np.where(other[:, None], -7, events.features).astype(np.float32))
    data, same = (convert(examples.training_events(table, method, MASS, "leptonic")) for table in (events, changed))
    assert data.digest() == same.digest() != convert(events).digest()
    examples.training_events(events[::10], method, MASS, "leptonic")
    assert "train in channel leptonic; give more, or train all channels together" in caplog.text
    with pytest.raises(InputError, match="no background event is in channel leptonic; train without per_channel"):
        examples.training_events(events[other | (events.label != 0)], method, MASS, "leptonic")
