"""The script that ranks the features with the plain classifier."""

import json
from types import SimpleNamespace

import export_models
import numpy as np
import onnxruntime
import pytest
import rank_features
import score_events
import toy_images
import train_models
import yaml
from test_measure_methods import MASS

from unsculpt import config, events, files, scores, weighted


@pytest.mark.parametrize("inputs", [None, ["n_jets", "jet1_pt", "photons_deta"]])
def test_the_inputs_of_a_trained_classifier_are_ranked(tmp_path, toy_events, inputs):
    events.save(toy_events(600), tmp_path / "events.parquet")
    resolved = config.load("config/smoke.yaml")
    names = inputs or toy_events(10).feature_names
    training = (
        resolved["training"]
        | {"inputs": inputs}
        | {"hidden_layers": [8], "epochs": 3, "batch_size": 64, "device": "cpu"}
    )
    job = SimpleNamespace(
        input=SimpleNamespace(events=tmp_path / "events.parquet"),
        output=SimpleNamespace(models=tmp_path / "0.pt", history=tmp_path / "0.json"),
        wildcards=SimpleNamespace(bkg="ttyy", method="nn", part="0"),
        params=SimpleNamespace(
            method={"objective": "none", "strengths": [0]},
            training=training,
            mass=MASS,
            folds=3,
            seed=1,
            channels=["all"],
            network={},
        ),
        threads=1,
    )
    train_models.main(job)
    job.input.models = [job.output.models]
    job.output.importance = tmp_path / "importance.json"
    job.params = SimpleNamespace(method="nn", tag="0", mass=MASS, seed=1)
    rank_features.main(job)
    content = files.load_json(job.output.importance)
    assert (content["method"], content["strength"], content["tag"]) == ("nn", 0, "0")
    assert set(content["control"]) == {"simulation", "data"}
    assert all({entry["feature"] for entry in ranking} == {*names} for ranking in content["control"].values())
    drops = [entry["drop_auc"] for entry in content["importance"]]
    assert len(drops) == len(names) and drops == sorted(drops, reverse=True)
    assert all(entry["error"] > 0 for entry in content["importance"])


CNN = {"architecture": "convolution", "inputs": ["image"]}
LOLA = {"architecture": "constituents", "inputs": ["constituents"]}
AUTOENCODER = {"architecture": "autoencoder", "task": "reconstruction", "inputs": ["constituents"]}


@pytest.mark.parametrize("method", [CNN, LOLA, AUTOENCODER], ids=lambda method: method["architecture"])
def test_arrays_go_from_the_table_into_networks_scores_and_exported_files(tmp_path, method):
    """All scripts of a method, on a toy: the array is the one input that is ranked, and all that tells signal."""
    toys, resolved = toy_images.table(3000), config.load("config/smoke.yaml")
    events.save(toys, tmp_path / "events.parquet")
    network = resolved["architectures"][method["architecture"]] | {"hidden_layers": [16]}
    given = {"events": tmp_path / "events.parquet", "models": [tmp_path / f"{part}.pt" for part in range(3)]}
    params = {
        "method": {"objective": "none", "strengths": [0]} | method,
        "training": resolved["training"] | {"epochs": 6, "batch_size": 128, "learning_rate": 3e-3, "device": "cpu"},
        "network": network | ({"scale": "fields"} if "scale" in network else {}),
        **{"mass": MASS, "folds": 3, "seed": 1, "channels": ["all"], "study": "toy", "tag": "0"},
        **{"feature_padding": 0, "quantities": {}},
    }
    job = SimpleNamespace(input=SimpleNamespace(**given), params=SimpleNamespace(**params), threads=1)
    for part in range(3):
        job.wildcards = SimpleNamespace(bkg="blobs", method="new", part=str(part))
        job.output = SimpleNamespace(models=given["models"][part], history=tmp_path / f"{part}.json")
        train_models.main(job)
    job.wildcards = SimpleNamespace(bkg="blobs", method="new", network="0")
    places = {"scores": "scores", "importance": "importance", "onnx": "0.onnx", "description": "0.json"}
    job.output = SimpleNamespace(**{name: tmp_path / place for name, place in places.items()})
    score_events.main(job)
    job.input.config = tmp_path / "config.yaml"
    job.input.config.write_text(yaml.safe_dump(resolved), encoding="utf-8")
    export_models.main(job)
    told = files.load_json(job.output.description)["inputs"]
    assert [of["name"] for of in told] == method["inputs"] and told[0]["scaling"] is None
    job.params.method = "new"
    rank_features.main(job)
    (entry,) = files.load_json(job.output.importance)["importance"]
    signal, score = toys.label == 1, scores.load(job.output.scores)["0"].astype(float)
    area = weighted.auc(score[signal], score[~signal], weights=(toys.weight[signal], toys.weight[~signal]))
    assert area > 0.85 and entry["feature"] == method["inputs"][0]
    assert entry["drop_auc"] == pytest.approx(area - 0.5, abs=0.05)
    session = onnxruntime.InferenceSession(job.output.onnx)
    flat = toys.arrays[method["inputs"][0]].reshape(len(toys), -1)
    by_fold = session.run(["scores"], {"features": flat})[0]
    np.testing.assert_allclose(by_fold[np.arange(len(toys)), toys.fold], score, rtol=0, atol=1e-5)
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["shape"]) == [*toys.arrays[method["inputs"][0]].shape[1:]]
