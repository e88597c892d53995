"""A study file is read as it is written: what YAML would drop or take for something else is one sentence."""

import pytest

from unsculpt import studyfile
from unsculpt.errors import InputError


def read(folder, text):
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return studyfile.read(path)


MISTAKES = {
    "two sections of one name": (
        "study: x\ntraining: {epochs: 60}\nseed: 1\ntraining: {units: 8}\n",
        "training stands twice, in line 2 and in line 4, and only one would count; make one of the two",
    ),
    "two keys deep inside": ("samples:\n- a: {b: 1, 'b': 2}\n", "b stands twice, in line 2 and in line 2"),
    "two merges": ("x: &x {a: 1}\ny: &y {b: 1}\nz:\n  <<: *x\n  <<: *y\n", "<< stands twice, in line 4 and in line 5"),
    "a number": ("channels:\n  2: {short: two}\n", 'reads the key 2 in line 2 as int 2 and not as text; .*"2":'),
    "a word of YAML": ("study: x\non: 1\n", 'YAML reads the key on in line 2 as bool True and not as text; .*"on":'),
    "nothing": ("~: 1\n", "reads the key ~ in line 1 as NoneType None and not as text"),
    "a date": ("2026-01-01: 1\n", "reads the key 2026-01-01 in line 1 as date 2026-01-01 and not as text"),
    "a date that is none": ("x: 2026-13-01\n", "is not valid YAML .month must be in 1..12.; correct it"),
    "a list as key": ("? [a, b]\n: 1\n", "the key in line 1 is a list or a mapping; expected text"),
    "an open bracket": ("x: {a: 1\n", "is not valid YAML .*expected ',' or '}'.*; correct it"),
    "bytes that are no text": ("x: \x00\n", "is no text"),
    "a list": ("- a\n", "holds no mapping of keys; start from config/config.yaml"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_file_and_line(mistake, tmp_path):
    text, sentence = MISTAKES[mistake]
    with pytest.raises(InputError, match=rf"^{tmp_path}/study.yaml: .*{sentence}") as error:
        read(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"absent.yaml: cannot be read \(No such file or directory\)"):
        studyfile.read(tmp_path / "absent.yaml")


def test_anchors_merges_and_the_same_key_in_two_sections_are_no_mistake(tmp_path):
    """Also where a section that merges another is itself merged further up in the file's depth."""
    text = """
deep: {in: {a: &one {b: 1, c: 2}, d: &two {<<: *one, b: 3}}}
flat: {<<: *two, c: 4}
also: {<<: [*one, *two], "b": 5}
"""
    content = read(tmp_path, text)
    assert content["flat"] == {"b": 3, "c": 4} and content["also"] == {"b": 5, "c": 2}
    assert content["deep"]["in"]["d"] == {"b": 3, "c": 2}


def test_the_encoding_is_that_of_yaml_whatever_the_language_of_the_machine(tmp_path):
    path = tmp_path / "study.yaml"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_bytes("title: H → γγ\n".encode(encoding))
        assert studyfile.read(path) == {"title": "H → γγ"}
