"""The scripts of the figures, on the files that the other scripts make."""

from pathlib import Path
from types import SimpleNamespace

import plot_categories
import plot_fits
import plot_metrics
import plot_samples
import plot_training
import pytest
import synthetic_results
import toy_study

from unsculpt import files

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


def test_plot_training_draws_the_history(tmp_path, given):
    paths = {"histories": [given["ann"]], "plain": [given["nn"]]}
    study = {"study": {**STUDY, "methods": synthetic_results.METHODS}}
    drawn = draw(plot_training, tmp_path, ["training"], paths, {"method": "ann"}, **study)
    assert len(drawn["training"]) == 3


def test_plot_metrics_draws_what_was_measured(given, tmp_path):
    names = ("roc", "tradeoff", "jsd", "efficiency_profile", "score_profile", "sculpting", "scores")
    names += ("distributions", "divergence")
    drawn = draw(plot_metrics, tmp_path, names, {key: given[key] for key in ("metrics", "comparison", "working_point")})
    assert all(panel["drawn"] for panels in drawn.values() for panel in panels)


def test_plot_fits_draws_three_fits(given, tmp_path):
    paths = {key: given[key] for key in ("initial", "fits", "working_point")}
    names = ("fit_initial", "fit_nn", "fit_chosen")
    drawn = draw(plot_fits, tmp_path, names, paths)
    expected = files.load_json(given["initial"])["model"]["expected"]
    assert next(a for a in drawn["fit_initial"][0]["drawn"] if "histogram" in a)["values"] == expected


def test_plot_categories_draws_every_category(given, tmp_path):
    paths = {key: given[key] for key in ("table", "combined")}
    drawn = draw(plot_categories, tmp_path, ("categories", "significance", "scan"), paths)
    assert len(drawn["categories"]) == 2 * len(files.load_json(given["table"])["categories"])
