"""Figures of maps and of training weights show the numbers of their files."""

import dataclasses

import numpy as np
import pytest
import score_toys as toys
from conftest import make_toy_events

from unsculpt import planing, weighting
from unsculpt.decorrelation import effects, transforms
from unsculpt.events import BACKGROUND
from unsculpt.plots import maps

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1, "latex": "m"}
FLAT = {"background": {"column": "jet1_pt", "bins": 20}, "signal": {"column": "channel", "bins": 5}}
LABELS = {"jet1_pt": "$p_T$ [GeV]"}


@pytest.fixture(scope="module")
def table():
    return make_toy_events(6000, seed=6)


@pytest.fixture
def content(table):
    """Of a transform of this name that protects these variables."""

    def make(name, *protected):
        jet = table.features[:, 5].astype(float)
        score = 1 / (1 + np.exp(-0.02 * (jet - 90) - 0.05 * (table.mass - 125)))
        made = transforms.Maps(name, score, table, toys.SETTINGS, protected)
        after = made(score, table, table.where(BACKGROUND))
        options = {"protected": protected, "edges": toys.EDGES, "signal_efficiency": 0.5}
        told = {"tag": "0"} | effects.describe(made, score, after, table, **options)
        return {"method": "nn_map", "transform": name, "maps": [told]}

    return make


@pytest.fixture
def mapped(study):
    method = {"of": "nn", "strengths": [0]}
    return lambda name: dataclasses.replace(study, methods=study.methods | {"nn_map": method | {"transform": name}})


@pytest.mark.parametrize(("name", "panels"), [("ddt", 2), ("cdf", 2), ("knn", 2), ("css", 3)])
def test_the_last_panel_has_the_efficiencies_before_and_after(content, mapped, draw, name, panels):
    given = content(name, "mass")
    drawn = draw(maps.effect(given, mapped(name), LABELS))
    assert len(drawn) == panels
    told = given["maps"][0]
    shown = [a["y"] for a in drawn[-1]["drawn"] if "points" in a]
    assert shown == [told["efficiency"][part]["value"] for part in ("before", "after")]
    if name == "ddt":
        line = next(a for a in drawn[0]["drawn"] if a.get("line"))
        assert line["y"] == told["line"]["value"]
    if name == "css":
        assert [a["y"] for a in drawn[1]["drawn"]] == [told["learnt"]["found"], told["learnt"]["fitted"]]


def test_a_plane_is_four_maps_with_the_numbers_of_its_cells(content, mapped, draw):
    given = content("ddt", "mass", "jet1_pt")
    drawn = draw(maps.effect(given, mapped("ddt"), LABELS))[:4]
    told = given["maps"][0]
    planes = [told["cut"]["measured"], told["cut"]["learnt"]]
    planes += [told["efficiency"][part]["value"] for part in ("before", "after")]
    for panel, plane in zip(drawn, planes, strict=True):
        (artist,) = (a for a in panel["drawn"] if "map" in a)
        assert np.array_equal(np.array(artist["values"], float).T, np.array(plane, float), equal_nan=True)
        assert [artist["x_edges"], artist["y_edges"]] == told["edges"]
    assert drawn[0]["y"] == "$p_T$ [GeV]"


def test_the_spectra_of_the_training_are_flat_in_what_it_makes_flat(table):
    mass, jet, channel = weighting.spectra(table, {"flat_in": FLAT}, MASS, edges=toys.EDGES)
    assert [s["column"] for s in (mass, jet, channel)] == ["mass", "jet1_pt", "channel"]
    rows = table.where(BACKGROUND)
    values, weight = table.features[rows, 5], table.weight[rows]
    testing, training = (np.array(jet["background"][part]["sumw"]) for part in ("testing", "training"))
    assert testing == pytest.approx(np.histogram(values, jet["edges"], weights=weight)[0])
    flat = planing.flat_in(table, FLAT)[rows]
    assert training == pytest.approx(np.histogram(values, jet["edges"], weights=flat)[0])
    edges = np.linspace(values.min(), values.max(), FLAT["background"]["bins"] + 1)
    own, before = (np.histogram(values, edges, weights=w)[0] for w in (flat, weight))
    full = before > before.max() / planing.LIMIT
    assert full.sum() > 5 and own[full] == pytest.approx(1)
    assert channel["names"] == ["hadronic", "leptonic"]
    assert channel["signal"]["training"]["sumw"] == pytest.approx([1, 1])


def test_planing_is_flat_in_the_mass_and_the_window_trains_alone(table):
    settings = {"flat_in": {}, "planing": True, "train_in": "window"}
    (mass,) = weighting.spectra(table, settings, MASS, edges=toys.EDGES)
    inside = (toys.EDGES[:-1] >= 120) & (toys.EDGES[:-1] < 130)
    for role in ("background", "signal"):
        training = np.array(mass[role]["training"]["sumw"])
        assert (training[~inside] == 0).all() and training[inside].sum() > 0
    assert np.array(mass["background"]["training"]["sumw"])[inside] == pytest.approx(1)


def test_the_figure_of_weights_has_a_column_for_each_variable(table, study, draw):
    spectra = weighting.spectra(table, {"flat_in": FLAT}, MASS, edges=toys.EDGES)
    content = {"spectra": [{key: _lists(value) for key, value in s.items()} for s in spectra]}
    panels = draw(maps.weighting(content, study, LABELS))
    assert len(panels) == 6 and [p["x"] for p in panels[3:]] == [study.mass_label, LABELS["jet1_pt"], "Channel"]
    training = next(a for a in panels[1]["drawn"] if a.get("histogram") == "training")
    shown = np.array(training["values"], float)
    assert np.nansum(shown * np.diff(training["edges"])) == pytest.approx(1)


def _lists(value):
    """As JSON gives it back."""
    return {k: _lists(v) for k, v in value.items()} if isinstance(value, dict) else np.asarray(value).tolist()
