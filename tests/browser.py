"""A headless Chromium for tests of the report page; they are skipped, with a reason, where there is none."""

import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (400, 1400)
PAPER = 718  # CSS pixels of A4 between the margins of a browser


@contextmanager
def opened(path, width):
    """The page of a file in a window of this width, and the list of what goes wrong in it."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(NAMES)}); apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page, complaints = browser.new_page(viewport={"width": width, "height": 900}), []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else complaints.append(r.url))
        page.goto(f"file://{path}")
        yield page, complaints
        browser.close()


def check(path, width):
    """What every report must do in a browser: no errors, no requests, no sideways scrolling, a control that works."""
    with opened(path, width) as (page, complaints):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        broken = "[...document.images].filter(image => !image.complete || !image.naturalWidth).length"
        assert page.evaluate(broken) == 0
        for explorer in page.locator(".explorer").all():
            _explore(explorer)
        assert complaints == []
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 1040})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 1.15 * PAPER, "something does not fit on paper, even if the browser shrinks the page a little"


def _explore(explorer):
    """Choose every point of the grid; the curves, the numbers and the spoken text must follow."""
    method, strength = explorer.locator("select").all()
    seen = set()
    for name in method.locator("option").evaluate_all("options => options.map(o => o.value)"):
        method.select_option(name)
        for value in strength.locator("option").evaluate_all("options => options.map(o => o.value)"):
            if strength.is_enabled():  # a method with one point has nothing to choose
                strength.select_option(value)
            said = explorer.locator("output").text_content()
            shown = explorer.locator("svg path").evaluate_all("paths => paths.map(p => p.getAttribute('d')).join()")
            assert "NaN" not in shown and "Infinity" not in shown
            assert explorer.locator("svg circle").count() > 10
            assert explorer.locator("dd").count() >= 4
            seen.add((said, shown))
    assert len(seen) == len({said for said, _ in seen}) == len({shown for _, shown in seen})
