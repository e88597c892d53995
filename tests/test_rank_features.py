"""The script that ranks the features with the plain classifier."""

from types import SimpleNamespace

import pytest
import rank_features
import train_models
from test_measure_methods import MASS

from unsculpt import config, events, files


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
