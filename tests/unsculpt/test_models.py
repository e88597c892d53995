"""Trained models as files: complete, reproducible, and scored out of fold."""

import logging
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from unsculpt import examples, export, metrics, models, training, weighted
from unsculpt.errors import InputError
from unsculpt.objectives import AdversarySettings
from unsculpt.training import Settings

SETTINGS = training.Settings(
    "adversarial", hidden_layers=(16, 8), batch_size=256, epochs=2, batch_normalisation=True, dropout=0.2
)


@pytest.fixture(scope="module")
def events():
    from conftest import make_toy_events

    return make_toy_events(3000)


@pytest.fixture(scope="module")
def data(events):
    return examples.from_events(events, mass_range=(105, 160), folds=3)


def trained(data, settings=SETTINGS, strengths=(0.3, 30), **options):
    members = training.members(strengths, folds=3, seed=1, background="ttyy", **options)
    return training.train(settings, data, members)


def content(data, events, *args, **options):
    return models.content(trained(data, *args, **options))


@pytest.fixture(scope="module")
def whole(data, events):
    return content(data, events)


def test_a_file_gives_the_models_back_and_two_runs_give_the_same_bytes(data, events, whole, tmp_path):
    models.save(whole, tmp_path / "0.pt")
    models.save(content(data, events), tmp_path / "another_name.pt")
    assert (tmp_path / "0.pt").read_bytes() == (tmp_path / "another_name.pt").read_bytes()
    read = models.load(tmp_path / "0.pt")
    assert read["features"] == list(events.feature_names)
    assert np.array_equal(models.predict(read, events.features), models.predict(whole, events.features))


def test_predictions_are_those_of_the_trained_stack(data, events, whole):
    stack = trained(data).classifier.eval()
    with torch.no_grad():
        direct = torch.sigmoid(stack(torch.from_numpy(events.features).expand(6, -1, -1))).squeeze(-1)
    np.testing.assert_allclose(models.predict(whole, events.features), direct, atol=1e-6)


def test_every_event_is_scored_by_the_model_that_did_not_train_on_its_fold(data, events, whole):
    columns = models.out_of_fold([whole], events.features, events.fold, events.channel)
    assert list(columns) == ["0.3", "30"]
    every = models.predict(whole, events.features)  # strength by strength, fold by fold
    for i, tag in enumerate(columns):
        expected = every[3 * i + events.fold, np.arange(len(events))]
        np.testing.assert_allclose(columns[tag], expected, atol=1e-6)
        assert columns[tag].dtype == np.float32


def test_scores_from_several_files_fill_the_same_columns(data, events, whole):
    parts = [content(data, events, part=part, models_per_job=4) for part in range(2)]
    columns = models.out_of_fold(parts, events.features, events.fold, events.channel)
    assert {tag: np.isfinite(score).all() for tag, score in columns.items()} == {"0.3": True, "30": True}
    missing = models.out_of_fold(parts[:1], events.features, events.fold, events.channel)
    assert np.isnan(missing["30"][events.fold == 2]).all()


def test_further_seeds_have_columns_of_their_own(data, events):
    whole = content(data, events, seeds=2)
    columns = models.out_of_fold([whole], events.features, events.fold, events.channel)
    assert list(columns) == ["0.3", "0.3@1", "30", "30@1"]
    assert all(np.isfinite(score).all() for score in columns.values())
    every = models.predict(whole, events.features)  # strength by strength, seed by seed, fold by fold
    np.testing.assert_allclose(columns["30@1"], every[9 + events.fold, np.arange(len(events))], atol=1e-6)
    assert [model["seed"] for model in whole["models"]] == [0, 0, 0, 1, 1, 1] * 2


