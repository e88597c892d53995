"""The script of the rule train_models: files complete, the same from run to run, and in parts."""

import json
from importlib.metadata import version
from types import SimpleNamespace

import pytest
import torch
import train_models

from unsculpt import events, files, logs

TRAINING = {
    "hidden_layers": [8],
    "activation": "relu",
    "batch_normalisation": False,
    "dropout": 0,
    "epochs": 2,
    "batch_size": 128,
    "learning_rate": 0.001,
    "learning_rate_decay": 0,
    "adversary": {
        "head": "bins",
        "hidden_layers": [8],
        "activation": "leaky_relu",
        "bins": 8,
        "components": 3,
        "learning_rate": 0.02,
        "conditions": [],
        "ramp": 0,
    },
    "inputs": None,
    "protected": ["mass"],
    "protect": "background",
    "flat_in": {},
    "early_stopping": None,
    "min_auc": 0,
    "retries": 1,
    "seeds": 1,
    "models_per_job": 4,
    "device": "cpu",
}


def job(
    folder, table, *, part=0, objective="adversarial", name="a", method=None, channels=("all",), network=None, **changes
):
    return SimpleNamespace(
        input=SimpleNamespace(events=table),
        output=SimpleNamespace(models=folder / name / f"{part}.pt", history=folder / name / f"{part}.json"),
        wildcards=SimpleNamespace(bkg="ttyy", method="ann", part=str(part)),
        params=SimpleNamespace(
            method={"objective": objective, "strengths": [1, 10]} | (method or {}),
            training=TRAINING | changes,
            mass={"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1},
            folds=3,
            seed=1,
            channels=channels,
            network=network or {},
        ),
        threads=1,
        log=[],
    )


@pytest.fixture
def table(tmp_path, toy_events):
    events.save(toy_events(1500), tmp_path / "ttyy.parquet")
    return tmp_path / "ttyy.parquet"


@pytest.mark.parametrize("objective", ["none", "adversarial", "disco", "mode"])
def test_every_objective_gives_the_same_bytes_in_every_run(tmp_path, table, objective):
    for name in "ab":
        train_models.main(job(tmp_path, table, objective=objective, name=name))
    for file in ("0.pt", "0.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["0.json", "0.pt"]


def test_parts_hold_the_grid_strength_by_strength(tmp_path, table):
    for part in (0, 1):
        train_models.main(job(tmp_path, table, part=part))
    histories = [json.loads((tmp_path / "a" / f"{part}.json").read_text(encoding="utf-8")) for part in (0, 1)]
    held = [[(model["tag"], model["fold"]) for model in history["models"]] for history in histories]
    assert held == [[("1", 0), ("1", 1), ("1", 2), ("10", 0)], [("10", 1), ("10", 2)]]
    assert {"models", "reference", "parameters", "layers", "provenance"} <= set(histories[0])
    content = torch.load(tmp_path / "a" / "0.pt", weights_only=True)
    assert content["provenance"]["torch"] == version("torch")


def test_seeds_stand_between_strengths_and_folds(tmp_path, table):
    train_models.main(job(tmp_path, table, seeds=2, models_per_job=12))
    models = json.loads((tmp_path / "a" / "0.json").read_text(encoding="utf-8"))["models"]
    expected = [(tag, seed, fold) for tag in ("1", "10") for seed in (0, 1) for fold in range(3)]
    assert [(model["tag"], model["seed"], model["fold"]) for model in models] == expected


def test_models_without_signal_are_trained_again_and_the_history_names_them(tmp_path, table):
    with logs.listening():
        train_models.main(job(tmp_path, table, min_auc=0.999, early_stopping={"patience": 1, "share": 0.2}))
    history = json.loads((tmp_path / "a" / "0.json").read_text(encoding="utf-8"))
    few, of_models = files.warnings(history)[:2], files.warnings(history)[2:]
    assert few == [f"only 750 {name} events train; give more" for name in ("background", "signal")]
    assert of_models == [sentence for model in history["models"] for sentence in model["warnings"]]
    assert all("again from another seed" in model["warnings"][0] for model in history["models"])
    assert all(model["best_epoch"] in (1, 2) for model in history["models"])
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["0.json", "0.pt"]


def test_the_order_of_the_moment_decomposition_comes_from_the_method(tmp_path, table):
    for name, method in (("a", {}), ("b", {"order": 1})):
        train_models.main(job(tmp_path, table, objective="mode", name=name, method=method))
    histories = [json.loads((tmp_path / name / "0.json").read_text(encoding="utf-8")) for name in "ab"]
    assert [history["settings"]["order"] for history in histories] == [0, 1]
    assert histories[0]["models"][0]["adversary_train"] != histories[1]["models"][0]["adversary_train"]


AUTOENCODER = {"kind": "dense", "scale": "common", "bottleneck": 3, "channels": [4], "hidden_layers": [8]}


def test_an_autoencoder_is_trained_model_by_model_on_the_inputs_of_its_method(tmp_path, table):
    inputs = ["photon1_pt", "photon2_pt", "jet1_pt", "n_jets"]
    method = {"architecture": "autoencoder", "task": "reconstruction", "inputs": inputs}
    for name in "ab":
        for part in range(6):
            options = {"method": method, "network": AUTOENCODER, "name": name}
            train_models.main(job(tmp_path, table, part=part, objective="adversarial", **options))
    histories = [json.loads((tmp_path / "a" / f"{part}.json").read_text(encoding="utf-8")) for part in range(6)]
    held = [(model["tag"], model["fold"]) for history in histories for model in history["models"]]
    assert held == [(tag, fold) for tag in ("1", "10") for fold in range(3)]
    assert all(history["features"] == inputs and history["layers"][0] == 4 for history in histories)
    assert all(
        (history["settings"]["task"], history["reference"]["chance"]) == ("reconstruction", 1) for history in histories
    )
    assert (tmp_path / "a" / "5.pt").read_bytes() == (tmp_path / "b" / "5.pt").read_bytes()
    losses = histories[0]["models"][0]
    assert 0 < losses["classifier_validation"][-1] < 1 and len(losses["adversary_validation"]) == 2


def test_a_file_of_perceptrons_says_nothing_of_architectures(tmp_path, table):
    """As those of former versions, which are read alike."""
    train_models.main(job(tmp_path, table))
    content = torch.load(tmp_path / "a" / "0.pt", weights_only=True)
    assert "shape" not in content and not {"architecture", "task", "network"} & set(content["settings"])


CHANNELS = ("leptonic", "hadronic")


def test_each_channel_has_jobs_of_its_own_whose_models_learn_from_it_alone(tmp_path, table):
    train = {"channels": CHANNELS, "objective": "none", "method": {"strengths": [0]}, "models_per_job": 2}
    for part in range(4):
        train_models.main(job(tmp_path, table, part=part, **train))
    histories = [json.loads((tmp_path / "a" / f"{part}.json").read_text(encoding="utf-8")) for part in range(4)]
    held = [[(model["channel"], model["fold"]) for model in history["models"]] for history in histories]
    assert held == [[(c, 0), (c, 1)] if even else [(c, 2)] for c in CHANNELS for even in (True, False)]
    whole = events.load(table)
    events.save(whole[whole.channel == "leptonic"], tmp_path / "leptonic.parquet")
    train_models.main(job(tmp_path, tmp_path / "leptonic.parquet", part=0, name="b", **train))
    ours, alone = (torch.load(tmp_path / name / "0.pt", weights_only=True) for name in "ab")
    assert all(torch.equal(ours["classifier"][name], alone["classifier"][name]) for name in ours["classifier"])
    assert ours["odds"] != alone["odds"] == 1
    assert len({model["random_seed"] for history in histories for model in history["models"]}) == 6
