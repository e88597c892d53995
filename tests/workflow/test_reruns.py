"""For every key of the schema the rules that a change of it may reach: no key reruns what it cannot alter."""

import copy
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

from workflow.running import ENVIRONMENT, ROOT

from unsculpt import config, methods, schema

FIGURES = """plot_samples plot_training plot_weighting plot_posterior plot_metrics plot_maps plot_fits plot_categories
plot_tuning plot_robustness plot_planes plot_independence plot_exact plot_threshold plot_variations plot_images
plot_hunt plot_probes plot_learning"""
LABELLED = "plot_samples plot_weighting plot_maps plot_robustness plot_planes plot_threshold"  # with quantities
SHOWN = f"{FIGURES} write_background_tables write_report write_hepdata"
TUNE = "tune_trials choose_settings"
REACHES = {  # rules: keys; a rule gets what a key alters, and everything after it follows
    # but for write_config, which gets all, and what reads its file
    "": """title data_files samples.<name>.description arrays.<name>.meaning published.{source,sample}
    published.taggers.<name>.{auc,accuracy,rejection,rejection_error,parameters}""",
    f"{FIGURES} plot_combinations": "figure_label",
    FIGURES: "mass.latex samples.<name>.latex",
    f"{FIGURES} write_hepdata": "mass.unit",
    SHOWN: "methods.<name>.label",
    f"""simulate_ntuples draw_pseudodata train_models train_trees measure_methods rank_features choose_categories
    fit_categories measure_independence measure_exact measure_threshold train_combinations write_report {TUNE}
    measure_variations measure_hunt measure_learning""": "seed",
    f"draw_pseudodata merge_events {FIGURES} measure_variations merge_variations": "luminosity_fb backgrounds.<name>",
    f"draw_pseudodata select_events choose_categories fit_categories {FIGURES}": "blind",
    f"""draw_pseudodata select_events merge_events train_models train_trees transform_scores measure_features
    measure_weighting measure_posterior measure_methods rank_features fit_initial fit_sidebands
    choose_categories fit_categories write_report {FIGURES} {TUNE} measure_exact train_combinations
    measure_variations select_variations measure_images measure_hunt
    measure_probes measure_learning""": "mass.{expression,min_gev,max_gev,window_gev,bin_width_gev}",
    "simulate_ntuples": "samples.<name>.simulate.events_per_chunk",
    "simulate_ntuples draw_pseudodata": """samples.<name>.simulate.{process,pile_up} simulation.{batch_size,
    photon_energy_sampling,photon_energy_constant,particle_flow,multiparton_interactions}""",
    "draw_pseudodata": "samples.<name>.pseudodata.{signal,background,signal_strength}",
    "draw_pseudodata select_events select_variations measure_images": "samples.<name>.region",
    "draw_pseudodata train_combinations select_events select_variations measure_images": """candidate
    objects.<name>.{from,require,define.<name>,away_from.<name>} regions.<name> cuts.<name>
    formats.<name>.collections.<name>.{prefix,fields.<name>,otherwise.<name>,numbered,exists,count,
    energies} formats.<name>.branches.<name> formats.<name>.friends.<name>.{tree,file,by}
    formats.<name>.event.{fields.<name>,otherwise.<name>,energies} formats.<name>.{tree,unit}
    formats.<name>.weights.{generator,factors,sum,cross_section_pb}""",
    """draw_pseudodata train_combinations select_events choose_categories select_variations
    measure_images""": "channels.<name>.require",
    "train_combinations select_events select_variations measure_images": """combinations.<name>.{members.<name>.from,
    members.<name>.count,most,inputs.<name>} granularity.step_size bad_events""",
    "train_combinations": """combinations.<name>.{learn_from,truth,reference.fields,reference.prefer}
    combinations.<name>.training.{trees,leaves,learning_rate,min_leaf}""",
    "select_events select_variations measure_images": """arrays.<name>.{values,shape}
    arrays.<name>.image.{of,half_width,until}
    substructure.<name>.{of,radius} format samples.<name>.{files,format}
    combinations.<name>.{define.<name>,number,sum}""",
    "select_events select_variations merge_variations measure_variations measure_images": "samples.<name>.measured",
    "select_events merge_events merge_variations select_variations measure_probes": "granularity.files_per_job",
    "select_events export_models select_variations": "feature_padding",
    "select_events export_models select_variations measure_images": "quantities.<name>.expression",
    LABELLED: "quantities.<name>.latex",
    f"{LABELLED} export_models": "quantities.<name>.unit",
    "export_models": "quantities.<name>.meaning",
    f"select_events export_models {LABELLED} select_variations measure_images": "features",
    "simulate_ntuples train_combinations merge_events merge_variations measure_probes": "granularity.events_per_job",
    "train_combinations merge_events merge_variations measure_probes": "samples.<name>.simulate.chunks",
    "merge_events": "samples.<name>.sum_weights match_signal.{column,bins}",
    "draw_pseudodata merge_events": """samples.<name>.{cross_section_pb,branching_ratio,normalisation.to,
    normalisation.sideband_events,normalisation.channel}""",
    """select_events train_models train_trees transform_scores score_events measure_posterior plot_training
    summarise export_models measure_exact measure_independence plot_exact select_variations measure_variations
    measure_images measure_probes measure_gradients measure_learning""": "folds",
    f"train_models measure_learning {TUNE}": """training.{hidden_layers,activation,batch_normalisation,dropout,epochs,
    batch_size,learning_rate,learning_rate_decay,protect,min_auc,retries,models_per_job,matmul,precision,device}
    training.adversary.{head,hidden_layers,activation,bins,components,learning_rate,conditions,ramp}
    training.early_stopping.{patience,share}""",
    f"""train_models measure_posterior plot_posterior write_report {TUNE}
    measure_independence measure_learning""": "training.protected",  # figures of the mass
    f"""train_models score_events measure_posterior plot_training summarise export_models {TUNE} measure_exact
    measure_independence plot_exact measure_variations measure_probes measure_gradients
    measure_learning""": "training.seeds",
    f"train_models train_trees measure_learning {TUNE}": "training.inputs",
    f"""train_models train_trees measure_weighting measure_posterior measure_learning
    {TUNE}""": """training.flat_in.background.{column,bins}
    training.flat_in.signal.{column,bins}""",
    "train_models measure_learning": """architectures.convolution.{channels,hidden_layers}
    architectures.constituents.{kind,inner_layers,combinations,channels,fourth,hidden_layers}
    architectures.autoencoder.{kind,scale,bottleneck,channels,hidden_layers}""",
    "train_trees measure_learning": """trees.{estimators,max_depth,learning_rate,min_leaf_fraction,
    background_efficiency,max_events}""",
    f"""train_models train_trees score_events measure_posterior compare_methods {SHOWN} summarise export
    export_models measure_exact measure_independence measure_variations measure_probes
    measure_gradients measure_learning""": "methods.<name>.objective",
    f"""train_models train_trees transform_scores score_feature measure_methods measure_posterior rank_features
    fit_sidebands compare_methods choose_categories {SHOWN} summarise export measure_independence
    measure_threshold measure_variations measure_probes measure_hunt measure_learning""": "methods.<name>.strengths",
    f"train_models compare_methods measure_learning {SHOWN}": "methods.<name>.{order,conditions}",
    f"train_models measure_weighting compare_methods measure_learning {SHOWN}": """
    methods.<name>.flat_in.background.{column,bins} methods.<name>.flat_in.signal.{column,bins}
    methods.<name>.train_on.<name>""",
    f"""train_models measure_weighting compare_methods measure_hunt measure_variations
    measure_probes {SHOWN}""": "methods.<name>.contamination",
    f"""train_models measure_weighting measure_posterior rank_features compare_methods measure_learning {SHOWN}
    """: "methods.<name>.{planing,train_in}",
    f"""train_models score_events measure_weighting measure_posterior rank_features compare_methods {SHOWN}
    summarise export export_models measure_exact measure_independence measure_variations measure_probes
    measure_gradients measure_learning""": "methods.<name>.per_channel",
    f"""train_models score_events export_models compare_methods {SHOWN} summarise measure_exact measure_independence
    measure_variations measure_probes measure_gradients measure_learning
    all""": """methods.<name>.{architecture,task,inputs,epochs}
    methods.<name>.network.{kind,channels,inner_layers,combinations,scale,bottleneck,hidden_layers}""",
    f"""transform_scores measure_exact compare_methods measure_variations {SHOWN}
    measure_probes""": "methods.<name>.{transform,of}",
    f"""train_models transform_scores measure_exact compare_methods measure_variations measure_learning
    {SHOWN} measure_probes""": "methods.<name>.protect",
    f"""train_models transform_scores measure_exact compare_methods measure_variations measure_independence {SHOWN}
    summarise measure_probes measure_learning""": "methods.<name>.protected",
    f"score_feature compare_methods measure_variations {SHOWN} measure_probes": "methods.<name>.{feature,sign}",
    f"""transform_scores measure_methods measure_variations choose_categories {TUNE}
    measure_probes measure_learning""": "metrics.signal_efficiency",
    f"""measure_methods measure_variations choose_categories measure_learning
    {TUNE}""": "metrics.{jsd_base,jsd_reference,rejection_efficiencies}",
    f"""measure_methods measure_independence measure_threshold measure_variations choose_categories measure_learning
    {TUNE}""": "metrics.bootstrap_replicas",
    "plot_probes": "probes.<name>.label probes.<name>.samples.<name>",
    "measure_probes plot_probes summarise": "probes.<name>.methods",
    "measure_learning": "learning_curves.{events,seeds}",
    "measure_learning plot_learning summarise": "learning_curves.methods",
    "measure_hunt": "hunt.{efficiency,range_gev,widths_gev,toys}",
    "measure_independence": "independence.<name>.{column,slices,events,score_bins,variable_bins}",
    "measure_exact": "exact.{events,check_events,values}",
    "measure_methods": "ranges.<name>.{column,edges,mass_cut_gev}",
    "measure_threshold plot_threshold": """threshold.{nuisance,nominal,signal_events,background_events,thresholds,
    min_events}""",
    "select_variations measure_variations plot_variations": "variations.<name>.{collection,scale}",
    "fit_initial fit_sidebands choose_categories": """fit.{min_sideband_events,borrow_slope_below,toys}
    fit.interval.{method,functions,penalty}""",
    "fit_initial fit_sidebands choose_categories measure_hunt": "fit.{max_order,order_p_value,functions}",
    "fit_initial fit_sidebands choose_categories write_report": "fit.injection",
    "fit_initial fit_sidebands compare_methods choose_categories": """fit.spurious_signal.{masses_gev,of_expected,
    of_error,min_p_value,functions}""",
    f"compare_methods choose_categories {TUNE}": """working_point.{bias_tolerance,deviation_tolerance,fit_p_value_min,
    spurious_signal}""",
    "rank_features": "rank",
    "choose_categories": """channels.<name>.short categories.{max_per_channel,score_bins,min_sideband_events,
    min_window_background,significance_tolerance,divide_by,divide_into}""",
    "fit_categories": "statistics.{systematics,luminosity_uncertainty,toys,toys_below,scan_points}",
    TUNE: """tuning.{trials,workers,trials_per_stack,folds,untouched_fold,epochs,pruner,classifier.parameters}
    tuning.combined.{objective,strength,criterion,jsd_weight,parameters}
    tuning.space.{learning_rate,schedule,learning_rate_decay,hidden_layers,units,dropout,activation,
    adversary_rate_ratio,adversary_hidden_layers,adversary_units,adversary_head,adversary_components}""",
    f"tune {TUNE}": "tuning.background",
    "apply apply_models": "apply.{files,sample,methods,finished}",  # without files it has no jobs
    f"tune plot_tuning {TUNE}": "tuning.searches",
}
EVERYTHING = {
    "study",
    "base",
    "formats.<name>.base",
    "stages",
    "samples.<name>.role",
}  # another of these is another study
LAST = {*SHOWN.split(), "plot_combinations", "export_models", "write_config", "summarise", "write_tables"}
LAST |= {"draw_workflow"}
GRAMMAR = schema.load(ROOT)


