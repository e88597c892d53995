"""The script that measures the significance of all points against the threshold."""

from types import SimpleNamespace

import measure_threshold
import numpy as np
import pytest
from scipy.special import expit

from unsculpt import events, files, scores
from unsculpt.errors import InputError

ABOUT = {"nuisance": "channel", "nominal": "hadronic", "thresholds": 11, "min_events": 20}


@pytest.fixture
def job(tmp_path, toy_events, rng):
    table = toy_events(6000)
    moved = np.where((table.label == 0) & (table.channel == "leptonic"), 0.8, 0.0)
    separated = rng.normal(1.5 * (table.label == 1), 1)
    events.save(table, tmp_path / "events.parquet")
    columns = {"ann": ["1", "1@1", "1@2", "10", "10@1", "10@2"], "nn": ["0"]}
    paths = []
    for method, names in columns.items():
        paths.append(tmp_path / f"{method}.parquet")
        known = {"0": 1.0, "1": 0.5, "10": 0.0}
        values = {name: expit(separated + known[name.split("@")[0]] * moved - 1) for name in names}
        scores.save(values, paths[-1], {"background": "ttyy", "method": method})
    return SimpleNamespace(
        input=SimpleNamespace(events=tmp_path / "events.parquet", scores=paths),
        output=SimpleNamespace(threshold=tmp_path / "threshold.json"),
        wildcards=SimpleNamespace(bkg="ttyy"),
        params=SimpleNamespace(strengths={"ann": [1, 10], "nn": [0]}, threshold=ABOUT, replicas=20, seed=7),
    )


def test_all_points_are_there_and_what_ignores_the_nuisance_is_best(job):
    measure_threshold.main(job)
    content = files.load_json(job.output.threshold)
    assert (content["background"], content["nuisance"], content["values"]) == (
        "ttyy",
        "channel",
        ["hadronic", "leptonic"],
    )
    names = [(point["method"], point["tag"], point["seeds"]) for point in content["points"]]
    assert names == [("ann", "1", 3), ("ann", "10", 3), ("nn", "0", 1)]
    assert [point["best"] for point in content["points"]] == [False, True, False]
    assert [part["tag"] for part in content["chosen"]["parts"]] == ["10", "10"]
    assert content["points"][0]["behind"]["value"] > 0 and content["provenance"]["params_digest"]
    assert "ann at strength 10 has the highest AMS in both halves" in content["chosen"]["reason"]


def test_what_the_nuisance_does_to_features_and_scores_is_drawn(job):
    """Of counts of the table; the score that does not know the nuisance is at the floor."""
    measure_threshold.main(job)
    shapes, table = files.load_json(job.output.threshold)["shapes"], events.load(job.input.events)
    assert [of["feature"] for of in shapes if "feature" in of] == list(table.feature_names)
    first = shapes[0]
    rows = (table.label == 0) & (table.channel == "leptonic")
    counts = np.histogram(table.column(first["feature"])[rows], first["edges"], weights=table.weight[rows])[0]
    np.testing.assert_allclose(first["background"]["leptonic"]["sumw"], counts / table.weight[rows].sum(), rtol=1e-6)
    apart = {of["method"] + of["tag"]: of["jsd"]["background"] for of in shapes if "method" in of}
    assert list(apart) == ["ann1", "ann10", "nn0"]
    over = {name: jsd["value"] / jsd["floor"] for name, jsd in apart.items()}
    assert 0.3 < over["ann10"] < 2 < over["ann1"] < over["nn0"]


def test_the_file_is_the_same_each_time(job):
    measure_threshold.main(job)
    first = job.output.threshold.read_bytes()
    measure_threshold.main(job)
    assert job.output.threshold.read_bytes() == first


def test_a_nuisance_that_nothing_has_is_refused(job):
    job.params.threshold = ABOUT | {"nominal": "dark"}
    with pytest.raises(InputError, match=r"threshold\.nominal is dark, and no background event has this channel"):
        measure_threshold.main(job)
    assert not job.output.threshold.exists()
