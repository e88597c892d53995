"""A made-up study for the figures, and the style sheet they are drawn under."""

from pathlib import Path

import pytest
import synthetic_results

from unsculpt.plots import output, style


@pytest.fixture
def study():
    return style.Study(background="ttyy", **synthetic_results.SETTINGS)


@pytest.fixture(autouse=True)
def sheet():
    with output.sheet(Path(__file__).parents[3] / "styles/unsculpt.mplstyle"):
        yield


@pytest.fixture
def draw():
    """Lay a figure out as a file would, and return what is drawn in each panel."""

    def lay_out(figure):
        figure.draw_without_rendering()
        return output.drawn(figure)

    return lay_out
