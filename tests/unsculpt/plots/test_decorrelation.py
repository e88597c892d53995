"""Figures of decorrelation show what was measured, of each pair of what is raw and what is not."""

import dataclasses

import numpy as np
import pytest
import synthetic_results

from unsculpt.naming import strength_tag
from unsculpt.plots import decorrelation, style

METHODS = synthetic_results.METHODS | {
    "trees": {"objective": "uboost", "strengths": [0, 0.3]},
    "pt": {"feature": "photon1_pt", "strengths": [0]},
    "pt_css": {"transform": "css", "of": "pt", "strengths": [0]},
    "ann_cdf": {"transform": "cdf", "of": "ann", "strengths": synthetic_results.METHODS["ann"]["strengths"]},
}


@pytest.fixture
def study():
    return style.Study(background="ttyy", **(synthetic_results.SETTINGS | {"methods": METHODS}))


@pytest.fixture
def points(monkeypatch):
    monkeypatch.setattr(synthetic_results, "METHODS", METHODS)
    monkeypatch.setattr(synthetic_results, "_sculpting", lambda method, strength: 1 / (1 + strength))
    return [p for method in METHODS for p in synthetic_results.metrics(method)["points"]]


COMPARISON = {
    "methods": [
        {"method": name, "best": {"tag": "3"} if "ann" in name else None, "strongest": {"tag": strength_tag(max(s))}}
        for name, s in ((name, method["strengths"]) for name, method in METHODS.items())
    ]
}


def names(found):
    return [(a["method"], a["tag"], b["method"], b["tag"]) for a, b in found]


def test_pairs_are_bases_and_transforms_and_networks_with_the_plain_one(points, study):
    assert names(decorrelation.pairs(points, study, COMPARISON)) == [
        ("nn", "0", "ann", "3"),
        ("nn", "0", "disco", "10"),
        ("trees", "0", "trees", "0.3"),
        ("pt", "0", "pt_css", "0"),
        ("ann", "3", "ann_cdf", "3"),
    ]


def test_each_panel_of_pairs_has_both_spectra_with_unit_area(points, study, draw):
    found = decorrelation.pairs(points, study, COMPARISON)
    panels = draw(decorrelation.compared(found, study))
    assert len(panels) == 6 and not panels[5]["drawn"]  # two rows of three
    for pair, panel in zip(found, panels, strict=False):
        shown = [a for a in panel["drawn"] if "histogram" in a][2:]
        assert [a["histogram"] for a in shown] == [study.name(p["method"], p["tag"]) for p in pair]
        for point, artist in zip(pair, shown, strict=True):
            passed = np.array(point["curves"]["spectra"]["pass"]["sumw"])
            known = [y is not None for y in artist["values"]]
            assert np.array(artist["values"], float)[known] == pytest.approx(passed[known] / passed.sum())
        before = next(a for a in panel["drawn"] if a.get("histogram") == study.sample("background"))
        assert sum(before["values"]) == pytest.approx(1)


def test_every_method_has_its_scores_in_slices(points, study, draw):
    shown = decorrelation.of_each(points, study, COMPARISON)
    assert [p["method"] for p in shown] == list(METHODS) and shown[1]["tag"] == "3"
    panels = draw(decorrelation.distributions(shown, study))
    for point, panel in zip(shown, panels, strict=False):
        lines = [a for a in panel["drawn"] if "histogram" in a]
        assert len(lines) == 6  # signal is drawn where it is
        values = np.array(point["curves"]["slices"]["background"]["sumw"][0])
        width = np.diff(lines[0]["edges"])
        assert lines[0]["values"] == pytest.approx(values / values.sum() / width)


def test_the_divergence_is_told_of_plain_and_chosen_and_a_pair_of_features(points, study, draw):
    found = decorrelation.pairs(points, study, COMPARISON)
    shown = decorrelation.told(points, ("ann", "3"), found, study)
    assert [p["method"] for p in shown] == ["nn", "ann", "pt", "pt_css"]
    assert decorrelation.told(points, ("nn", "0"), found[:2], study) == shown[:1]
    panels = draw(decorrelation.divergence(shown, study))
    assert len(panels) == 16
    for point, panel in zip(shown, panels[12:], strict=True):
        curve = next(a for a in panel["drawn"] if "histogram" in a)
        assert curve["values"] == point["curves"]["divergence"]["cumulative"]["value"]


def test_a_point_without_a_divergence_is_drawn_all_the_same(points, study, draw):
    point = points[0]
    empty = dict.fromkeys(("value", "error"), [None] * 55)
    point["jsd"]["floor"] = None
    terms = {"passed": [None] * 55, "reference": [None] * 55, "jsd": empty, "cumulative": empty}
    point["curves"]["divergence"] |= terms
    nothing = dict.fromkeys(("sumw", "sumw2"), [0.0] * 55)
    point["curves"]["spectra"] |= {"pass": nothing}
    assert draw(decorrelation.divergence([point], study))
    assert draw(decorrelation.compared([(point, points[1])], dataclasses.replace(study, blind=False)))
