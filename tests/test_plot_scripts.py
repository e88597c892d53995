"""The scripts of the figures, on the files that the other scripts make."""

from pathlib import Path
from types import SimpleNamespace

import measure_weighting
import numpy as np
import plot_categories
import plot_fits
import plot_maps
import plot_metrics
import plot_planes
import plot_robustness
import plot_samples
import plot_threshold
import plot_training
import plot_weighting
import pytest
import synthetic_results
import toy_study
import transform_scores

from unsculpt import events, files, scores

STYLE = Path(__file__).parents[1] / "styles/unsculpt.mplstyle"
STUDY = {
    "label": "Simulation",
    "samples": toy_study.CONFIG["samples"],
    **{key: toy_study.CONFIG[key] for key in ("luminosity_fb", "blind", "mass", "methods")},
}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    from conftest import make_toy_events

    folder = tmp_path_factory.mktemp("study")
    paths = toy_study.write(folder, make_toy_events(12000))
    paths["table"], paths["working_point"] = toy_study.choose(folder, paths), folder / "working_point.json"
    toy_study.combine(folder, paths["table"])
    paths["combined"] = folder / "combined.json"
    for name in ("nn", "ann"):
        paths[name] = folder / f"training_{name}.json"
        files.save_json(synthetic_results.training(name), paths[name])
    return paths


def draw(script, folder, names, given, wildcards=None, **params):
    """Run a script; return the numbers of its figures."""
    output = {name: [folder / f"{name}.{suffix}" for suffix in ("pdf", "png", "svg", "json")] for name in names}
    script.main(
        SimpleNamespace(
            input=SimpleNamespace(style=STYLE, **given),
            output=SimpleNamespace(**output),
            wildcards=SimpleNamespace(bkg="ttyy", **(wildcards or {})),
            params=SimpleNamespace(**({"study": STUDY} | params)),
        )
    )
    assert all(path.stat().st_size for paths in output.values() for path in paths)
    contents = {name: files.load_json(paths[-1]) for name, paths in output.items()}
    assert all(content["background"] == "ttyy" for content in contents.values())
    return {name: content["panels"] for name, content in contents.items()}


def test_plot_samples_draws_what_was_measured(given, tmp_path):
    names = ("mass", "features", "correlations", "importance")
    quantities = {"photon1_pt": {"expression": "photon[0].pt", "unit": "GeV", "latex": r"p_T^{\gamma_1}"}}
    paths = {key: given[key] for key in ("features", "importance")}
    drawn = draw(plot_samples, tmp_path, names, paths, quantities=quantities)
    assert drawn["mass"][1]["x"] == "$m$ [GeV]"
    labels = [panel["x"] for panel in drawn["features"]]
    assert r"$p_T^{\gamma_1}$ [GeV]" in labels and "photon2_pt" in labels


def test_plot_samples_ranks_an_array_by_its_name(given, tmp_path):
    names, path = ("mass", "features", "correlations", "importance"), tmp_path / "importance.json"
    files.save_json({"importance": [{"feature": "image", "drop_auc": 0.3, "error": 0.01}]}, path)
    paths = {"features": given["features"], "importance": path}
    (panel,) = draw(plot_samples, tmp_path, names, paths, quantities={})["importance"]
    assert [artist["x"] for artist in panel["drawn"] if "points" in artist] == [[0.3]]


def test_plot_training_draws_the_history(tmp_path, given):
    paths = {"histories": [given["ann"]], "plain": [given["nn"]]}
    study = {"study": {**STUDY, "methods": synthetic_results.METHODS}}
    drawn = draw(plot_training, tmp_path, ["training"], paths, {"method": "ann"}, **study)
    assert len(drawn["training"]) == 3


