"""Files of figures: the same bytes twice, and the numbers drawn beside them."""

import json

import numpy as np
from matplotlib.figure import Figure

from unsculpt.plots import output

SUFFIXES = ("pdf", "png", "svg", "json")


def small():
    figure = Figure(figsize=(3, 2), layout="constrained")
    axes = figure.subplots()
    axes.errorbar([1, 2, 3], [1.0, np.nan, 3.0], [0.1, np.nan, 0.3], [0.5, 0.5, 0.5], fmt="o", label=r"$\lambda$")
    axes.stairs([1.0, 2.0], [0, 1, 2], label="histogram")
    axes.fill_between([0, 1], [0, 0], [1, 1], label="band")
    axes.axhline(1, label="guide")
    return figure


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        output.save(small(), [tmp_path / folder / f"figure.{suffix}" for suffix in SUFFIXES], {"unsculpt": "1"})
    for suffix in SUFFIXES:
        first, second = ((tmp_path / folder / f"figure.{suffix}").read_bytes() for folder in ("a", "b"))
        assert first == second and first


def test_the_numbers_drawn_are_in_the_json_with_what_they_are_of(tmp_path):
    output.save(small(), [tmp_path / "figure.json"], {}, background="ttyy", method="ann")
    content = json.loads((tmp_path / "figure.json").read_text(encoding="utf-8"))
    assert (content["background"], content["method"]) == ("ttyy", "ann")
    (panel,) = content["panels"]
    points, histogram, band = panel["drawn"]
    assert points["y"] == [1.0, None, 3.0]
    assert points["x_low"] == [0.5, 1.5, 2.5] and points["y_low"] == [0.9, None, 2.7]
    assert histogram == {"histogram": "histogram", "edges": [0, 1, 2], "values": [1, 2]}
    assert band["band"] == "band"
