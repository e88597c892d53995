"""The script that measures every strength of a method."""

from types import SimpleNamespace

import measure_methods
import numpy as np
import pytest

from unsculpt import events, files, scores

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
METRICS = {"signal_efficiency": 0.5, "jsd_base": 2, "jsd_reference": "inclusive", "bootstrap_replicas": 20}


@pytest.fixture
def job(tmp_path, toy_events, rng):
    table = toy_events(1000)
    columns = {tag: np.clip(rng.normal(0.5 + 0.1 * table.label, 0.1), 0, 1) for tag in ("0", "0.3")}
    events.save(table, tmp_path / "events.parquet")
    scores.save(columns, tmp_path / "scores.parquet", {})
    return SimpleNamespace(
        input=SimpleNamespace(events=tmp_path / "events.parquet", scores=tmp_path / "scores.parquet"),
        output=SimpleNamespace(metrics=tmp_path / "out" / "ann.json"),
        wildcards=SimpleNamespace(bkg="ttyy", method="ann"),
        params=SimpleNamespace(trained=True, strengths=[0, 0.3], mass=MASS, metrics=METRICS, ranges={}, seed=7),
    )


def test_every_strength_of_the_method_is_measured(job):
    measure_methods.main(job)
    content = files.load_json(job.output.metrics)
    assert (content["background"], content["method"]) == ("ttyy", "ann")
    assert [(p["method"], p["strength"], p["tag"]) for p in content["points"]] == [("ann", 0, "0"), ("ann", 0.3, "0.3")]
    assert content["points"][0]["auc"]["value"] > 0.6
    assert len(content["provenance"]["params_digest"]) == 12


def test_the_spread_over_the_seeds_stands_beside_the_first(job, rng):
    job.params.strengths = [0]
    measure_methods.main(job)
    alone = files.load_json(job.output.metrics)["points"][0]
    assert alone["error_training_from"] == "folds" and alone["folds"]["fold"] == [0, 1, 2]
    assert alone["seeds"]["number"] == 1
    assert alone["seeds"]["total"]["auc"] == {
        "value": alone["auc"]["value"],
        "error": pytest.approx(alone["auc"]["error"]),
    }
    columns = scores.load(job.input.scores)
    label = events.load(job.input.events).label
    columns |= {f"0@{k}": np.clip(rng.normal(0.5 + 0.2 * label, 0.1), 0, 1) for k in (1, 2)}
    scores.save(columns, job.input.scores, {})
    measure_methods.main(job)
    point = files.load_json(job.output.metrics)["points"][0]
    assert point["seeds"]["number"] == len(point["seeds"]["jsd"]) == 3
    assert point["seeds"]["auc"][0] == point["auc"]["value"] == alone["auc"]["value"]
    assert point["seeds"]["auc"][1] > point["seeds"]["auc"][0]
    assert point["error_training_from"] == "seeds"
    assert point["auc"]["error_training"] == pytest.approx(np.std(point["seeds"]["auc"], ddof=1))
    assert point["auc"]["error"] == pytest.approx(
        np.hypot(point["auc"]["error_events"], point["auc"]["error_training"])
    )
    assert point["auc"]["error"] > 3 * alone["auc"]["error_events"] == pytest.approx(3 * point["auc"]["error_events"])


def test_a_feature_is_not_trained_and_its_errors_are_those_of_the_events(job):
    job.params.trained = False
    measure_methods.main(job)
    for point in files.load_json(job.output.metrics)["points"]:
        assert point["folds"] is point["error_training_from"] is None
        for name in ("auc", "rejection", "jsd"):
            assert point[name]["error_training"] is None
            assert point[name]["error"] == point[name]["error_events"] > 0


def test_the_same_job_gives_the_same_bytes(job):
    measure_methods.main(job)
    first = job.output.metrics.read_bytes()
    measure_methods.main(job)
    assert job.output.metrics.read_bytes() == first


def test_the_samples_of_a_mixture_are_measured_too(job, mixed_events):
    events.save(mixed_events(1000), job.input.events)
    measure_methods.main(job)
    for point in files.load_json(job.output.metrics)["points"]:
        assert {part["name"] for part in point["samples"]} == {"ttyy", "ntni"}
        assert sum(part["share_after"]["value"] for part in point["samples"]) == pytest.approx(1)
        assert 0 < point["jsd_composition"]["floor"] < point["jsd"]["floor"]
