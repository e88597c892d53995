"""Scores survive their file, and wrong ones are refused."""

import numpy as np
import pytest

from unsculpt import scores
from unsculpt.errors import InputError


def test_scores_come_back_in_order_and_to_the_bit(tmp_path, rng):
    columns = {tag: rng.random(100).astype(np.float32) for tag in ("10", "0.3", "3")}
    scores.save(columns, tmp_path / "ann.parquet", {"provenance": {"unsculpt": "1"}})
    read = scores.load(tmp_path / "ann.parquet")
    assert list(read) == ["10", "0.3", "3"]
    assert all(np.array_equal(read[tag], columns[tag]) for tag in columns)
    assert scores.load_metadata(tmp_path / "ann.parquet") == {"provenance": {"unsculpt": "1"}}


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1])
def test_a_score_outside_zero_to_one_is_never_written(tmp_path, value):
    with pytest.raises(ValueError, match="1 scores of strength 3 are missing or outside"):
        scores.save({"3": np.array([0.5, value])}, tmp_path / "ann.parquet", {})
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_table_is_named(tmp_path):
    (tmp_path / "ann.parquet").write_text("no", encoding="utf-8")
    with pytest.raises(InputError, match=r"ann\.parquet: not a table of scores"):
        scores.load(tmp_path / "ann.parquet")
