"""The figure of the significance draws the curves of every point, with the band that it says."""

import numpy as np
import pytest
import synthetic_threshold

from unsculpt.plots import style, threshold


@pytest.mark.parametrize(("seeds", "key"), [(5, "spread"), (1, "error_events")])
def test_every_point_is_a_line_with_a_band(study, draw, seeds, key):
    content = synthetic_threshold.content(seeds)
    panels = draw(threshold.threshold(content, study, synthetic_threshold.SETTINGS))
    assert [panel["x"] for panel in panels] == list(threshold.AXES.values()) and panels[0]["y"] == "AMS"
    for panel, kind in zip(panels, threshold.AXES, strict=True):
        lines = {artist["line"]: artist for artist in panel["drawn"] if "line" in artist}
        bands = [artist for artist in panel["drawn"] if "band" in artist]
        assert len(lines) == len(bands) == len(content["points"])
        for point, band in zip(content["points"], bands, strict=True):
            curve, line = point["curves"][kind], lines[study.name(point["method"], point["tag"])]
            assert (line["x"], line["y"]) == (curve["x"], curve["ams"])
            ams, error = style.numbers(curve["ams"]), style.numbers(curve[key])
            assert max(band["y"]) == pytest.approx(np.nanmax(ams + error))


def test_a_point_without_any_number_leaves_the_others(study, draw):
    content = synthetic_threshold.content()
    for curve in content["points"][0]["curves"].values():
        curve |= {name: [None] * len(curve["x"]) for name in ("ams", "spread", "error_events")}
    for panel in draw(threshold.threshold(content, study, synthetic_threshold.SETTINGS)):
        assert sum("line" in artist for artist in panel["drawn"]) == len(content["points"])


def test_the_figure_says_what_is_counted(study):
    figure = threshold.threshold(synthetic_threshold.content(), study, synthetic_threshold.SETTINGS)
    title = figure.legends[0].get_title().get_text()
    assert "100 signal, 1000 background (clean)" in title and "50 simulated events" in title


def test_every_feature_and_score_is_drawn_for_each_value(study, draw):
    content = synthetic_threshold.content()
    figure = threshold.shapes(content, study, {"jet1_pt": "$p_T$ [GeV]"})
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [panel.get_xlabel() for panel in panels] == ["$p_T$ [GeV]"] + [
        study.name(point["method"], point["tag"]) for point in content["points"]
    ]
    assert [panel.texts[0].get_text() for panel in panels[:2]] == ["S -   B 10", "S -   B 5"]
    for panel, of in zip(panels, content["shapes"], strict=True):
        heights = [patch.get_data().values.tolist() for patch in panel.patches]
        wanted = [of[name][value]["sumw"] for name in ("signal", "background") for value in content["values"]]
        assert heights == wanted
        assert len({str(patch.get_linestyle()) for patch in panel.patches}) == 2
