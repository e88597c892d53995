"""Files are complete or absent."""

import logging

import numpy as np
import pytest

from unsculpt import files, logs
from unsculpt.errors import InputError


def test_an_interrupted_writer_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    files.save_json({"x": 1}, path)
    with pytest.raises(KeyboardInterrupt), files.written(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert files.load_json(path) == {"x": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_number_that_is_not_finite_becomes_null_with_a_warning_that_names_its_key(tmp_path, caplog):
    content = {"a": {"x": float("nan"), "y": [1.5, np.float64("inf")]}, "b": np.array([[1.0, np.nan]]), "c": {2, 1}}
    files.save_json(content, tmp_path / "a.json")
    assert files.load_json(tmp_path / "a.json") == {"a": {"x": None, "y": [1.5, None]}, "b": [[1.0, None]], "c": [1, 2]}
    assert caplog.messages == [f"{tmp_path / 'a.json'}: no number for a.x, a.y, b; null in its place"]
    files.save_json({"x": float("nan"), "provenance": files.provenance({})}, tmp_path / "a.json")
    assert files.warnings(files.load_json(tmp_path / "a.json")) == ["no number for x; null in its place"]


def test_what_has_no_json_form_is_a_mistake_of_ours_and_leaves_no_file(tmp_path):
    with pytest.raises(TypeError, match="object has no JSON form"):
        files.save_json({"x": object()}, tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


def test_a_broken_file_is_one_sentence(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError, match=r"a\.json: cannot be read as JSON"):
        files.load_json(tmp_path / "a.json")


def test_the_digest_knows_values_and_not_the_order_of_keys():
    assert files.digest({"a": 1, "b": 2}) == files.digest({"b": 2, "a": 1}) != files.digest({"a": 1, "b": 3})


def test_the_provenance_has_the_warnings_of_the_job_and_of_those_behind_it_once():
    assert "warnings" not in files.provenance({"a": 1})
    with logs.listening():
        logging.warning("ours")
        made = {"provenance": files.provenance({"a": 1}, inherited=["theirs", "ours"])}
    assert files.warnings(made, {}, {"provenance": {}}, made) == 2 * ["theirs", "ours"]