def test_plot_training_draws_the_losses_of_trees(tmp_path, given):
    models = [
        {"strength": strength, "tag": f"{strength:g}", "fold": fold, "channel": "all", "epochs": [1, 2, 3]}
        | {"classifier_train": [0.6, 0.5, 0.4 - 0.1 * fold], "classifier_validation": [0.6, 0.55 + strength, 0.52]}
        for strength in (0, 0.3)
        for fold in (0, 1)
    ]
    files.save_json({"models": models}, tmp_path / "trees.json")
    methods = synthetic_results.METHODS | {"boosted": {"objective": "uboost", "strengths": [0, 0.3]}}
    paths = {"histories": [tmp_path / "trees.json"], "plain": [given["nn"]]}
    study = {"study": {**STUDY, "methods": methods}}
    (panel,) = draw(plot_training, tmp_path, ["training"], paths, {"method": "boosted"}, **study)["training"]
    lines = [artist["y"] for artist in panel["drawn"] if len(artist.get("y", [])) == 3]
    assert panel["x"] == "Trees" and len(lines) == 4
    assert lines[1] == pytest.approx([0.6, 0.5, 0.35]) and lines[2] == pytest.approx([0.6, 0.85, 0.52])


def test_plot_metrics_draws_what_was_measured(given, tmp_path):
    names = ("roc", "tradeoff", "jsd", "efficiency_profile", "score_profile", "sculpting", "scores")
    names += ("distributions", "divergence", "efficiency_all")
    drawn = draw(plot_metrics, tmp_path, names, {key: given[key] for key in ("metrics", "comparison", "working_point")})
    assert all(panel["drawn"] for panels in drawn.values() for panel in panels)
    assert len(drawn["efficiency_all"]) == len(toy_study.POINTS)


def test_the_ranges_are_drawn_for_each_cut_on_the_mass(given, tmp_path):
    paths, of = {key: given[key] for key in ("metrics", "comparison")}, {"ranges": "jet"}
    quantities = {"jet1_pt": {"unit": "GeV", "latex": "p_T"}}
    drawn = draw(plot_robustness, tmp_path, ["robustness"], paths, of, quantities=quantities)["robustness"]
    assert [panel["x"] for panel in drawn] == ["", "", "$p_T$ [GeV]", "$p_T$ [GeV]"]
    drawn = draw(plot_planes, tmp_path, ["planes"], paths, of, quantities=quantities)["planes"]
    assert len(drawn) == 6 and all(panel["drawn"] for panel in drawn)


def test_the_significance_is_drawn_against_threshold_and_signal_efficiency(given, tmp_path):
    paths, settings = {"threshold": given["threshold"]}, {"signal_events": 100, "background_events": 1000}
    settings |= toy_study.CONFIG["threshold"]
    quantities = {"jet1_pt": {"unit": "GeV", "latex": "p_T"}}
    both = draw(plot_threshold, tmp_path, ["threshold", "nuisance"], paths, threshold=settings, quantities=quantities)
    drawn = both["threshold"]
    points = files.load_json(given["threshold"])["points"]
    for panel, kind in zip(drawn, ("threshold", "signal_efficiency"), strict=True):
        lines = [artist["y"] for artist in panel["drawn"] if "line" in artist]
        assert lines == [point["curves"][kind]["ams"] for point in points]
    shapes = files.load_json(given["threshold"])["shapes"]
    assert len([panel for panel in both["nuisance"] if panel["x"]]) == len(shapes) > len(points)


def test_plot_fits_draws_three_fits(given, tmp_path):
    paths = {key: given[key] for key in ("initial", "fits", "working_point")}
    names = ("fit_initial", "fit_nn", "fit_chosen")
    drawn = draw(plot_fits, tmp_path, names, paths)
    expected = files.load_json(given["initial"])["model"]["expected"]
    assert next(a for a in drawn["fit_initial"][0]["drawn"] if "histogram" in a)["values"] == expected


