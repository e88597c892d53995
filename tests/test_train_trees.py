"""The script of the rule train_trees: one column a strength, the same from run to run."""

from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest
import train_trees
from toy_study import CONFIG

from unsculpt import events, files
from unsculpt.decorrelation.trees import TreeSettings
from unsculpt.scores import load


def job(folder, name, objective, channels=("all",), inputs=None):
    return SimpleNamespace(
        input=SimpleNamespace(events=folder / "events.parquet"),
        output=SimpleNamespace(scores=folder / f"{name}.parquet", history=folder / f"{name}.json"),
        wildcards=SimpleNamespace(bkg="ttyy", method="toy"),
        params=SimpleNamespace(
            method={"objective": objective, "strengths": [0, 0.5], "train_in": "all"},
            trees=asdict(TreeSettings(estimators=4, max_events=300)),
            inputs=inputs,
            flat_in={},
            mass=CONFIG["mass"],
            folds=3,
            seed=1,
            channels=channels,
            code="-",
        ),
    )


@pytest.mark.parametrize("objective", ["uboost", "flatness"])
def test_trees_score_every_event_at_every_strength_and_twice_the_same(tmp_path, toy_events, objective):
    table = toy_events(1200)
    events.save(table, tmp_path / "events.parquet")
    for name in ("a", "b"):
        train_trees.main(job(tmp_path, name, objective))
    columns = load(tmp_path / "a.parquet")
    assert list(columns) == ["0", "0.5"] and len(columns["0"]) == len(table)
    for suffix in ("parquet", "json"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    history = files.load_json(tmp_path / "a.json")
    assert [(m["tag"], m["fold"]) for m in history["models"]] == [(tag, f) for tag in ("0", "0.5") for f in range(3)]
    assert all(m["epochs"] == [1, 2, 3, 4] and m["channel"] == "all" for m in history["models"])


def test_trees_see_their_inputs_alone(tmp_path, toy_events):
    table, inputs = toy_events(1200), ["n_jets", "jet1_pt"]
    others = [name not in inputs for name in table.feature_names]
    for name, features in (("a", table.features), ("b", np.where(others, -7, table.features))):
        events.save(replace(table, features=features.astype(np.float32)), tmp_path / "events.parquet")
        train_trees.main(job(tmp_path, name, "uboost", inputs=inputs))
    ours, changed = (load(tmp_path / f"{name}.parquet")["0.5"] for name in "ab")
    assert np.array_equal(ours, changed)
    assert np.corrcoef(ours, table.label)[0, 1] > 0.1


def test_a_channel_is_scored_by_trees_of_its_own(tmp_path, toy_events):
    """What the other channel looks like changes no score of it but by the odds, which are common to all its events."""
    table = toy_events(2400)
    other = table.channel != "leptonic"
    for name, features in (("a", table.features), ("b", np.where(other[:, None], -7, table.features))):
        events.save(replace(table, features=features.astype(np.float32)), tmp_path / "events.parquet")
        train_trees.main(job(tmp_path, name, "flatness", ("leptonic", "hadronic")))
    ours, changed = (load(tmp_path / f"{name}.parquet")["0.5"] for name in "ab")
    assert np.array_equal(ours[~other], changed[~other]) and not np.array_equal(ours[other], changed[other])
