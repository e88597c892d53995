"""A study of toy ntuples run by the scripts themselves, from files to categories, small enough for a test."""

from types import SimpleNamespace

import merge_events
import numpy as np
import score_events
import score_feature
import select_events
import train_models
import transform_scores
import yaml
from conftest import make_toy_branches
from workflow import own_files

from unsculpt import config, definitions, events, files, formats
from unsculpt.naming import method_kind

CONFIG = {
    "study": "toy",
    "luminosity_fb": 10,
    "mass": {"min_gev": 40, "max_gev": 240, "window_gev": [100, 140], "bin_width_gev": 5},
    "samples": {
        "sig": {"role": "signal", "files": ["sig.root"]},
        "bkg": {"role": "background", "files": ["bkg.root"]},
        "data": {"role": "data", "files": ["data.root"]},
    },
    "objects": {
        "photon": {
            "require": "pt > 25 and abs(eta) < 2.37",
            "define": {"isolated": "etcone20 < 0.1 * pt and ptcone30 < 0.1 * pt"},
        },
        "jet": {"require": "pt > 25", "define": {"tagged": "mv2c10 > 0.3"}},
    },
    "candidate": "photon[0] + photon[1]",
    "cuts": {"trigger": "trigger", "two photons": "count(photon) >= 2"},
    "regions": {"ti": "all(photon[:2].tight and photon[:2].isolated)", "ntni": "not ti"},
    "channels": {
        "tagged": {"short": "Tag", "require": "count(jet.tagged) >= 1"},
        "rest": {"short": "Rest", "require": "count(photon) >= 0"},
    },
    "features": ["photon1_pt", "photon2_pt", "photons_deta", "jet1_pt", "n_jets"],
    "methods": {
        "nn": {"objective": "none", "strengths": [0]},
        "disco": {"objective": "disco", "strengths": [0.3, 10]},
        "each": {"objective": "none", "strengths": [0], "per_channel": True},
        "nn_cdf": {"transform": "cdf", "of": "nn"},
        "nn_ddt": {"transform": "ddt", "of": "nn", "protected": ["mass", "jet1_pt"]},
        "jet": {"feature": "jet1_pt"},
        "trees": {"objective": "flatness", "strengths": [0]},
    },
    "training": {"hidden_layers": [8], "epochs": 1, "batch_size": 256, "learning_rate": 0.01, "retries": 0},
}
SEEDS = {"sig": 1, "bkg": 2, "data": 3}


def branches(name, n):
    """Toy events; those of the samples have numbers of their own, and signal harder jets."""
    toys = make_toy_branches(n, SEEDS[name])
    toys["eventNumber"] = toys["eventNumber"] + np.int32(100_000 * SEEDS[name])
    return toys | ({"jet_pt": toys["jet_pt"] * np.float32(1.5)} if name == "sig" else {})


def write(folder, root, n=2500):
    """Run the toy study in a folder; gives its configuration and the paths that the rule `apply_models` is given."""
    for name in SEEDS:
        own_files.save(folder / f"{name}.root", "mini", branches(name, n))
    changed = {
        "samples": {name: s | {"files": [str(folder / f"{name}.root")]} for name, s in CONFIG["samples"].items()}
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(CONFIG | changed, sort_keys=False), encoding="utf-8")
    study = config.load(folder / "study.yaml", root)
    for name in SEEDS:
        _select(folder, study, name)
    table = {"events": folder / "bkg.parquet"}
    samples = {name: {"role": study["samples"][name]["role"]} for name in SEEDS}
    params = {
        "own": list(samples),
        "samples": samples,
        "luminosity_fb": 10,
        "mass": study["mass"],
        "match_signal": None,
    }
    _call(merge_events, {"events": [folder / f"{name}_events.parquet" for name in SEEDS]}, table, "bkg", **params)
    given = {"events": str(table["events"]), "models": {}, "scores": {}}
    for name, method in study["methods"].items():
        globals()[f"_{method_kind(method)}"](folder, study, name, method, table, given)
    return study, given


