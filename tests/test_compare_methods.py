"""The script that compares the methods, on the files of a toy study."""

import json

import toy_study

from unsculpt import files


def test_every_point_of_every_method_is_compared(tmp_path, toy_events):
    paths = toy_study.write(tmp_path, toy_events(3000))
    content = files.load_json(paths["comparison"])
    assert content["background"] == "ttyy" and content["limit"] is None
    assert [(row["method"], row["tag"]) for row in content["points"]] == toy_study.POINTS
    assert {entry["method"] for entry in content["methods"]} == {"nn", "ann"}
    assert all(row["jsd_over_floor"]["value"] > 0 for row in content["points"])
    assert content["best"]["reason"] and content["best_relaxed"]["reason"]
    json.dumps(content, allow_nan=False)
