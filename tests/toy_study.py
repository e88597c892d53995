"""A study of toy events on disk: the files of every stage before the categories, made by the scripts themselves."""

from types import SimpleNamespace

import choose_categories
import compare_methods
import fit_categories
import fit_initial
import fit_sidebands
import measure_features
import measure_methods
import measure_threshold
import numpy as np
import yaml

from unsculpt import events, files, logs, scores

CONFIG = {
    "study": "toy",
    "title": "Toy photons",
    "seed": 1,
    "luminosity_fb": 140,
    "blind": True,
    "stages": ["fits", "categories"],
    "mass": {"latex": "m", "min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1},
    "samples": {"tth": {"role": "signal"}, "ttyy": {"role": "background"}, "data": {"role": "data"}},
    "channels": {"hadronic": {"short": "Had"}, "leptonic": {"short": "Lep"}},
    "methods": {
        "nn": {"objective": "none", "strengths": [0]},
        "ann": {"objective": "adversarial", "strengths": [1, 30]},
    },
    "metrics": {"signal_efficiency": 0.5, "jsd_base": 2, "jsd_reference": "inclusive", "bootstrap_replicas": 20},
    "quantities": {},
    "ranges": {"jet": {"column": "jet1_pt", "edges": [0, 60, 100, 400], "mass_cut_gev": [110, 140]}},
    "variations": {},
    "published": None,
    "hunt": None,
    "probes": {},
    "learning_curves": None,
    "threshold": {"nuisance": "channel", "nominal": "hadronic", "thresholds": 21, "min_events": 20},
    "fit": {"max_order": 2, "order_p_value": 0.05, "min_sideband_events": 10, "borrow_slope_below": 0},
    "working_point": {
        **{"bias_tolerance": 2, "deviation_tolerance": 0.2, "fit_p_value_min": 0.01},  # what so few events decide
        "spurious_signal": "relaxed",
    },
    "statistics": {
        "systematics": ["luminosity", "spurious_signal", "signal_template"],
        "luminosity_uncertainty": 0.017,
        "toys": 300,
        "toys_below": 5,
        "scan_points": 11,
    },
    "categories": {
        "max_per_channel": 3,
        "score_bins": 20,
        "min_sideband_events": 10,
        "min_window_background": 0.8,
        "significance_tolerance": 0.01,
    },
}
SPURIOUS = {"of_expected": 0.1, "of_error": 0.2}
POINTS = [("nn", "0"), ("ann", "1"), ("ann", "30")]
_PEAK = {"0": 1.5, "1": 0.7, "30": 0.0}  # how much each score looks at the mass
_SAMPLE = {
    "events_read": 9000,
    "events_selected": 4000,
    "sum_weights": 9000.0,
    "scale": 0.01,
    "cross_section_pb": 0.5,
    "generator": "toy",
    "cutflow": [["all", 9000, 9000.0], ["selected", 4000, 4000.0]],
}


def call(script, given, output, wildcards, *keys, **params):
    """Run a script with sub-trees of the configuration as params."""
    trees = {key: CONFIG[key] for key in keys}
    with logs.listening():
        script.main(
            SimpleNamespace(
                input=SimpleNamespace(**given),
                output=SimpleNamespace(**output),
                wildcards=SimpleNamespace(**wildcards),
                params=SimpleNamespace(**trees, **params, code="-"),
            )
        )


def _about(sample):
    """What `merging.merge` tells of a sample; only a background has a share."""
    share = {"value": 1.0, "error": 0.0} if sample["role"] == "background" else None
    return {**_SAMPLE, **sample, "share": share}


def write(folder, table, background="ttyy"):
    """Write the study of one background hypothesis; return the paths by kind."""
    folder.mkdir(parents=True, exist_ok=True)
    table.metadata["samples"] = {name: _about(sample) for name, sample in CONFIG["samples"].items()}
    table.metadata["background"] = background
    table.metadata["provenance"] = {"warnings": ["samples.data: 46 events have the numbers of another"]}
    paths = {"events": folder / "events.parquet", "config": folder / "config.yaml", "scores": [], "metrics": []}
    events.save(table, paths["events"])
    paths["config"].write_text(yaml.safe_dump(CONFIG, sort_keys=False), encoding="utf-8")
    _write_scores(folder, table, paths, background)
    _write_threshold(folder, paths, background)
    _write_fits(folder, paths, background)
    _write_training(folder, table, paths, background)
    paths["comparison"] = folder / "comparison.json"
    given = {key: paths[key] for key in ("metrics", "fits")}
    output, wildcards = {"comparison": paths["comparison"]}, {"bkg": background}
    call(compare_methods, given, output, wildcards, "methods", "working_point", spurious_signal=SPURIOUS)
    return paths


def _write_scores(folder, table, paths, background):
    """Scores and metrics of both methods."""
    jet, n_jets, n_bjets = table.features[:, 5:8].astype(float).T
    known = 0.01 * (jet - 90) + 0.3 * (n_jets - 4.7) + 0.6 * (n_bjets - 1.4)
    bump = np.exp(-0.5 * ((table.mass - 125) / 6) ** 2)
    for method, settings in CONFIG["methods"].items():
        tags = [tag for name, tag in POINTS if name == method]
        columns = {tag: 1 / (1 + np.exp(-(known + _PEAK[tag] * bump))) for tag in tags}
        paths["scores"].append(folder / f"scores_{method}.parquet")
        paths["metrics"].append(folder / f"metrics_{method}.json")
        scores.save(columns, paths["scores"][-1], {"background": background, "method": method})
        given = {"events": paths["events"], "scores": paths["scores"][-1]}
        wildcards = {"bkg": background, "method": method}
        params = {"strengths": settings["strengths"], "trained": True}
        keys = "mass", "metrics", "ranges", "seed"
        call(measure_methods, given, {"metrics": paths["metrics"][-1]}, wildcards, *keys, **params)


def _write_threshold(folder, paths, background):
    """The significance of all points against the threshold."""
    paths["threshold"] = folder / "threshold.json"
    strengths = {method: settings["strengths"] for method, settings in CONFIG["methods"].items()}
    given, output = {key: paths[key] for key in ("events", "scores")}, {"threshold": paths["threshold"]}
    params = {"strengths": strengths, "replicas": CONFIG["metrics"]["bootstrap_replicas"]}
    call(measure_threshold, given, output, {"bkg": background}, "threshold", "seed", **params)


def _write_fits(folder, paths, background):
    """The fit before any cut and those after it."""
    names = dict(zip(CONFIG["methods"], zip(paths["scores"], paths["metrics"], strict=True), strict=True))
    paths["initial"], paths["fits"] = folder / "initial.json", []
    output = {"fit": paths["initial"], "workspace": folder / "initial_workspace.json", "readme": folder / "README.txt"}
    call(fit_initial, {"events": paths["events"]}, output, {"bkg": background}, "mass", "fit")
    for method, tag in POINTS:
        given = {"events": paths["events"], "scores": names[method][0], "metrics": names[method][1]}
        paths["fits"].append(folder / f"fit_{method}_{tag}.json")
        output = {"fit": paths["fits"][-1], "workspace": folder / f"fit_{method}_{tag}_workspace.json"}
        call(fit_sidebands, given, output, {"bkg": background, "method": method, "tag": tag}, "mass", "fit")


def _write_training(folder, table, paths, background):
    """Histories and importance as the training writes them, and the description of the features."""
    paths["features"], paths["importance"] = folder / "features.json", folder / "importance.json"
    call(measure_features, {"events": paths["events"]}, {"features": paths["features"]}, {"bkg": background}, "mass")
    ranking = [{"feature": name, "drop_auc": 0.01, "error": 0.001} for name in table.feature_names]
    content = {"background": background, "method": "nn", "strength": "0", "importance": ranking}
    files.save_json(content, paths["importance"])
    paths["histories"] = []
    for method, sentences in (("nn", []), ("ann", ["the adversary is dead"])):
        paths["histories"].append(folder / f"history_{method}.json")
        content = {"background": background, "method": method, "part": 0}
        content |= {"models": [{"strength": 1, "fold": 0, "warnings": sentences}]}
        files.save_json(content | {"provenance": {"warnings": sentences}}, paths["histories"][-1])


def choose(folder, paths, background="ttyy"):
    """Choose the categories of a study that `write` wrote; return the path of the table, beside the working point's."""
    output = {"table": folder / "categories.json", "working_point": folder / "working_point.json"}
    trees = ("mass", "methods", "metrics", "fit", "working_point", "categories", "blind", "seed")
    given = {key: paths[key] for key in ("events", "scores", "metrics", "fits")}
    call(choose_categories, given, output, {"bkg": background}, *trees, "channels")
    return output["table"]


def combine(folder, table, background="ttyy"):
    """Fit the categories of a table together; return what the fit found and its workspace."""
    output = {"combined": folder / "combined.json", "workspace": folder / "workspace.json"}
    readme = {"readme": folder / "README_categories.txt"}
    call(fit_categories, {"table": table}, output | readme, {"bkg": background}, "mass", "statistics", "blind", "seed")
    return [files.load_json(path) for path in output.values()]
