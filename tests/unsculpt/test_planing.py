"""Training weights that make a class flat in a column, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from unsculpt import examples, planing


def histogram(data, label, name, bins):
    """The training weights of a class in bins of equal width of a column, over those that are not empty of events."""
    rows = (data.label == label).numpy()
    value, weight = data.column(name).value.numpy()[rows], data.weight.numpy()[rows]
    edges = np.linspace(value.min(), value.max(), bins + 1)
    number = np.searchsorted(edges[1:-1], value, side="right")
    return np.bincount(number, weight, minlength=bins), np.bincount(number, minlength=bins)


@pytest.fixture(scope="module")
def table():
    from conftest import make_toy_events

    return make_toy_events(20000)


def convert(table, **flat):
    training = {
        "inputs": None,
        "flat_in": {name: dict(zip(("column", "bins"), f, strict=True)) for name, f in flat.items()},
    }
    return examples.from_events(table, mass_range=(105, 160), folds=3, training=training, dtype=torch.float64)


@pytest.mark.parametrize("column", ["mass", "photons_deta"])
def test_a_class_is_flat_in_the_column_and_the_other_stays_as_it_is(table, column):
    data, plain = convert(table, background=(column, 20)), convert(table)
    weights, numbers = histogram(data, 0, column, 20)
    full = numbers > numbers.max() / 50  # those that the limit leaves alone
    assert full.sum() > 10
    np.testing.assert_allclose(weights[full], weights[full][0], rtol=1e-9)
    assert torch.equal(data.weight[data.label == 1], plain.weight[plain.label == 1])
    for label in (0, 1):
        assert data.weight[data.label == label].mean().item() == pytest.approx(1)


def test_both_classes_have_columns_of_their_own(table):
    data = convert(table, background=("mass", 10), signal=("n_jets", 15))
    assert np.ptp(histogram(data, 0, "mass", 10)[0]) < 1e-9 * len(table)
    weights, numbers = histogram(data, 1, "n_jets", 15)
    np.testing.assert_allclose(weights[numbers > 200], weights[numbers > 200][0])


def test_a_method_with_planing_is_flat_in_the_mass_alone():
    training = {"inputs": ["a"], "flat_in": {"signal": {"column": "a", "bins": 3}}}
    assert planing.of_method(training, {"objective": "none"}) == training
    assert planing.of_method(training, {"planing": True}) == {"inputs": ["a"], "flat_in": {}}
    assert planing.of_method(training, {"inputs": ["b"]}) == training | {"inputs": ["b"]}


def test_a_method_may_have_roles_of_its_own():
    flat = {"background": {"column": "a", "bins": 3}}
    training = {"inputs": ["a"], "flat_in": flat, "adversary": {"bins": 32, "conditions": []}}
    own = planing.of_method(training, {"flat_in": {}, "conditions": ["a"]})
    assert own == {"inputs": ["a"], "flat_in": {}, "adversary": {"bins": 32, "conditions": ["a"]}}
    assert training["adversary"]["conditions"] == []


def test_a_category_is_a_bin(table):
    data = convert(table, signal=("channel", 50))
    channel, signal = data.column("channel").value, data.label == 1
    sums = [data.weight[signal & (channel == number)].sum().item() for number in (0, 1)]
    assert sums[0] == pytest.approx(sums[1])


def test_a_bin_never_counts_more_than_its_limit():
    weight = planing.flattened(np.ones(10001), np.append(np.zeros(10000, int), 1))
    assert weight[-1] / weight[0] == pytest.approx(planing.LIMIT)


def test_flat_in_the_mass_with_the_bins_of_the_study_is_planing(table):
    """Masses at both ends of the range make its bins those of the study."""
    mass = table.mass.copy()
    for label in (0, 1):
        mass[np.flatnonzero(table.label == label)[:2]] = 105, 160 - 1e-9
    table = replace(table, mass=mass)
    study = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
    planed = examples.from_events(
        examples.training_events(table, {"planing": True}, study), mass_range=(105, 160), folds=3, dtype=torch.float64
    )
    ours = convert(table, background=("mass", 55), signal=("mass", 55))
    close = torch.isclose(ours.weight, planed.weight, rtol=1e-9)
    assert close.double().mean() > 0.999  # an event within 1e-9 of an edge may change its bin


def test_a_method_may_have_its_own_epochs_and_layers_which_other_architectures_have_elsewhere():
    training = {"epochs": 40, "hidden_layers": [64], "flat_in": {}}
    own = {"epochs": 5, "network": {"hidden_layers": [8]}}
    assert planing.of_method(training, own) == training | {"epochs": 5, "hidden_layers": [8]}
    assert planing.of_method(training, own | {"architecture": "convolution"}) == training | {"epochs": 5}
