"""Figures of the samples draw what they are given."""

import pytest
import synthetic_results
from synthetic_results import FEATURES

from unsculpt.plots import samples

LABELS = {name: f"${name[0]}$" for name in FEATURES}


def data_of(panel):
    return next(a for a in panel["drawn"] if a.get("points") == "Pseudo-data")


def test_blind_data_have_no_points_in_the_window(study, draw):
    points = data_of(draw(samples.mass(synthetic_results.features()["mass"], study))[0])
    inside = [120 < x < 130 for x in points["x"]]
    assert all((y is None) == hidden for y, hidden in zip(points["y"], inside, strict=True))


def test_signal_is_stacked_on_background(study, draw):
    content = synthetic_results.features()["mass"]
    drawn = draw(samples.mass(content, study))[0]["drawn"]
    both, background = (
        next(a["values"] for a in drawn if a.get("histogram") == study.sample(role))
        for role in ("signal", "background")
    )
    signal = [b - a for a, b in zip(background, both, strict=True)]
    assert abs(sum(signal) - sum(content["signal"]["sumw"])) < 1e-9


def test_every_feature_has_a_panel_and_a_ratio_to_data(study, draw):
    panels = draw(samples.features(synthetic_results.features()["features"], study, LABELS))
    assert [panel["x"] for panel in panels[1::2]] == [LABELS[name] for name in FEATURES]
    assert all(panel["drawn"] for panel in panels)


def test_without_data_there_are_no_ratio_panels(study, draw):
    contents = synthetic_results.features()["features"]
    for content in contents:
        content["histogram"]["data"] = None
    assert len(draw(samples.features(contents, study, LABELS))) == len(FEATURES)


def test_correlations_have_errors_for_both_classes(study, draw):
    contents = synthetic_results.features()["features"]
    linear, *_ = draw(samples.correlations(contents, study, LABELS))
    signal, background = (a for a in linear["drawn"] if "points" in a)
    assert signal["x"] == [c["correlation"]["signal"]["value"] for c in contents]
    assert all(low < x < high for x, low, high in zip(*(background[k] for k in ("x", "x_low", "x_high")), strict=True))


def test_distance_correlations_stand_beside_and_the_sidebands_where_there_are_data(study, draw):
    contents = synthetic_results.features()["features"]
    _, distance, sidebands = draw(samples.correlations(contents, study, LABELS))
    drawn = [a["x"] for a in distance["drawn"] if "points" in a]
    assert drawn == [[c["distance"][role]["value"] for c in contents] for role in ("signal", "background")]
    drawn = [a["x"] for a in sidebands["drawn"] if "points" in a]
    assert drawn == [[c["sidebands"][role]["value"] for c in contents] for role in ("background", "data")]
    for content in contents:
        content["sidebands"]["data"] = None
    assert len(draw(samples.correlations(contents, study, LABELS))) == 2


def test_importance_in_the_sidebands_is_drawn_beside_that_in_simulation(study, draw):
    content = synthetic_results.importance()
    panels = draw(samples.importance(content["importance"], study, LABELS, content["control"]))
    assert len(panels) == 2
    drawn = [a["x"] for panel in panels for a in panel["drawn"] if "points" in a]
    rankings = (content["importance"], content["control"]["simulation"], content["control"]["data"])
    assert drawn == [[entry["drop_auc"] for entry in ranking] for ranking in rankings]


def test_importance_is_drawn_in_the_order_given(study, draw):
    ranking = synthetic_results.importance()["importance"]
    (panel,) = draw(samples.importance(ranking, study, LABELS))
    assert next(a for a in panel["drawn"] if "points" in a)["x"] == [entry["drop_auc"] for entry in ranking]


@pytest.mark.filterwarnings("error")
def test_figures_survive_null_correlations_and_weights_that_sum_below_zero(study, draw):
    content, nothing = synthetic_results.features(), {"value": None, "error": None}
    odd, ranking = content["features"][2], synthetic_results.importance()
    odd["correlation"]["background"], odd["sidebands"]["background"] = nothing, None
    odd["distance"]["background"] = nothing | {"floor": None, "p_value": None}
    for spectrum in (odd["histogram"]["background"], content["mass"]["background"]):
        spectrum["sumw"] = [-value for value in spectrum["sumw"]]
    ranking["control"]["data"] = None
    assert draw(samples.mass(content["mass"], study))
    assert draw(samples.features(content["features"], study, LABELS))
    panels = draw(samples.correlations(content["features"], study, LABELS))
    assert [a["x"][2] for a in panels[0]["drawn"] if a.get("points") == study.sample("background")] == [None]
    assert draw(samples.importance(ranking["importance"], study, LABELS, ranking["control"]))