def test_scores_do_not_depend_on_how_the_models_lie_in_files(data, events, whole):
    one = models.out_of_fold([whole], events.features, events.fold, events.channel)
    for size in (1, 4):
        parts = [content(data, events, part=part, models_per_job=size) for part in range(-(-6 // size))]
        columns = models.out_of_fold(parts, events.features, events.fold, events.channel)
        assert all(np.array_equal(columns[tag], one[tag]) for tag in one)


def test_the_history_holds_every_loss_of_every_epoch_and_their_total(whole):
    assert [(m["tag"], m["fold"]) for m in whole["models"]] == [(t, f) for t in ("0.3", "30") for f in range(3)]
    for model in whole["models"]:
        assert model["epochs"] == [1, 2]
        for part in ("train", "validation"):
            cross_entropy, adversary = np.array(model[f"classifier_{part}"]), np.array(model[f"adversary_{part}"])
            np.testing.assert_allclose(model[f"total_{part}"], cross_entropy - model["strength"] * adversary, rtol=1e-6)


def test_the_first_losses_are_those_of_chance(data, events):
    """ln 2 for the classifier and the entropy of the mass for the adversary, before anything is learnt."""
    slow = replace(
        SETTINGS, epochs=1, learning_rate=1e-9, adversary=AdversarySettings(learning_rate=1e-9, hidden_layers=(1,))
    )
    start = content(data, events, slow)
    model, reference = start["models"][0], start["reference"]
    assert reference["chance"] == math.log(2)
    assert reference["entropy"] == pytest.approx(math.log(32), abs=1e-3)
    assert model["adversary_validation"][0] == pytest.approx(reference["entropy"], abs=0.3)
    assert content(data, events, replace(SETTINGS, objective="none"))["models"][0]["adversary_train"] == []


@pytest.fixture(scope="module")
def many():
    from conftest import make_toy_events

    events = make_toy_events(12_000)
    return examples.from_events(events, mass_range=(105, 160), folds=3), events


LEARNING = replace(
    SETTINGS, hidden_layers=(32, 32), epochs=20, dropout=0.0, batch_normalisation=False, learning_rate=4e-3
)


def test_an_adversary_frozen_at_its_prior_is_reported_dead(many, caplog):
    settings = replace(LEARNING, adversary=AdversarySettings(learning_rate=1e-12))
    members = training.members((30,), folds=3, seed=1, background="ttyy", models_per_job=1)
    stack = training.Training(settings, many[0], members)
    stack.objective.network.weight[-1].data.zero_()
    for _ in range(settings.epochs):
        stack.train_epoch()
    with caplog.at_level(logging.WARNING):
        (model,) = models.history(stack)
    assert "strength 30, fold 0 is dead" in model["warnings"][0]
    assert "is dead" in caplog.text


@pytest.mark.parametrize("head", ["bins", "mixture"])
def test_a_living_adversary_gives_no_alarm(many, head):
    settings = replace(LEARNING, adversary=AdversarySettings(head=head))
    models = content(*many, settings, strengths=(0.3, 3, 30), part=0)["models"]
    assert [model["warnings"] for model in models] == [[]] * 9


def test_a_classifier_that_cannot_learn_is_reported(data, events):
    blind = replace(data, features=torch.zeros_like(data.features))
    stuck = content(blind, events, replace(SETTINGS, objective="none"), strengths=(0,))
    assert all("learnt nothing (AUC 0." in model["warnings"][0] for model in stuck["models"])


def test_a_classifier_that_loses_the_signal_with_the_mass_is_reported(data, events):
    trained = content(data, events, replace(SETTINGS, min_auc=0.999))
    assert all(
        "overshot" in model["warnings"][0] and "min_auc 0.999" in model["warnings"][0] for model in trained["models"]
    )


def test_the_summary_lists_the_layers_of_both_networks(whole):
    rows = [(row["network"], row["shape"], row["activation"]) for row in whole["summary"]]
    assert rows == [
        ("classifier", [8, 16], "relu"),
        ("classifier", [16, 8], "relu"),
        ("classifier", [8, 1], "linear"),
        ("adversary", [1, 64], "leaky_relu"),
        ("adversary", [64, 32], "linear"),
    ]
    classifier, adversary = ([r for r in whole["summary"] if r["network"] == n] for n in ("classifier", "adversary"))
    assert sum(row["parameters"] for row in classifier) == whole["parameters"]
    assert sum(row["parameters"] for row in adversary) == 64 + 64 + 64 * 32 + 32


def test_the_entropies_of_several_protected_variables_add_up(data):
    several = replace(SETTINGS, protected=("mass", "channel"))
    channel = data.column("channel").value[data.label == 0].numpy()
    share = np.average(channel, weights=data.weight[data.label == 0])
    binary = -(share * math.log(share) + (1 - share) * math.log(1 - share))
    expected = models.reference_entropy(SETTINGS, data) + binary
    assert models.reference_entropy(several, data) == pytest.approx(expected)


def test_the_size_of_the_networks_is_told(whole):
    assert whole["layers"] == [8, 16, 8, 1]
    assert whole["parameters"] == 8 * 16 + 16 + 16 * 8 + 8 + 8 + 1 + 2 * (16 + 8)


def test_a_file_that_holds_no_models_is_named(tmp_path):
    (tmp_path / "0.pt").write_bytes(b"no")
    with pytest.raises(InputError, match=r"0\.pt: not a file of trained models"):
        models.load(tmp_path / "0.pt")


@pytest.fixture(scope="module")
def nuisance():
    """Events with a nuisance parameter z, "photon1_pt", that "photon2_pt" depends on; "jet1_pt" tells signal apart."""
    from conftest import make_toy_events

    events = make_toy_events(16000, seed=4)
    rng, features = np.random.default_rng(1), events.features.copy()
    features[:, 0] = rng.normal(size=len(events))
    features[:, 1] = rng.normal(1.2 * (events.label == 1) + 1.5 * features[:, 0])
    features[:, 5] = rng.normal(1.2 * (events.label == 1))
    return replace(events, features=features)


def over_floor(events, score, label=0):
    """JSD in z of what passes half of the signal against all events of a class, over its floor."""
    rows, z = events.label == label, events.features[:, 0]
    cut = np.median(score[events.label == 1])
    edges = np.quantile(z[rows], np.linspace(0, 1, 21))
    found = metrics.jsd(
        z[rows], score[rows] > cut, weights=events.weight[rows], edges=edges, base=2, reference="inclusive", replicas=2,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    return found.value / found.floor


@pytest.mark.parametrize("protect", ["background", "all"])
def test_a_protected_variable_that_is_no_input_leaves_the_score(nuisance, protect):
    """From the training to the scores, the ranking and the exported graph, which know the inputs alone."""
    events, inputs = nuisance, ["photon2_pt", "jet1_pt", "n_jets", "n_bjets"]
    data = examples.from_events(events, mass_range=(105, 160), folds=3, training={"inputs": inputs})
    settings = Settings(
        "disco", hidden_layers=(16, 16), batch_size=512, epochs=15, learning_rate=4e-3,
        protected=("photon1_pt",), protect=protect, inputs=tuple(inputs), adversary=AdversarySettings(ramp=0.5),
    )  # fmt: skip
    stack = training.train(settings, data, training.members([0, 10], folds=3, seed=1, background="toy"))
    content = models.content(stack)
    assert content["features"] == inputs and content["layers"][0] == 4
    columns = models.out_of_fold([content], events.matrix(inputs), events.fold, events.channel)
    before, after = (over_floor(events, columns[tag]) for tag in ("0", "10"))
    assert before > 12 and after < 3
    classes = [events.label == label for label in (1, 0)]
    strong, plain = (
        weighted.auc(*(columns[tag][rows] for rows in classes), weights=[events.weight[rows] for rows in classes])
        for tag in ("10", "0")
    )
    assert 0.55 < strong < plain
    assert [model["warnings"] for model in models.history(stack)] == [[]] * 6
    networks = export.classifiers([content], "10")
    _, by_fold = export.scores(export.build(networks, {}), events.matrix(inputs))
    assert np.abs(by_fold[np.arange(len(events)), events.fold] - columns["10"]).max() < 1e-5


def test_with_background_protected_signal_may_follow_the_nuisance_and_with_all_the_mixture_does_not(nuisance):
    """Only signal moves: a score that is independent of z for the background need not be so for the mixture."""
    features = nuisance.features.copy()
    features[nuisance.label == 0, 1] -= 1.5 * features[nuisance.label == 0, 0]  # now only signal depends on z
    events = replace(nuisance, features=features)
    data = examples.from_events(events, mass_range=(105, 160), folds=3, training={"inputs": ["photon2_pt", "jet1_pt"]})
    shared = {"hidden_layers": (16, 16), "batch_size": 512, "epochs": 12, "learning_rate": 4e-3}
    correlation = {}
    for protect in ("background", "all"):
        settings = Settings("disco", protected=("photon1_pt",), protect=protect, **shared)
        stack = training.train(settings, data, training.members([10], folds=3, seed=1, background="toy"))
        matrix = events.matrix(data.names)
        score = models.out_of_fold([models.content(stack)], matrix, events.fold, events.channel)["10"]
        kept = events.label >= 0
        weight = np.where(events.label == 1, 1 / (events.label == 1).sum(), 1 / (events.label == 0).sum())
        z, s = features[kept, 0], score[kept]
        covariance = np.cov(z, s, aweights=weight[kept])
        correlation[protect] = abs(covariance[0, 1]) / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert correlation["background"] > 0.2 and correlation["all"] < 0.07
