"""A background of several samples is drawn as their stack, and their shares beside what a cut does."""

import numpy as np
import pytest
import synthetic_mixture
import synthetic_results

from unsculpt.plots import categories, metrics, mixtures, samples, style

NAMES = ["NTNI", synthetic_results.SAMPLES["ttyy"]["latex"]]  # from the top, as the legend has them


@pytest.fixture
def mixed():
    return style.Study(background="continuum", **synthetic_mixture.SETTINGS)


def stack_of(panel):
    return [a for a in panel["drawn"] if a.get("band") in NAMES]


def assert_stacked(panel, content, scale=1.0):
    stack = stack_of(panel)
    assert [band["band"] for band in stack] == NAMES
    upper, lower = stack
    own = {name: np.array(part["sumw"]) * scale for name, part in content["samples"].items()}
    assert lower["low"] == pytest.approx(np.zeros(len(own["ttyy"])), abs=1e-12)
    assert lower["high"] == pytest.approx(own["ttyy"]) and upper["low"] == pytest.approx(own["ttyy"])
    assert upper["high"] == pytest.approx(own["ttyy"] + own["ntni"])


def test_the_mass_spectrum_stacks_the_samples(mixed, draw):
    content = synthetic_mixture.features()["mass"]
    panel = draw(samples.mass(content, mixed))[0]
    assert_stacked(panel, content)
    total = next(a["values"] for a in panel["drawn"] if a.get("histogram") == mixed.sample("signal"))
    assert sum(total) == pytest.approx(sum(content["signal"]["sumw"]) + sum(content["background"]["sumw"]))


def test_the_features_stack_the_samples_to_unit_area(mixed, draw):
    contents = synthetic_mixture.features()["features"]
    labels = {content["name"]: content["name"] for content in contents}
    for panel, content in zip(draw(samples.features(contents, mixed, labels))[::2], contents, strict=True):
        histogram = content["histogram"]
        width = np.diff(histogram["edges"])
        assert_stacked(panel, histogram, 1 / (np.sum(histogram["background"]["sumw"]) * width))


def test_the_categories_stack_the_samples(mixed, draw):
    contents = synthetic_mixture.categories()["categories"]
    for panel, content in zip(draw(categories.categories(contents, mixed))[::2], contents, strict=True):
        assert_stacked(panel, content["spectrum"])


def test_shares_before_and_after_the_cuts_are_drawn_with_their_errors(mixed, draw):
    points = synthetic_mixture.points()
    *_, panel = draw(metrics.sculpting(points, ("ann", "30"), mixed))
    assert panel["y"] == "Share" and panel["x"] == mixed.mass_label
    shown = [style.plain_point(points, mixed), style.point(points, "ann", "30")]
    expected = [s for point in shown for s in point["curves"]["composition"]["samples"].values()]
    drawn = [a for a in panel["drawn"] if "points" in a]
    assert [a["y"] for a in drawn] == [share["after"]["value"] for share in expected]
    assert drawn[0]["y_high"][0] - drawn[0]["y"][0] == pytest.approx(expected[0]["after"]["error"][0])
    before = [a["values"] for a in panel["drawn"] if a.get("histogram") in NAMES]
    assert before == [share["before"]["value"] for share in expected[:2]]


def test_one_sample_is_filled_as_one_and_has_no_panel_of_shares(study, draw):
    points = [p for method in synthetic_results.METHODS for p in synthetic_results.metrics(method)["points"]]
    assert len(draw(metrics.sculpting(points, ("ann", "30"), study))) == 2
    content = synthetic_results.features()["mass"] | {"samples": {}}
    panel = draw(samples.mass(content, study))[0]
    assert sum(a.get("histogram") == study.sample("background") for a in panel["drawn"]) == 1


def test_a_sample_has_one_colour_in_every_hypothesis_and_none_of_a_method(mixed):
    single = style.Study(**{**synthetic_mixture.SETTINGS, "background": "ntni"})
    assert mixtures.colour(single, "ntni") == mixtures.colour(mixed, "ntni") != mixtures.colour(mixed, "ttyy")
    others = {mixed.colour(method) for method in mixed.methods} | {style.SIGNAL["color"]}
    assert not others & {mixtures.colour(mixed, name) for name in ("ttyy", "ntni")}


@pytest.mark.filterwarnings("error")
def test_empty_bins_and_nulls_are_left_out(mixed, draw):
    points = synthetic_mixture.points()
    for point in points:
        for share in point["curves"]["composition"]["samples"].values():
            share["after"]["value"][0] = share["after"]["error"][0] = share["before"]["value"][1] = None
    *_, panel = draw(metrics.sculpting(points, ("ann", "30"), mixed))
    assert next(a for a in panel["drawn"] if "points" in a)["y"][0] is None
