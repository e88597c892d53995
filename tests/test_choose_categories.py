"""Categories of a toy study, as the rules make them."""

import json

import numpy as np
import pyhf
import pytest
import toy_study

from unsculpt import events, files, logs


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from conftest import make_toy_events

    folder = tmp_path_factory.mktemp("study")
    path = toy_study.choose(folder, toy_study.write(folder, make_toy_events(20000)))
    return folder, path, files.load_json(path)


def test_the_score_that_sculpts_is_not_the_working_point(made):
    result = files.load_json(made[0] / "working_point.json")
    assert result["working_point"]["method"] == "ann"
    assert result["working_point"]["tag"] == "30"
    assert result["working_point"]["qualified"]
    by_tag = {candidate["tag"]: candidate for candidate in result["candidates"]}
    assert list(by_tag) == ["0", "1", "30"]
    assert not by_tag["0"]["compatible"]
    assert not by_tag["0"]["passes"]


def test_both_channels_have_categories_from_pure_to_inclusive(made):
    _, _, result = made
    names = [row["name"] for row in result["categories"]]
    assert names[0] == "Had 1" and "Lep 1" in names
    quadrature = np.sqrt(sum(row["significance"] ** 2 for row in result["categories"]))
    assert result["combined"]["significance"] == pytest.approx(quadrature)
    assert 0.5 < sum(row["signal_fraction"] for row in result["categories"]) <= 1
    assert result["provenance"]["numpy"]


def test_a_hole_in_the_background_is_said_with_the_name_of_the_category(tmp_path):
    from conftest import make_toy_events

    table = make_toy_events(20000)
    table.mass[(table.mass > 140) & (table.mass < 148) & (table.label == events.BACKGROUND)] -= 18  # into the window
    with logs.listening():
        result = files.load_json(toy_study.choose(tmp_path, toy_study.write(tmp_path, table)))
    holed = [row for row in result["categories"] if row["fit"]["dead_gev"]]
    assert len(holed) > 1  # in others the hole is as likely as an empty stretch of few events
    for row in holed:
        assert row["fit"]["dead_gev"] == [[140, 148]]
        assert f"{row['name']}: {row['fit']['remarks'][0]}" in files.warnings(result)


def test_the_choice_is_the_same_bit_for_bit(made, tmp_path):
    folder, path, _ = made
    paths = {"events": folder / "events.parquet"}
    paths |= {
        key: [folder / f"{key}_{m}.{ext}" for m in ("nn", "ann")]
        for key, ext in (("scores", "parquet"), ("metrics", "json"))
    }
    paths["fits"] = [folder / f"fit_{method}_{tag}.json" for method, tag in toy_study.POINTS]
    assert toy_study.choose(tmp_path, paths).read_bytes() == path.read_bytes()


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")  # inside pyhf 0.7
def test_the_combined_fit_agrees_with_the_sum_in_quadrature(made):
    folder, path, result = made
    combined, workspace = toy_study.combine(folder, path)
    quadrature = result["combined"]["significance"]
    bare = next(row["significance"] for row in combined["impacts"] if row["name"] == "statistics")
    # the fit uses the shape of the signal inside the window, the table only counts there
    assert quadrature < bare < 1.5 * quadrature
    assert combined["significance_pyhf"] == pytest.approx(combined["significance_fit"], abs=0.01)
    assert combined["significance_fit"] < bare  # systematic uncertainties cost
    assert len(combined["scan"]["mu"]) == 11
    assert [row["name"] for row in combined["per_category"]] == [row["name"] for row in result["categories"]]
    limit = combined["cls_upper_limit_mu"]
    assert limit["band"] == sorted(limit["band"])
    assert limit["expected"] == limit["band"][2]
    assert limit["observed"] is None
    assert combined["observed_significance"] is None
    config = pyhf.Workspace(workspace).model().config
    assert config.poi_name == "mu"
    both = combined["spurious_signal_correlation"]
    assert combined["significance_fit"] == min(both[name]["significance_fit"] for name in ("common", "independent"))
    assert ("spurious" in config.par_names) == (both["quoted"] == "common")


def test_a_study_without_categories_has_no_combination(made, tmp_path):
    _, _, result = made
    empty = tmp_path / "categories.json"
    empty.write_text(json.dumps(result | {"categories": [], "combined": {"significance": 0.0}}), encoding="utf-8")
    combined, workspace = toy_study.combine(tmp_path, empty)
    assert combined["significance_pyhf"] is None
    assert combined["reason"] == "there are no categories"
    assert workspace == {}