def keys(grammar, prefix=""):
    """Every key that holds a value, with the schema of that; `<name>` stands for a name that the user chooses."""
    named = dict(grammar.get("properties", {}))
    if isinstance(grammar.get("additionalProperties"), dict):
        named["<name>"] = grammar["additionalProperties"]
    for name, rules in named.items():
        if "properties" in rules or isinstance(rules.get("additionalProperties"), dict):
            yield from keys(rules, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", rules


KEYS = dict(keys(GRAMMAR))
EXPRESSIONS = [
    *("mass.expression", "objects.<name>.define.<name>", "regions.<name>", "cuts.<name>", "channels.<name>.require"),
    *(f"formats.<name>.{part}.<name>" for part in ("event.fields", "event.otherwise")),
    *(f"formats.<name>.collections.<name>.{part}.<name>" for part in ("fields", "otherwise")),
    "quantities.<name>.expression",
    *(f"combinations.<name>.{part}" for part in ("inputs.<name>", "define.<name>", "truth")),
]
OTHER = {  # values where one more, or one fewer, would not be another study
    "backgrounds.<name>": lambda mixture: mixture[:1],
    "candidate": "photon[1] + photon[0]",
    "features": lambda names: names[:-1],
    "format": "others",
    "samples.<name>.format": "others",
    "formats.<name>.friends.<name>.file": "*_scores.root",
    "objects.<name>.from": "jet",
    "objects.<name>.require": lambda text: f"{text} and pt > 1",
    **dict.fromkeys(EXPRESSIONS, lambda text: f"({text}) * 1"),
    "samples.<name>.pseudodata.signal": "tth_2",
    "samples.<name>.pseudodata.background": "ttyy",
    "granularity.events_per_job": 20000,
    "methods.<name>.objective": "disco",
    "methods.<name>.of": "ann",
    "arrays.<name>.values": ["jet.eta"],
    "arrays.<name>.image.of": "thin",
    "substructure.<name>.of": "jet[:5]",
    "match_signal.column": "jet2_pt",
    "ranges.<name>.column": "jet2_pt",
    "methods.<name>.train_on.<name>": "hadronic",
    "threshold.nuisance": "region",
    "variations.<name>.collection": "jet",
    "ranges.<name>.edges": [0, 55, 100],
    "ranges.<name>.mass_cut_gev": [110, 150],
    "independence.<name>.column": "jet2_pt",
    "independence.<name>.slices": [[0, 1], [1, 2]],
    "fit.functions": ["exp1"],
    "tuning.background": "ntni",
    "apply.sample": "tth",
    "combinations.<name>.members.<name>.from": "photon",
    "combinations.<name>.learn_from": "tth_2",
    "combinations.<name>.sum": "photon[0] + b[0]",
    "categories.divide_by": "jet2_pt",
    "rank": "disco",
}


def study():
    """A study, resolved, in which every key has a value."""
    base = "config/studies/methods.yaml"
    features = [*config.inherited(ROOT / base, ROOT)["features"], "met"]  # an energy of the event
    full = {"study": "methods", "base": base, "features": features}
    config.resolve_in_place(full, ROOT)
    simulated = full["samples"]["tth"]
    full["samples"] |= {
        "tth_2": copy.deepcopy(simulated),
        "mine": {key: value for key, value in simulated.items() if key != "simulate"}
        | {"files": ["a.root"], "sum_weights": 1.0},
        "theirs": {key: value for key, value in simulated.items() if key != "simulate"}
        | {"files": ["b.root"], "format": "atlas_open"},
    }
    read = full["formats"]["atlas_open"]
    read |= {"branches": {"x": "a-b"}, "friends": {"scores": {"tree": "scores", "file": None, "by": ["run"]}}}
    read["weights"]["factors"] = ["scores.w"]
    full["formats"]["others"] = read | {"tree": "others"}
    full["objects"]["lepton"]["from"] = "lepton"
    full["methods"]["nn"] |= {"order": 0, "planing": False, "train_in": "all", "per_channel": False}
    full["methods"]["planing"]["train_on"] = {"channel": "leptonic"}  # the plain network stays one
    for name in ("nn_cdf", "disco"):
        full["methods"][name] |= {"protected": ["mass"], "protect": "background"}
    flat = {"column": "mass", "bins": 50}
    full["training"]["flat_in"] = {"background": flat, "signal": dict(flat)}
    full["methods"]["nn"] |= {"conditions": ["channel"], "flat_in": {"background": dict(flat), "signal": dict(flat)}}
    full["arrays"] = {"jets": {"values": ["jet.pt"], "shape": [6], "meaning": "jets"}}
    for name in ("convolution", "constituents", "autoencoder"):
        full["methods"][name] = {"objective": "none", "strengths": [0], "architecture": name, "inputs": ["jets"]}
    full["methods"]["autoencoder"] |= {"task": "reconstruction", "contamination": 0.1}
    full["arrays"]["picture"] = {"image": {"of": "fat", "half_width": 0.8, "until": "flip"}, "shape": [8, 8]}
    full["arrays"]["picture"]["meaning"] = "an image"
    full["substructure"] = {name: {"of": "jet", "radius": 0.8} for name in ("fat", "thin")}
    full["methods"]["convolution"]["inputs"] = ["picture"]
    of_all = {"hidden_layers": [64], "channels": [16], "kind": "sets", "inner_layers": [64], "combinations": 10}
    full["methods"]["constituents"] |= {"epochs": 10, "network": of_all | {"scale": "common", "bottleneck": 8}}
    full["threshold"] = {"nuisance": "channel", "nominal": "hadronic"} | dict.fromkeys(
        ("thresholds", "min_events"), 100
    )
    full["threshold"] |= {"signal_events": 100, "background_events": 1000}
    full["probes"] = {"x": {"label": "x", "samples": {"tops": 1}, "methods": list(full["methods"])}}
    full["hunt"] = {"efficiency": 0.02, "range_gev": [110, 150], "widths_gev": [5], "toys": 100}
    full["variations"] = {"scale": {"collection": "photon", "scale": 0.01}}
    full["ranges"] = {"pt": {"column": "jet1_pt", "edges": [0, 50, 100], "mass_cut_gev": [110, 140]}}
    z = {"column": "mass", "slices": [[110, 120], [130, 140]], "events": "all", "score_bins": 50, "variable_bins": 32}
    full["independence"] = {"z": z}
    full["exact"] = {"events": 2000, "check_events": 2000, "values": [-1, 1]}
    full["samples"]["tops"] = copy.deepcopy(simulated) | {"role": "background"}
    full["combinations"] = {
        "top": {"learn_from": "tops", "members": {"b": {"from": "jet", "count": 1}}, "most": 8, "number": 2}
        | {"inputs": {"x": "b[0].pt"}, "define": {"y": "b[0].eta"}, "sum": "b[0] + photon[0]", "truth": "b[0].pt > 60"}
        | {"reference": {"fields": ["x"], "prefer": None}}
        | {"training": {"trees": 10, "leaves": 4, "learning_rate": 0.1, "min_leaf": 20}}
    }
    full["quantities"]["top_score"] = {"expression": "top[0].score", "unit": "", "latex": "P", "meaning": ""}
    full["features"].insert(0, "top_score")
    full["categories"]["divide_by"] = "jet1_pt"
    numbers = {"auc": 0.9, "accuracy": 0.8, "rejection": 100, "rejection_error": 1, "parameters": 1000}
    full["published"] = {"source": "a paper", "sample": "a sample", "taggers": {"nn": numbers}}
    full["learning_curves"] = {"events": [100, 200], "seeds": 1, "methods": methods.learning(full)}
    full["match_signal"] = {"column": "jet1_pt", "bins": 20}
    full["training"]["early_stopping"] = {"patience": 10, "share": 0.2}
    return full


def change(tree, path, other):
    """Change the value of a key wherever the tree has it; return how often."""
    first, _, rest = path.partition(".")
    changed = 0
    for key in list(tree) if first == "<name>" else [first]:
        if not isinstance(tree, dict) or key not in tree:
            continue
        if rest:
            changed += change(tree[key], rest, other) if isinstance(tree[key], dict) else 0
        else:
            tree[key] = other(tree[key])
            changed += 1
    return changed


def other_value(key):
    """A function that turns a value of this key into another."""

    def other(value):
        if key in OTHER:
            return OTHER[key](value) if callable(OTHER[key]) else OTHER[key]
        if "enum" in KEYS[key]:
            return next(choice for choice in KEYS[key]["enum"] if choice != value)
        if isinstance(value, bool):
            return not value
        if isinstance(value, list):
            return [other(value[0]), *value[1:]] if value else ["x"]
        return 1 if value is None else value + ("x" if isinstance(value, str) else 1)

    return other


def touched(groups, folder):
    """For each group of keys, changed together, the rules that get something else; write_config gets all."""
    configurations = [study()]
    for group in groups:
        changed = copy.deepcopy(configurations[0])
        assert all(change(changed, key, other_value(key)) for key in group), group
        configurations.append(changed)
    options = {"env": ENVIRONMENT | {"PYTHONPATH": str(ROOT / "scripts")}, "cwd": folder, "capture_output": True}
    program = [sys.executable, Path(__file__).with_name("given.py")]
    done = subprocess.run(program, input=json.dumps(configurations), encoding="utf-8", **options)
    assert done.returncode == 0, done.stderr[-6000:]
    before, *after = json.loads(done.stdout)
    return [{rule for rule in before if before[rule] != given[rule]} - {"write_config"} for given in after]


def named(text):
    """The keys of an entry of the table: a.{b,c} stands for a.b and a.c."""
    text = re.sub(r",\s+", ",", text)
    pieces = (re.fullmatch(r"([^{]*)(?:\{(.*)\})?", word).groups() for word in text.split())
    return [start + end for start, ends in pieces for end in (ends or "").split(",")]


GROUPS = [named(text) for text in REACHES.values()]


def test_every_key_has_one_entry():
    entries = [*itertools.chain(*GROUPS), *EVERYTHING]
    assert sorted(entries) == sorted(KEYS)


def test_a_key_reaches_the_rules_of_its_entry_and_no_other(tmp_path):
    """The keys of an entry are changed together: none of them may reach another rule than these."""
    for group, rules, found in zip(GROUPS, REACHES, touched(GROUPS, tmp_path), strict=True):
        assert found == {*rules.split()}, group


def test_words_rerun_figures_and_what_comes_last():
    """The short name of a channel is part of the names of its categories, which come with them."""
    words = {key for key, rules in KEYS.items() if "cosmetic" in rules}
    reached = {key: {*rules.split()} for rules, group in zip(REACHES, GROUPS, strict=True) for key in group}
    assert {key for key in words if not reached[key] <= LAST} == {"channels.<name>.short"}
    assert {"title", "samples.<name>.description", "methods.<name>.label", "mass.latex"} <= words
