"""The script of the rule train_trees: one column a strength, the same from run to run."""

from dataclasses import asdict
from types import SimpleNamespace

import pytest
import train_trees
from toy_study import CONFIG

from unsculpt import events
from unsculpt.decorrelation.trees import Settings
from unsculpt.scores import load


@pytest.mark.parametrize("objective", ["uboost", "flatness"])
def test_trees_score_every_event_at_every_strength_and_twice_the_same(tmp_path, toy_events, objective):
    table = toy_events(1200)
    events.save(table, tmp_path / "events.parquet")
    for name in ("a", "b"):
        train_trees.main(
            SimpleNamespace(
                input=SimpleNamespace(events=tmp_path / "events.parquet"),
                output=SimpleNamespace(scores=tmp_path / f"{name}.parquet"),
                params=SimpleNamespace(
                    method={"objective": objective, "strengths": [0, 0.5], "train_in": "all"},
                    trees=asdict(Settings(estimators=4, max_events=300)),
                    mass=CONFIG["mass"],
                    folds=3,
                    seed=1,
                    code="-",
                ),
            )
        )
    columns = load(tmp_path / "a.parquet")
    assert list(columns) == ["0", "0.5"] and len(columns["0"]) == len(table)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
