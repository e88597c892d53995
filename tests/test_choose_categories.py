"""Categories of a toy study, as the rules make them."""

import contextlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import cabinetry
import numpy as np
import pyhf
import pytest
import toy_study

from unsculpt import events, files, likelihood, logs
from unsculpt.likelihood.models import numpy_backend


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from conftest import make_toy_events

    folder = tmp_path_factory.mktemp("study")
    path = toy_study.choose(folder, toy_study.write(folder, make_toy_events(20000, seed=1)))
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
    optimised = np.sqrt(sum(row["significance_optimised"] ** 2 for row in result["categories"]))
    assert result["combined"]["significance_optimised"] == pytest.approx(optimised)
    assert 0.5 < sum(row["signal_fraction"] for row in result["categories"]) <= 1
    assert result["provenance"]["numpy"]


def test_the_significance_that_is_quoted_is_the_mean_of_the_parts_with_its_error(made):
    folder, _, result = made
    combined = result["combined"]
    assert [part["method"] for part in combined["crossfit"]] == ["ann", "ann"]  # no part chooses the score that sculpts
    assert combined["significance"] == pytest.approx(np.mean([part["significance"] for part in combined["crossfit"]]))
    assert 0 < combined["significance_error"] < 0.1 * combined["significance"]
    for row in result["categories"]:
        assert row["significance"] == pytest.approx(row["significance_optimised"], abs=0.4)  # other boundaries
        assert 0 < row["significance_error"] < 0.2 * row["significance"]
    quadrature = np.sqrt(sum(row["significance"] ** 2 for row in result["categories"]))
    assert combined["significance"] == pytest.approx(quadrature, abs=2 * combined["significance_error"])
    candidates = files.load_json(folder / "working_point.json")["candidates"]
    best = next(row for row in candidates if not row["why_not"])
    assert best["significance_error"] == pytest.approx(combined["significance_error"], rel=0.5)
    assert next(row["equal"] for row in candidates) is False  # it sculpts


def test_a_fifth_of_negative_weights_goes_through_to_the_combination(made, tmp_path):
    """As of NLO samples: the same yields of 0.36 of the events, no template below zero, and a similar result."""
    from conftest import make_toy_events

    table = make_toy_events(20000)
    sign = np.where(np.random.default_rng(3).random(len(table)) < 0.2, -1, 1) / 0.6
    table.weight[table.label >= 0] *= sign[table.label >= 0]
    path = toy_study.choose(tmp_path, toy_study.write(tmp_path, table))
    rows = files.load_json(path)["categories"]
    assert all(row["background"] > 0 and row["background_error"] > 0 and row["signal"] > 0 for row in rows)
    point = next(p for p in files.load_json(tmp_path / "metrics_ann.json")["points"] if p["tag"] == "30")
    assert point["jsd"]["value"] < 3 * point["jsd"]["floor"]  # this score does not look at the mass
    combined, workspace = toy_study.combine(tmp_path, path)
    plain, _ = toy_study.combine(tmp_path / "plain", made[1])
    for key in ("significance", "significance_pyhf"):
        assert combined[key] == pytest.approx(plain[key], rel=0.3)
    for channel in workspace["channels"]:
        assert all(min(sample["data"]) >= 0 for sample in channel["samples"])


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
    rows = [
        [row[key] for key in ("signal", "background", "background_excess", "background_error")]
        for row in result["categories"]
    ]
    s, b, excess, error = np.array(rows).T  # without the spurious signals, which the quoted significance has
    quadrature = float(np.sqrt((likelihood.asimov_significance(s, b + excess, error) ** 2).sum()))
    assert result["combined"]["significance_optimised"] < quadrature
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


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")  # inside pyhf 0.7
def test_stock_programs_cannot_take_a_blinded_workspace_for_data(made):
    """They build the model and stop at the data; with Asimov data made as the README says they find the expectation."""
    folder, path, _ = made
    combined, content = toy_study.combine(folder, path)
    stock = pyhf.Workspace(content)
    assert stock.measurement_names == ["without_data"] and stock.observations == {"without_data": [0.0]}
    with pytest.raises(KeyError):
        stock.data(stock.model())
    with pytest.raises(KeyError):
        cabinetry.model_utils.model_and_data(content)
    readme = (folder / "README_categories.txt").read_text(encoding="utf-8")
    assert "IT HOLDS NO DATA" in readme
    with contextlib.chdir(folder), numpy_backend():
        recipe = textwrap.dedent("".join(line for line in readme.splitlines(True) if line.startswith("    ")))
        exec(recipe, names := {})
        model, asimov = names["model"], names["asimov"]
        best, free = pyhf.infer.mle.fit(asimov, model, return_fitted_val=True)
        _, without = pyhf.infer.mle.fixed_poi_fit(0.0, asimov, model, return_fitted_val=True)
        _, made_by_cabinetry = cabinetry.model_utils.model_and_data(content, asimov=True)
    assert float(best[model.config.poi_index]) == pytest.approx(1.0, abs=1e-3)
    assert float(without - free) ** 0.5 == pytest.approx(combined["significance_fit"], abs=0.01)
    assert made_by_cabinetry == pytest.approx(asimov, abs=1e-9)


def test_the_command_line_of_pyhf_refuses_a_blinded_workspace(made):
    folder, path, _ = made
    toy_study.combine(folder, path)
    for command, code in (("inspect", 0), ("cls", 1), ("fit", 1)):
        program = Path(sys.executable).with_name("pyhf")
        done = subprocess.run([program, command, "workspace.json"], cwd=folder, capture_output=True, encoding="utf-8")
        assert done.returncode == code, done.stderr[-2000:]
        assert code == 0 or ("does not have observation data" in done.stderr and "CLs" not in done.stdout)


def test_a_study_without_categories_has_no_combination(made, tmp_path):
    _, _, result = made
    empty = tmp_path / "categories.json"
    empty.write_text(json.dumps(result | {"categories": [], "combined": {"significance": 0.0}}), encoding="utf-8")
    combined, workspace = toy_study.combine(tmp_path, empty)
    assert combined["significance_pyhf"] is None
    assert combined["reason"] == "there are no categories"
    assert workspace == {}
    assert "no categories" in (tmp_path / "README_categories.txt").read_text(encoding="utf-8")
