"""The script that describes the input features."""

from types import SimpleNamespace

import measure_features
from test_measure_methods import MASS

from unsculpt import events, files


def test_the_file_says_everything_that_is_drawn(tmp_path, toy_events):
    table = toy_events(600)
    events.save(table, tmp_path / "events.parquet")
    job = SimpleNamespace(
        input=SimpleNamespace(events=tmp_path / "events.parquet"),
        output=SimpleNamespace(features=tmp_path / "features.json"),
        wildcards=SimpleNamespace(bkg="ttyy"),
        params=SimpleNamespace(mass=MASS),
    )
    measure_features.main(job)
    content = files.load_json(job.output.features)
    assert list(content) == ["background", "features", "mass", "provenance"] and content["background"] == "ttyy"
    assert [feature["name"] for feature in content["features"]] == list(table.feature_names)
    first = content["features"][0]
    assert set(first["correlation"]) == {"signal", "background"}
    assert set(first["correlation"]["signal"]) == {"value", "error"}
    assert list(first["histogram"]) == ["edges", "signal", "background", "data", "samples"]
    assert first["histogram"]["samples"] == content["mass"]["samples"] == {}
    assert len(content["mass"]["edges"]) == 56 and set(content["mass"]["data"]) == {"sumw", "sumw2"}