def test_plot_fits_draws_the_hunt_for_injected_signal(given, tmp_path):
    """A row for each point, with what was found of each strength; a point without a fit has none."""
    contents, paths = [files.load_json(path) for path in given["fits"]], []
    for i, content in enumerate(contents):
        content["injection"] = synthetic_results.injection(i) if i else None
        paths.append(tmp_path / f"fit_{i}.json")
        files.save_json(content, paths[-1])
    names = ("fit_initial", "fit_nn", "fit_chosen", "injection")
    sources = {"fits": paths} | {key: given[key] for key in ("initial", "working_point")}
    found, limits = draw(plot_fits, tmp_path, names, sources)["injection"]
    rows = [row for content in contents if content["injection"] for row in content["injection"]["injected"]]
    drawn = {a["x"][0] for a in found["drawn"] if "x" in a and len(a["x"]) == 1}
    assert {row["fitted"]["value"] for row in rows} <= drawn and limits["drawn"]


def test_plot_categories_draws_every_category(given, tmp_path):
    paths = {key: given[key] for key in ("table", "combined")}
    drawn = draw(plot_categories, tmp_path, ("categories", "significance", "scan"), paths)
    assert len(drawn["categories"]) == 2 * len(files.load_json(given["table"])["categories"])


QUANTITIES = {"jet1_pt": {"expression": "jet[0].pt", "unit": "GeV", "latex": "p_T"}}


@pytest.fixture
def table(tmp_path, toy_events):
    """Few events in a file, for the scripts of single methods."""
    table = toy_events(1500)
    events.save(table, tmp_path / "events.parquet")
    return table


def measure(script, folder, given, output, name, **params):
    script.main(
        SimpleNamespace(
            input=SimpleNamespace(events=folder / "events.parquet", **given),
            output=SimpleNamespace(**output),
            wildcards=SimpleNamespace(bkg="ttyy", method=name),
            params=SimpleNamespace(mass=toy_study.CONFIG["mass"], **params),
        )
    )


def test_plot_weighting_draws_what_the_training_sees(table, tmp_path):
    flat = {"background": {"column": "jet1_pt", "bins": 10}, "signal": {"column": "channel", "bins": 2}}
    path = tmp_path / "weighting.json"
    measure(measure_weighting, tmp_path, {}, {"weighting": path}, "nn", weights={"flat_in": flat})
    content = files.load_json(path)
    assert content["method"] == "nn" and [s["column"] for s in content["spectra"]] == ["mass", "jet1_pt", "channel"]
    drawn = draw(plot_weighting, tmp_path, ["weighting"], {"weighting": path}, {"method": "nn"}, quantities=QUANTITIES)
    assert [panel["x"] for panel in drawn["weighting"][3:]] == ["$m$ [GeV]", "$p_T$ [GeV]", "Channel"]


def test_plot_maps_draws_what_the_transform_did(table, tmp_path):
    score = 1 / (1 + np.exp(-0.05 * (table.features[:, 5] - 90)))
    scores.save({"0": score}, tmp_path / "nn.parquet", {})
    method = {"transform": "ddt", "of": "nn", "protected": ["jet1_pt"]}
    output = {"scores": tmp_path / "nn_ddt.parquet", "effects": tmp_path / "nn_ddt.json"}
    given = {"scores": tmp_path / "nn.parquet"}
    options = {"method": method, "signal_efficiency": 0.5, "folds": 3, "tags": ["0"]}
    measure(transform_scores, tmp_path, given, output, "nn_ddt", **options)
    study = {"study": STUDY | {"methods": STUDY["methods"] | {"nn_ddt": method | {"strengths": [0]}}}}
    paths = {"effects": output["effects"]}
    drawn = draw(plot_maps, tmp_path, ["map"], paths, {"method": "nn_ddt"}, quantities=QUANTITIES, **study)
    assert [panel["x"] for panel in drawn["map"]] == ["$p_T$ [GeV]"] * 2
    efficiency = files.load_json(output["effects"])["maps"][0]["efficiency"]
    shown = [a["y"] for a in drawn["map"][1]["drawn"] if "points" in a]
    assert shown == [efficiency[part]["value"] for part in ("before", "after")]
