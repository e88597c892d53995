"""The event table: folds, and the Parquet file."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
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


def test_what_is_drawn_is_uniform_and_knows_nothing_of_folds_and_clusters():
    run, event = np.ones(30_000, int), np.arange(30_000)
    drawn = events.draw(run, event)
    assert drawn.min() >= 0 and drawn.max() < 1
    for number, parts in ((events.fold(run, event, 3), 3), (events.cluster(run, event, 4), 4)):
        counts = np.histogram2d(number, drawn, [np.arange(parts + 1), np.linspace(0, 1, 6)])[0]
        expected = len(event) / counts.size
        assert np.sum((counts - expected) ** 2 / expected) < 40  # chi-squared of 14 and 19 degrees of freedom


def test_the_folds_of_two_runs_are_independent():
    event = np.arange(90000)
    table = np.zeros((3, 3))
    np.add.at(table, (events.fold(np.full(90000, 1), event, 3), events.fold(np.full(90000, 2), event, 3)), 1)
    assert np.sum((table - 10000) ** 2 / 10000) < 30  # chi2 of 8 degrees of freedom


def test_the_hash_is_splitmix64():
    """First outputs of the reference generator of Vigna with seed 0."""
    gamma = 0x9E3779B97F4A7C15
    states = np.array([0, gamma], np.uint64)
    assert [hex(x) for x in events.folds._splitmix64(states)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]


def test_a_table_comes_back_from_its_file_as_it_went(toy_events, tmp_path):
    table = toy_events(200)
    events.save(table, tmp_path / "a.parquet")
    events.save(table, tmp_path / "b.parquet")
    back = events.load(tmp_path / "a.parquet")
    for name in (*events.table.COLUMNS, "features"):
        assert getattr(back, name).tolist() == getattr(table, name).tolist()
    assert (back.feature_names, back.metadata) == (table.feature_names, table.metadata)
    assert events.load(tmp_path / "a.parquet", columns=()).features.shape == (len(table), 0)
    two = events.load(tmp_path / "a.parquet", columns=["n_jets", "photon1_pt"])
    assert two.feature_names == ("photon1_pt", "n_jets") and (two.matrix(["n_jets"]) == table.matrix(["n_jets"])).all()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_an_empty_table_comes_back_from_its_file(toy_events, tmp_path):
    events.save(toy_events(10)[np.zeros(10, bool)], tmp_path / "empty.parquet")
    assert len(events.load(tmp_path / "empty.parquet")) == 0


def test_a_file_that_is_no_event_table_is_one_sentence(tmp_path):
    (tmp_path / "x.parquet").write_text("no table", encoding="utf-8")
    with pytest.raises(InputError, match=r"x.parquet: not an event table of unsculpt"):
        events.load(tmp_path / "x.parquet")


def test_texts_are_numbers_with_names(rng):
    texts = rng.choice(["ttyy", "ntni", "tth"], 1000)
    coded = events.Coded.of(texts)
    assert coded.code.nbytes == 1000 and coded.tolist() == texts.tolist() and [*coded][:5] == texts[:5].tolist()
    for name in ("tth", "ttyy", "none of them"):
        assert ((coded == name) == (texts == name)).all() and ((coded != name) == (texts != name)).all()
    assert coded[texts == "tth"].tolist() == ["tth"] * int((texts == "tth").sum()) and coded[7] == texts[7]
    other = events.Coded.of(["data", "tth"])
    assert events.Coded.concatenated([coded, other]).tolist() == [*texts.tolist(), "data", "tth"]
    assert events.Coded.of([]).tolist() == [] and len(events.Coded.of(np.array([], str))) == 0
    assert (events.Coded.of(texts[::-1])[::-1] == coded).all()


def test_a_row_of_the_default_study_takes_at_most_144_bytes(toy_events):
    """23 features, and everything that identifies and weighs an event."""
    table = toy_events(1000)
    columns = [getattr(table, name) for name in events.table.COLUMNS]
    own = sum(getattr(column, "code", column).nbytes for column in columns) / len(table)
    assert own + 23 * 4 <= 144


def test_arrays_of_a_fixed_shape_travel_with_the_rows(toy_events, tmp_path, rng):
    table = toy_events(50)
    images, constituents = rng.random((len(table), 4, 5), np.float32), rng.random((len(table), 3, 2), np.float32)
    table = replace(table, arrays={"image": images, "constituents": constituents})
    events.save(table, tmp_path / "a.parquet")
    back = events.load(tmp_path / "a.parquet")
    assert (back.arrays["image"] == images).all() and (back.arrays["constituents"] == constituents).all()
    assert [*events.load(tmp_path / "a.parquet", columns=["image"]).arrays] == ["image"]
    column = pq.read_table(tmp_path / "a.parquet", columns=["image"])["image"]  # as another program reads it
    assert (np.frombuffer(b"".join(column.to_pylist()), np.float32).reshape(-1, 4, 5) == images).all()
    some = back[back.label == 1]
    matrix, shape = some.inputs(["image"])
    assert shape == (4, 5) and (matrix == images[table.label == 1].reshape(-1, 20)).all()
    assert some.inputs(["photon1_pt", "n_jets"])[1] == ()
    both = events.concatenate([some, back])
    assert (both.arrays["image"][len(some) :] == images).all()


def test_a_table_that_is_written_in_parts_is_the_table_of_all(toy_events, tmp_path, rng, monkeypatch):
    """Also where the parts have texts of their own, one is empty, and rows are written in groups."""
    monkeypatch.setattr(events.file, "GROUP", 50)
    parts = [toy_events(60, seed) for seed in range(3)]
    parts.append(parts[0][np.zeros(len(parts[0]), bool)])
    parts = [replace(part, arrays={"image": rng.random((len(part), 2, 3), np.float32)}) for part in parts]
    parts[1] = replace(parts[1], sample=np.full(len(parts[1]), "another"))
    with events.writing(tmp_path / "parts.parquet", {"names": events.names(parts)}) as write:
        for part in parts:
            write(part)
    whole, back = events.concatenate(parts), events.load(tmp_path / "parts.parquet")
    for name in (*events.table.COLUMNS, "features"):
        assert getattr(back, name).tolist() == getattr(whole, name).tolist(), name
    assert (back.arrays["image"] == whole.arrays["image"]).all()
    events.save(parts[-1], tmp_path / "empty.parquet")
    assert events.load(tmp_path / "empty.parquet").arrays["image"].shape == (0, 2, 3)


def test_a_table_of_another_version_is_made_again(toy_events, tmp_path):
    events.save(toy_events(10), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    about = json.loads(table.schema.metadata[b"unsculpt"]) | {"version": 1}
    pq.write_table(table.replace_schema_metadata({"unsculpt": json.dumps(about)}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a.parquet: an event table of another version of unsculpt; delete it"):
        events.load(tmp_path / "a.parquet")


def test_a_table_that_fails_half_way_leaves_no_file(toy_events, tmp_path):
    with pytest.raises(RuntimeError), events.writing(tmp_path / "a.parquet", {}) as write:
        write(toy_events(10))
        raise RuntimeError
    assert [*tmp_path.iterdir()] == []
