"""The comparison behind `make same` sees every number that changed, and nothing else."""

import json

import pytest
import same

from unsculpt import events


@pytest.fixture
def results(tmp_path, toy_events):
    """Two folders with the same results."""
    for name in ("old", "new"):
        folder = tmp_path / name / "results/smoke"
        folder.mkdir(parents=True)
        events.save(toy_events(500), folder / "events.parquet")
        content = {"a": [0.1, None, "text", True], "b": {"c": 1e-20}, "provenance": {"python": name}}
        (folder / "fit.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "old", tmp_path / "new"


def test_the_same_results_are_the_same_whoever_made_them(results, capsys):
    assert same.compare(*results) == 0
    assert "2 of 2 files have the same numbers" in capsys.readouterr().out


def test_one_value_of_one_event_is_seen(results, toy_events, capsys):
    changed = toy_events(500)
    changed.features[7, 2] *= 1.0001
    events.save(changed, results[1] / "results/smoke/events.parquet")
    assert same.compare(*results) == 1
    said = capsys.readouterr().out
    assert "events.parquet: column photons_deta: 1 of" in said and "rows differ, first row 7" in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"a": [0.1 + 1e-9, None, "text", True], "b": {"c": 0}}, "fit.json: a[0]: 0.1 became 0.100000001"),
        ({"a": [0.1, 0.0, "text", True], "b": {"c": 0}}, "fit.json: a[1]: None became 0.0"),
        ({"a": [0.1, None, "text", 1], "b": {"c": 0}}, "fit.json: a[3]: True became 1"),
        ({"a": [0.1, None], "b": {"c": 0}}, "fit.json: a: [0.1, None, 'text', True] became [0.1, None]"),
        ({"a": [0.1, None, "text", True], "b": {}}, "fit.json: b.c is gone"),
    ],
)
def test_a_number_that_changed_or_is_gone_is_named(results, content, sentence, capsys):
    (results[1] / "results/smoke/fit.json").write_text(json.dumps(content), encoding="utf-8")
    assert same.compare(*results) == 1
    assert sentence in capsys.readouterr().out


def test_a_file_that_is_gone_is_a_difference_and_a_new_key_is_none(results, capsys):
    path = results[1] / "results/smoke/fit.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"new": 1}), encoding="utf-8")
    assert same.compare(*results) == 0
    path.unlink()
    assert same.compare(*results) == 1
    assert "fit.json: the file is gone" in capsys.readouterr().out
