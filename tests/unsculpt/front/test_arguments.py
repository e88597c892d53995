"""The words of ARGS, DATA and FILES."""

import pytest

from unsculpt.front.arguments import data_files, option, read_assignments, take_configuration


@pytest.mark.parametrize(
    "text, value",
    [
        ("2", 2),
        ("2.5", 2.5),
        ("1e-3", 1e-3),
        ("true", True),
        ("null", None),
        ("", None),
        ("[1, 30]", [1, 30]),
        ("{head: mixture}", {"head": "mixture"}),
        ("ttH: a study", "ttH: a study"),
        ("- x", "- x"),
        (r"$t\bar t$", r"$t\bar t$"),
    ],
)
def test_values_have_the_types_of_yaml(text, value):
    found = read_assignments([("key", text)])["key"]
    assert found == value and type(found) is type(value)


def test_a_name_with_a_blank_is_one_file_if_it_exists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert data_files("my data.root") == ["my", "data.root"]
    (tmp_path / "my data.root").touch()
    assert data_files("my data.root") == ["my data.root"]
    assert data_files("root://host//a.root https://host/b.root") == ["root://host//a.root", "https://host/b.root"]


def test_words_after_two_dashes_are_targets_whatever_they_look_like():
    assert take_configuration(["-n", "--", "--config", "a=1"]) == ([], [], ["-n", "--", "--config", "a=1"])
    assert option(["--", "--cores", "3"], "--cores") is None


@pytest.mark.parametrize("words", [["--config=seed=2"], ["-C", "seed=2"], ["--config", "seed=2"]])
def test_all_spellings_of_config_are_understood(words):
    assert take_configuration(words) == ([("seed", "2")], [], [])
