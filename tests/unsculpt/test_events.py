"""The event table: folds, and the Parquet file."""

import numpy as np
import pytest

from unsculpt import events
from unsculpt.errors import InputError


@pytest.mark.parametrize("folds", [2, 3, 5, 10])
def test_folds_are_equally_populated(folds):
    numbers = np.bincount(events.fold(np.full(60000, 284500), np.arange(60000), folds), minlength=folds)
    pulls = (numbers - 60000 / folds) / np.sqrt(60000 / folds * (1 - 1 / folds))
    assert np.sum(pulls**2) < 5 * folds and len(numbers) == folds


def test_the_fold_of_an_event_depends_on_its_identifiers_alone(rng):
    run, event = rng.integers(0, 4e5, 1000), rng.integers(0, 2**40, 1000)
    order = rng.permutation(1000)
    fold = events.fold(run, event, 3)
    assert fold.dtype == np.int8
    assert (events.fold(run[order], event[order], 3) == fold[order]).all()
    assert [events.fold(r, e, 3)[0] for r, e in zip(run[:50], event[:50], strict=True)] == fold[:50].tolist()


def test_the_folds_of_two_runs_are_independent():
    event = np.arange(90000)
    table = np.zeros((3, 3))
    np.add.at(table, (events.fold(np.full(90000, 1), event, 3), events.fold(np.full(90000, 2), event, 3)), 1)
    assert np.sum((table - 10000) ** 2 / 10000) < 30  # chi2 of 8 degrees of freedom


def test_the_hash_is_splitmix64():
    """First outputs of the reference generator of Vigna with seed 0."""
    gamma = 0x9E3779B97F4A7C15
    states = np.array([0, gamma], np.uint64)
    assert [hex(x) for x in events._splitmix64(states)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]


def test_a_table_comes_back_from_its_file_as_it_went(toy_events, tmp_path):
    table = toy_events(200)
    events.save(table, tmp_path / "a.parquet")
    events.save(table, tmp_path / "b.parquet")
    back = events.load(tmp_path / "a.parquet")
    for name in ("run", "event", "sample", "channel", "region", "label", "fold", "mass", "weight", "features"):
        assert getattr(back, name).tolist() == getattr(table, name).tolist()
    assert (back.feature_names, back.metadata) == (table.feature_names, table.metadata)
    assert events.load(tmp_path / "a.parquet", features=False).features.shape == (len(table), 0)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_an_empty_table_comes_back_from_its_file(toy_events, tmp_path):
    events.save(toy_events(10)[np.zeros(10, bool)], tmp_path / "empty.parquet")
    assert len(events.load(tmp_path / "empty.parquet")) == 0


def test_a_file_that_is_no_event_table_is_one_sentence(tmp_path):
    (tmp_path / "x.parquet").write_text("no table", encoding="utf-8")
    with pytest.raises(InputError, match=r"x.parquet: not an event table of unsculpt"):
        events.load(tmp_path / "x.parquet")
