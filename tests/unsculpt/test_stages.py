"""Which stages a study may leave out."""

import pytest

from unsculpt import gathering, report, stages, tables
from unsculpt.errors import InputError

WINDOW = [120, 130]


@pytest.mark.parametrize(
    ("asked", "window", "has"),
    [
        (None, WINDOW, ["fits", "categories"]),
        (None, None, []),
        ([], WINDOW, []),
        ([], None, []),
        (["fits"], WINDOW, ["fits"]),
        (["categories", "fits"], WINDOW, ["fits", "categories"]),  # in the order of the pipeline
    ],
)
def test_a_study_has_what_it_asks_for_or_all_it_can(asked, window, has):
    assert stages.resolve(asked, window, "study toy") == has


@pytest.mark.parametrize(
    ("asked", "window", "words"),
    [
        (["categories"], WINDOW, "stages holds categories without fits"),
        (["fits"], None, "stages holds fits, which need a signal window, but mass.window_gev is null"),
    ],
)
def test_what_cannot_be_is_one_sentence(asked, window, words):
    with pytest.raises(InputError, match=f"^study toy: {words}"):
        stages.resolve(asked, window, "study toy")


@pytest.mark.parametrize(
    ("kind", "names"), [("files", gathering.NAMES), ("tables", tables.BACKGROUND), ("sections", report.SECTIONS)]
)
def test_stages_own_things_that_exist_and_each_by_one(kind, names):
    owned = [name for stage in stages.STAGES for name in getattr(stage, kind)]
    assert set(owned) <= set(names) and len(set(owned)) == len(owned)
    assert stages.kept(names, kind, stages.NAMES) == list(names)
    assert stages.kept(names, kind, []) == [name for name in names if name not in owned]
