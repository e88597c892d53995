"""Files are told apart by what they hold, whatever they are called and in whatever order they come."""

import pytest

from unsculpt import files, gathering
from unsculpt.errors import InputError


@pytest.fixture
def saved(tmp_path):
    """Save contents as JSON files with names that say nothing; give their paths."""

    def save(*contents):
        paths = [tmp_path / f"{len(list(tmp_path.iterdir())) + i}.json" for i in range(len(contents))]
        for content, path in zip(contents, paths, strict=True):
            files.save_json(content, path)
        return paths

    return save


def fit(background, method, tag):
    return {"background": background, "method": method, "tag": tag, "status": "fitted"}


def test_every_file_goes_to_its_background_and_point(saved):
    points = [("ttyy", "nn", "0"), ("ntni", "nn", "0"), ("ntni", "ann", "30"), ("ttyy", "ann", "30")]
    given = {
        "fits": saved(*(fit(*names) for names in points)),
        "features": saved({"background": "ntni"}, {"background": "ttyy"}),
        "histories": saved(*({"background": "ttyy", "method": "nn", "part": part} for part in (1, 0))),
    }
    found = gathering.load(given)
    assert set(found) == {"ttyy", "ntni"}
    for background, content in found.items():
        assert content["features"] == {"background": background}
        assert content["fits"] == {
            (method, tag): fit(background, method, tag) for name, method, tag in points if name == background
        }
    assert set(found["ttyy"]["histories"]) == {("nn", 0), ("nn", 1)} and found["ntni"]["histories"] == {}


def test_two_files_of_the_same_names_are_refused(saved):
    paths = saved(fit("ttyy", "ann", "30"), fit("ttyy", "ann", "30"))
    with pytest.raises(InputError) as refused:
        gathering.load({"fits": paths})
    for words in (*map(str, paths), "background ttyy, method ann, tag 30", "delete both"):
        assert words in str(refused.value)


@pytest.mark.parametrize("missing", ["background", "method", "tag"])
def test_a_file_that_does_not_say_what_it_is_of_is_refused(missing, saved):
    content = fit("ttyy", "ann", "30")
    del content[missing]
    (path,) = saved(content)
    with pytest.raises(InputError, match=f"does not say of which {missing} it is") as refused:
        gathering.load({"fits": [path]})
    assert str(path) in str(refused.value)