def definitions_and_format(study, learns=None, trees=None):
    """What select_events and apply_models are given of the study, or what learns of combinations; `trees` is a path."""
    about = study["formats"]["atlas_open"]
    fields = formats.fields(about)
    used, needs = definitions.used(study, fields) if learns is None else definitions.learning(study, learns)[:2]
    for combination in used.get("combinations", {}).values() if trees else ():
        combination["trees"] = str(trees)
    return {"definitions": used, "format": formats.reduced(about, needs)}


def _call(script, given, output, bkg="bkg", wildcards=(), **params):
    names = {"bkg": bkg, **dict(wildcards)}
    spaces = [SimpleNamespace(**found) for found in (given, output, names, params | {"code": "-"})]
    script.main(
        SimpleNamespace(**dict(zip(("input", "output", "wildcards", "params"), spaces, strict=True)), threads=1)
    )


def _select(folder, study, name):
    sample = study["samples"][name]
    params = {key: study[key] for key in ("mass", "features", "feature_padding", "folds", "blind")}
    params |= {
        "paths": sample["files"],
        "role": sample["role"],
        "region": sample["region"],
        "step_size": "50 MB",
        "bad_events": "refuse",
    }
    params |= {"simulated": sample["role"] != "data", **definitions_and_format(study)}
    output = {"events": folder / f"{name}_events.parquet"}
    _call(select_events, {}, output, wildcards={"sample": name}, **params)


def _network(folder, study, name, method, table, given):
    channels = list(study["channels"]) if method.get("per_channel") else ["all"]
    params = {key: study[key] for key in ("training", "mass", "folds", "seed")} | {"method": method, "network": {}}
    given["models"][name] = []
    for part in range(len(channels)):
        output = {"models": folder / f"{name}_{part}.pt", "history": folder / f"{name}_{part}.json"}
        _call(train_models, table, output, wildcards={"method": name, "part": str(part)}, channels=channels, **params)
        given["models"][name].append(str(output["models"]))
    given["scores"][name] = str(folder / f"{name}.parquet")
    scored = {"scores": given["scores"][name]}
    _call(score_events, table | {"models": given["models"][name]}, scored, wildcards={"method": name})


def _transform(folder, study, name, method, table, given):
    given["scores"][name] = str(folder / f"{name}.parquet")
    params = {"method": method, "mass": study["mass"], "folds": study["folds"], "signal_efficiency": 0.5, "tags": ["0"]}
    source = {"scores": given["scores"][method["of"]]}
    output = {"scores": given["scores"][name], "effects": folder / f"{name}.json"}
    _call(transform_scores, table | source, output, wildcards={"method": name}, **params)


def _feature(folder, study, name, method, table, given):
    given["scores"][name] = str(folder / f"{name}.parquet")
    _call(score_feature, table, {"scores": given["scores"][name]}, wildcards={"method": name}, method=method)


def _trees(*_):
    """Not trained: what is asked of them is a sentence."""


def add_working_point(folder, given, method="nn_cdf", tag="0"):
    """The files of the working point and of its categories, at thirds of the scores."""
    files.save_json({"working_point": {"method": method, "tag": tag}}, folder / "working_point.json")
    rows = [
        {"name": f"{short} {number}", "channel": channel, "score_low": low, "score_high": high}
        for channel, short in (("tagged", "Tag"), ("rest", "Rest"))
        for number, low, high in ((1, 0.7, 1.0), (2, 0.4, 0.7))
    ]
    files.save_json({"categories": rows}, folder / "categories.json")
    return given | {key: str(folder / f"{key}.json") for key in ("working_point", "categories")}


def rows_of(study_events, name):
    """The rows of a sample in the event table of the study."""
    table = events.load(study_events, columns=())
    return table, np.flatnonzero(table.sample == name)
