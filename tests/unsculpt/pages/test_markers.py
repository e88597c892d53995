"""Only what stands between markers is written, and a marker that is wrong is named with its line."""

import pytest

from unsculpt.errors import InputError
from unsculpt.pages import markers

PAGE = """# Page

<!-- docs/numbers/toy.json: selection ttyy -->

| typed | 1.23 |

<!-- end -->

Between.

<!-- docs/numbers/toy.json: origin -->
<!-- end -->

The form `<!-- docs/numbers/toy.json: what -->` in a sentence.
"""


def make(study, name, background):
    return f"{study}, {name}, {background}"


def test_what_stands_between_markers_is_written_anew_and_the_rest_stays():
    assert (
        markers.fill(PAGE, "page.md", make)
        == """# Page

<!-- docs/numbers/toy.json: selection ttyy -->

toy, selection, ttyy

<!-- end -->

Between.

<!-- docs/numbers/toy.json: origin -->

toy, origin, None

<!-- end -->

The form `<!-- docs/numbers/toy.json: what -->` in a sentence.
"""
    )


def test_writing_twice_changes_nothing():
    once = markers.fill(PAGE, "page.md", make)
    assert markers.fill(once, "page.md", make) == once


def test_a_page_without_markers_stays():
    assert markers.fill("# Page\n\nText.\n", "page.md", make) == "# Page\n\nText.\n"


BEGIN = "<!-- docs/numbers/toy.json: origin -->"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"x\n{BEGIN}\n", "page.md, line 2: the marker is not closed"),
        (f"{BEGIN}\n{BEGIN}\n<!-- end -->\n", "page.md, line 2: a marker inside another"),
        ("<!-- end -->\n", "page.md, line 1: .* an end without beginning"),
        ("<!-- docs/numbers/toy.json origin -->\n<!-- end -->\n", "page.md, line 1: no marker of a generated part"),
    ],
)
def test_a_wrong_marker_is_named(text, sentence):
    with pytest.raises(InputError, match=sentence):
        markers.fill(text, "page.md", make)


def test_a_part_that_cannot_be_made_names_page_and_line():
    def fails(study, name, background):
        raise InputError("there is no part")

    with pytest.raises(InputError, match=r"page\.md, line 3: there is no part"):
        markers.fill(PAGE, "page.md", fails)


def test_figures_of_a_study():
    text = "<!-- results/toy/figures/ttyy/roc.png -->\n![ROC](figures/roc.png)\n\n![Other](figures/other.png)\n"
    assert markers.figures(text, "toy") == [("figures/ttyy/roc.png", "figures/roc.png")]
    assert markers.figures(text, "other") == []
