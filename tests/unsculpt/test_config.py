"""A study is checked before anything runs, and every mistake is one sentence that names the key."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from unsculpt import config, studyfile
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "config/config.yaml", ROOT / "config/smoke.yaml", ROOT / "config/studies/tthyy_full.yaml"]
SHIPPED += [ROOT / "config/studies/methods.yaml"]


def resolved(**changes):
    study = studyfile.merge(yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8")), changes)
    config.resolve_in_place(study, ROOT)
    return study


def test_the_taggers_of_the_study_of_pile_up_see_no_interactions():
    study = config.load(ROOT / "config/studies/wjets_pileup.yaml", ROOT)
    assert {sample["simulate"]["pile_up"] for sample in study["samples"].values()} == {15}
    assert study["ranges"]["n_pv"]["column"] in {*study["features"]} - {*study["training"]["inputs"]}
    assert {"pt_fine", "n_pv"} <= {*study["ranges"]}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_studies_are_valid_and_complete(path):
    study = config.load(path, ROOT)
    assert study["mass"]["window_gev"] == [120, 130]
    assert study["training"]["adversary"]["learning_rate"] == 0.02
    assert study["samples"]["tth"]["normalisation"]["to"] == "cross_section"


def test_resolving_twice_changes_nothing():
    study = resolved()
    again = copy.deepcopy(study)
    config.resolve_in_place(again, ROOT)
    assert again == study


def test_command_line_values_without_a_study_change_the_default_study():
    study = {"seed": 7}
    config.resolve_in_place(study, ROOT)
    assert study["study"] == "tthyy" and study["seed"] == 7


def test_the_name_of_a_study_is_its_own(tmp_path):
    """A file, or values with a base, would else write into the results of another study."""
    path = tmp_path / "mine.yaml"
    path.write_text("base: config/smoke.yaml\nseed: 2\n", encoding="utf-8")
    for read in (config.load, config.inherited):
        with pytest.raises(InputError, match=r"mine.yaml: there is no study, the name of its results; add for example"):
            read(path, ROOT)
    with pytest.raises(InputError, match=r"base: config/smoke.yaml: there is no study"):
        config.resolve_in_place({"base": "config/smoke.yaml", "seed": 2}, ROOT)
    with pytest.raises(InputError, match=r"a.yaml and b.yaml: there is no study"):
        config.resolve_in_place({"seed": 2}, ROOT, files=["a.yaml", "b.yaml"])
    path.write_text("base: config/smoke.yaml\nstudy: mine\n", encoding="utf-8")
    assert config.load(path, ROOT)["study"] == "mine"


def test_a_study_replaces_the_methods_of_its_base_and_keeps_its_samples():
    study = config.load(ROOT / "config/smoke.yaml", ROOT)
    assert study["methods"]["ann"]["strengths"] == [1, 30]
    assert study["samples"]["tth"]["cross_section_pb"] == 0.5071
    assert "base" not in study


def test_data_files_replace_the_pseudodata(tmp_path):
    path = tmp_path / "data.root"
    path.touch()
    study = resolved(data_files=[str(path)])
    assert study["samples"]["data"]["files"] == [str(path)]
    assert "pseudodata" not in study["samples"]["data"]


def test_data_files_replace_those_of_a_control_region_in_the_same_files_and_of_no_other(tmp_path):
    for name in ("new.root", "other.root"):
        (tmp_path / name).touch()
    new, other = ([str(tmp_path / name)] for name in ("new.root", "other.root"))
    measured = {"role": "background", "measured": True, "region": "ntni", "normalisation": {"to": "events"}}
    controls = {"same": measured | {"files": ["old.root"]}, "apart": measured | {"files": other}}
    study = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    del study["samples"]["data"]
    study["samples"] |= controls | {"data": {"role": "data", "files": ["old.root"]}}
    study["data_files"] = new
    config.resolve_in_place(study, ROOT)
    assert {name: study["samples"][name]["files"] for name in ("data", *controls)} == {
        "data": new,
        "same": new,
        "apart": other,
    }
    del study["data_files"]
    study["samples"]["data"]["files"] = study["samples"]["same"]["files"] = ["gone.root"]
    with pytest.raises(InputError, match=r"samples.same.files: no file gone.root; name the data with DATA=path"):
        config.resolve_in_place(study, ROOT)


def test_files_replace_the_simulation_of_a_base_and_the_other_way_round(tmp_path):
    (tmp_path / "x.root").touch()
    study = tmp_path / "study.yaml"
    files = f"files: [{tmp_path}/x.root]"
    study.write_text(
        f"base: config/config.yaml\nstudy: mine\nsamples:\n  ntni: {{{files}}}\n  data: {{{files}, region: ti}}\n",
        encoding="utf-8",
    )
    samples = config.load(study, ROOT)["samples"]
    assert samples["ntni"]["files"] == samples["data"]["files"] == [str(tmp_path / "x.root")]
    assert "simulate" not in samples["ntni"] and "pseudodata" not in samples["data"]
    assert samples["ntni"]["normalisation"]["sideband_events"] == 880
    child = tmp_path / "child.yaml"
    source = "{ntni: {simulate: {process: ntni, chunks: 2}}}"
    child.write_text(f"base: {study}\nstudy: child\nsamples: {source}\n", encoding="utf-8")
    samples = config.load(child, ROOT)["samples"]
    assert samples["ntni"]["simulate"]["chunks"] == 2 and "files" not in samples["ntni"]


def test_a_key_that_stands_twice_in_a_base_is_found_there(tmp_path):
    (tmp_path / "base.yaml").write_text("base: config/config.yaml\nseed: 1\nseed: 2\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text(f"base: {tmp_path}/base.yaml\nstudy: twice\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"base.yaml: seed stands twice, in line 2 and in line 3"):
        config.load(tmp_path / "study.yaml", ROOT)


def test_transforms_take_the_strengths_of_their_base_and_features_have_one():
    methods = resolved(
        methods={
            "nn": {"objective": "none", "strengths": [0]},
            "ann": {"objective": "adversarial", "strengths": [1, 30]},
            "ann_cdf": {"transform": "cdf", "of": "ann"},
            "nn_ddt": {"transform": "ddt", "of": "nn"},
            "jet": {"feature": "jet1_pt", "sign": -1},
        }
    )["methods"]
    assert methods["ann_cdf"]["strengths"] == methods["ann"]["strengths"]
    assert methods["nn_ddt"]["strengths"] == methods["jet"]["strengths"] == [0]


def test_early_stopping_is_off_and_takes_its_defaults_when_asked_for():
    assert resolved()["training"]["early_stopping"] is None
    study = resolved(training={"early_stopping": {"patience": 5}, "protected": ["mass", "channel", "jet1_pt"]})
    assert study["training"]["early_stopping"] == {"patience": 5, "share": 0.2}


def test_a_study_needs_a_network():
    study = studyfile.merge(yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8")), {})
    study["methods"] = {"jet": {"feature": "jet1_pt"}}
    with pytest.raises(InputError, match="methods has no network, which ranks the features; add nn"):
        config.resolve_in_place(study, ROOT)


NO_WINDOW = {
    "mass": {"window_gev": None},
    "samples": {"ntni": {"normalisation": {"to": "cross_section"}}},
    "methods": {"window": {"train_in": "all"}},
}


def test_a_study_may_have_no_window():
    study = resolved(**NO_WINDOW)
    assert study["mass"]["window_gev"] is None and study["stages"] == []


def test_a_study_has_all_stages_or_those_it_names():
    assert resolved()["stages"] == resolved(stages=None)["stages"] == ["fits", "categories"]
    assert resolved(stages=["fits"])["stages"] == ["fits"]


SIDEBANDS = {"role": "background", "files": ["x"], "normalisation": {"to": "sidebands"}}
FILES = {"files": ["x"]}
MEASURED = "samples.own.measured is for a background in files; remove it"
NN = {"nn": {"objective": "none", "strengths": [0]}}
MISTAKES = {
    "functions of two families": (
        {"fit": {"functions": ["pow1", "exp2"]}},
        "fit.functions [pow1, exp2] is not one family",
    ),
    "a spurious signal outside": (
        {"fit": {"spurious_signal": {"masses_gev": [125, 170]}}},
        "holds 170, outside 105-160",
    ),
    "a search without background": (
        {"tuning": {"background": "data"}},
        "tuning.background 'data' is no hypothesis; use one of backgrounds: continuum, ttyy, ntni",
    ),
    "a fold that is not there": ({"tuning": {"untouched_fold": 3}}, "untouched_fold 3 does not exist"),
    "a ranking by what is no network": (
        {"rank": "nn_cdf"},
        "rank 'nn_cdf' is no network of methods; there are nn, ann, disco, window",
    ),
    "channels divided in no feature": (
        {"categories": {"divide_by": "jet9_pt"}},
        "categories.divide_by 'jet9_pt' is no feature; add it to features, or name another",
    ),
    "an empty range": ({"tuning": {"space": {"units": [64, 8]}}}, "tuning.space.units [64, 8] is empty"),
    "no adversary": ({"tuning": {"combined": {"objective": "disco"}}}, "but disco has no adversary"),
    "unknown key": ({"training": {"epoch": 3}}, "epoch is not a key of training; did you mean epochs?"),
    "inverted window": ({"mass": {"window_gev": [130, 120]}}, "mass.window_gev [130, 120] is empty"),
    "inverted range": ({"mass": {"min_gev": 200}}, "mass.min_gev 200 is not below mass.max_gev 160"),
    "a fit that nothing judges": (
        {"mass": {"bin_width_gev": 10, "window_gev": [115, 155], "min_gev": 105, "max_gev": 165}},
        "mass.bin_width_gev 10 leaves 2 bins in the sidebands for the 2 parameters of a fit",
    ),
    "window outside": ({"mass": {"window_gev": [100, 120]}}, "leaves no sideband"),
    "sidebands without a window": (
        {"mass": {"window_gev": None}},
        "samples.ntni.normalisation.to is sidebands, and without mass.window_gev there are none",
    ),
    "a nuisance that no row has": (
        {"threshold": {"nuisance": "pile_up", "nominal": 0}},
        "threshold.nuisance names 'pile_up'; name channel, region or a feature of the study",
    ),
    "a nominal value that no channel is": (
        {"threshold": {"nuisance": "channel", "nominal": "clean"}},
        "threshold.nominal is 'clean', which is none of channels: leptonic, hadronic; name one of them",
    ),
    "a nominal text of a feature": (
        {"threshold": {"nuisance": "jet1_pt", "nominal": "two"}},
        "threshold.nominal is 'two', and the values of the feature jet1_pt are numbers; give one",
    ),
    "a threshold without a nominal value": ({"threshold": {"nuisance": "channel"}}, "threshold lacks nominal; add it"),
    "training in no window": (
        NO_WINDOW | {"methods": {"window": {"train_in": "window"}}},
        "methods.window.train_in is window, and mass.window_gev is null",
    ),
    "a significance in no window": (
        NO_WINDOW | {"tuning": {"combined": {"criterion": "significance"}}},
        "tuning.combined.criterion is significance, which counts in mass.window_gev, and there is none",
    ),
    "fits in no window": (NO_WINDOW | {"stages": ["fits"]}, "stages holds fits, which need a signal window"),
    "categories without fits": ({"stages": ["categories"]}, "stages holds categories without fits"),
    "an unknown stage": ({"stages": ["limits"]}, "stages.0 is 'limits': expected one of fits, categories"),
    "half a window": ({"mass": {"window_gev": [120]}}, "mass.window_gev is [120]"),
    "odd bins": ({"mass": {"bin_width_gev": 2}}, "mass.max_gev 160 is not a whole number of bins"),
    "wrong type": ({"seed": "x"}, "seed is 'x': expected integer"),
    "out of bounds": ({"luminosity_fb": -1}, "luminosity_fb is -1: expected more than 0"),
    "a number too small": ({"folds": 1}, "folds is 1: expected at least 2"),
    "an empty list": ({"features": []}, "features is []: [] should be non-empty"),
    "wrong choice": ({"metrics": {"jsd_reference": "all"}}, "expected one of inclusive, fail"),
    "missing feature": (
        {"features": ["photon1_p"]},
        "features: photon1_p is unknown; did you mean photon1_pt or",
    ),
    "a number that YAML takes for text": (
        {"training": {"learning_rate": "1e-7"}},
        "learning_rate is '1e-7': expected number, and to YAML this is text; write 1.0e-07",
    ),
    "a text that is nearly a number": (
        {"seed": "1.2.3e4"},
        "seed is '1.2.3e4': expected integer; see config/README.md",
    ),
    "a text that YAML takes for a number": (
        {"title": 2024},
        "title is 2024: expected string, so put it in quotes: '2024'",
    ),
    "a text that YAML takes for no": (
        {"title": False},
        "title is False: expected string, so put it in quotes: 'false'",
    ),
    "a section without content": ({"training": None}, "training is empty: expected object; fill or remove it"),
    "no samples at all": ({"samples": None, "data_files": ["x"]}, "data_files is given but 0 samples have role data"),
    "data that is no list": ({"data_files": 7}, "data_files is 7: expected array"),
    "a base that is no text": ({"base": 3}, "base: 3 is no text; name a study file"),
    "a sum of weights of simulation": (
        {"samples": {"tth": {"sum_weights": 5}}},
        "samples.tth.sum_weights is for simulated events in files; remove it",
    ),
    "a sum of weights in the sidebands": (
        {"samples": {"yy": SIDEBANDS | {"sum_weights": 5}}},
        "samples.yy.sum_weights means nothing with samples.yy.normalisation.to: sidebands; remove it",
    ),
    "missing file": ({"data_files": ["nowhere.root"]}, "samples.data.files: no file nowhere.root"),
    "two sources": ({"samples": {"tth": {"files": ["x"]}}}, "samples.tth has files and simulate"),
    "missing role": ({"samples": {"new": {"files": ["x"]}}}, "samples.new lacks role"),
    "same strength": (
        {"methods": {"ann": {"objective": "disco", "strengths": [1, 1.0]}}},
        "methods.ann.strengths holds 1 twice",
    ),
    "no source": ({"methods": {"x": {"strengths": [1]}}}, "methods.x has none of objective, transform, feature"),
    "two ways": (
        {"methods": {"nn": {**NN["nn"], "feature": "jet1_pt"}}},
        "methods.nn has objective and feature of objective, tra",
    ),
    "no strengths": ({"methods": {"x": {"objective": "disco"}}}, "methods.x lacks strengths; give a list of numbers"),
    "wrong strength": (
        {"methods": {"nn": {"objective": "none", "strengths": [1]}}},
        "methods.nn has no objective but strengths ['1']",
    ),
    "no base": (
        {"methods": {**NN, "x": {"transform": "cdf"}}},
        "methods.x: lacks of; name a method that is not itself a tr",
    ),
    "unknown base": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "nm"}}},
        "methods.x: of is 'nm'; name a method",
    ),
    "circle": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "y"}, "y": {"transform": "cdf", "of": "x"}}},
        "methods.x: of is 'y'; name a method that is not itself a transform: nn",
    ),
    "order of no use": (
        {"methods": {"ann": {"objective": "disco", "strengths": [1], "order": 1}}},
        "methods.ann.order belongs to the objective mode, not to disco",
    ),
    "planed transform": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "nn", "planing": True}}},
        "methods.x.planing means nothing with transform cdf; remove it",
    ),
    "channels of a transform": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "nn", "per_channel": True}}},
        "methods.x.per_channel means nothing with transform cdf; remove it",
    ),
    "a protected channel trained alone": (
        {"methods": {"nn": {**NN["nn"], "per_channel": True}}, "training": {"protected": ["mass", "channel"]}},
        "methods.nn.per_channel trains each channel alone, where training.protected has no channel to protect",
    ),
    "strengths of a transform": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "nn", "strengths": [1]}}},
        "methods.x.strengths is [1] but follows from the rest, [0]; remove it",
    ),
    "feature outside": (
        {"methods": {"x": {"feature": "photon1_p"}}},
        "is not in features of the study; did you mean pho",
    ),
    "unknown transform": ({"methods": {"x": {"transform": "flow", "of": "nn"}}}, "expected one of cdf, knn, ddt, css"),
    "no channel": ({"samples": {"ntni": {"normalisation": {"channel": "had"}}}}, "'had' is no channel"),
    "no such sample": ({"samples": {"data": {"pseudodata": {"signal": "ttyy"}}}}, "pseudodata.signal is 'ttyy'"),
    "pile-up where there is none": (
        {"samples": {"tth": {"simulate": {"process": "tth", "pile_up": 20}}}},
        "samples.tth.simulate.pile_up is 20, and the detector of tth knows no pile-up; make it 0, only wprime",
    ),
    "wider than simulated": ({"mass": {"max_gev": 170}}, "is wider than 100-165 GeV, which simulated samples hold"),
    "the selection as it was once written": (
        {"selection": {"photon_pt_min_gev": 25}},
        "selection is no longer a key; write objects, candidate, cuts, regions and channels (docs/selection.md)",
    ),
    "ntuples as they were once described": (
        {"ntuples": {"tree": "mini"}},
        "ntuples is no longer a key; write format and formats, and granularity.step_size (docs/ntuples.md)",
    ),
    "a number of floors as it was once given": (
        {"working_point": {"jsd_over_floor_max": 3}},
        "working_point.jsd_over_floor_max is no longer a key; write working_point.bias_tolerance and",
    ),
    "a channel as it was once written": (
        {"channels": {"hadronic": {"min_jets": 3}}},
        'min_jets is not a key of channels.hadronic; write its condition in require, for example "count(jet) >= 3',
    ),
    "a format of simulation": (
        {"samples": {"tth": {"format": "nanoaod"}}},
        "samples.tth.format is for files; what is simulated is read as it was written, remove it",
    ),
    "a measured signal": ({"samples": {"own": FILES | {"role": "signal", "measured": True}}}, MEASURED),
    "measured data": ({"samples": {"own": FILES | {"role": "data", "measured": True}}}, MEASURED),
    "a measured simulation": (
        {"samples": {"ntni": {"measured": True}}},
        "samples.ntni.measured is for a background in files; remove it",
    ),
    "a measured cross-section": (
        {"samples": {"own": FILES | {"role": "background", "measured": True, "cross_section_pb": 1}}},
        "samples.own.cross_section_pb is for simulated events, and these are measured; remove it",
    ),
    "a measured sum of weights": (
        {"samples": {"own": FILES | {"role": "background", "measured": True, "sum_weights": 1}}},
        "samples.own.sum_weights is for simulated events, and these are measured; remove it",
    ),
    "measured events to a cross-section": (
        {"samples": {"own": FILES | {"role": "background", "measured": True}}},
        "samples.own.normalisation.to is cross_section for measured events; make it sidebands or events",
    ),
    "simulated events as they are": (
        {"samples": {"ttyy": {"normalisation": {"to": "events"}}}},
        "samples.ttyy.normalisation.to is events for simulated events; make it cross_section or sidebands",
    ),
    "a protected variable that no event has": (
        {"training": {"protected": ["mass", "chanel"]}},
        "training.protected names 'chanel'; name mass, channel, region or a feature of the study",
    ),
    "a condition that no event has": (
        {"training": {"adversary": {"conditions": ["masses"]}}},
        "training.adversary.conditions names 'masses'; name mass, channel, region or a feature of the study",
    ),
    "a condition on what is protected": (
        {"training": {"adversary": {"conditions": ["n_jets", "mass"]}}, "features": ["n_jets", "photon1_pt"]},
        "training.adversary.conditions names 'mass', which training.protected protects",
    ),
    "an input that is no feature": (
        {"training": {"inputs": ["jet1_pt", "mass"]}},
        "training.inputs names 'mass'; name a feature of the study",
    ),
    "no input": ({"training": {"inputs": []}}, "training.inputs is []: [] should be non-empty"),
    "the former name of the bins": (
        {"training": {"adversary": {"mass_bins": 16}}},
        "mass_bins is not a key of training.adversary; did you mean bins?",
    ),
    "flat in nothing": (
        {"training": {"flat_in": {"signal": {"column": "pt"}}}},
        "training.flat_in.signal.column names 'pt'; name mass, channel, region or a feature of the study",
    ),
    "a method that is flat in nothing": (
        {"methods": {**NN, "x": {"objective": "none", "strengths": [0], "flat_in": {"signal": {"column": "pt"}}}}},
        "methods.x.flat_in.signal.column names 'pt'; name mass, channel, region or a feature of the study",
    ),
    "an adversary of a method that sees what is protected": (
        {"methods": {**NN, "x": {"objective": "adversarial", "strengths": [1], "conditions": ["mass"]}}},
        "methods.x.conditions names 'mass', which training.protected protects",
    ),
    "a ramp longer than the training": ({"training": {"adversary": {"ramp": 2}}}, "ramp is 2: expected at most 1"),
    "a map of a category": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "nn", "protected": ["channel"]}}},
        "methods.x.protected names 'channel'; name mass or a feature of the study",
    ),
    "css of a feature": (
        {"methods": {**NN, "x": {"transform": "css", "of": "nn", "protected": ["mass", "jet1_pt"]}}},
        "methods.x.protected is [mass, jet1_pt], but css smears with functions of the mass; use cdf or knn",
    ),
    "a map of all events that learns from background": (
        {"methods": {**NN, "x": {"transform": "knn", "of": "nn", "protect": "all"}}},
        "methods.x.protect is of the transform cdf; knn learns from background alone",
    ),
    "independence of nothing": (
        {"independence": {"z": {"column": "nothing", "slices": [[0, 1], [1, 2]]}}},
        "independence.z.column names 'nothing'; name mass or a feature",
    ),
    "an empty slice": (
        {"independence": {"z": {"column": "mass", "slices": [[110, 120], [130, 130]]}}},
        "independence.z.slices holds [130, 130], which is empty",
    ),
    "exact classifiers of physics": (
        {"exact": {}},
        "the densities of samples.tth are not known; simulate pivot_signal",
    ),
    "a map of three variables": (
        {"methods": {**NN, "x": {"transform": "cdf", "of": "nn", "protected": ["mass", "jet1_pt", "jet1_e"]}}},
        "methods.x.protected names 3 variables, and a transform takes one or two",
    ),
    "a protected variable of a network": (
        {"methods": {"nn": {**NN["nn"], "protected": ["mass"]}}},
        "methods.nn.protected is given, and without an objective nothing is protected; remove it",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_key(mistake):
    change, sentence = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        resolved(**change)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_study_that_is_not_utf8_is_one_sentence(tmp_path):
    (tmp_path / "study.yaml").write_bytes("title: m\u00fcnchen\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"study\.yaml: byte 9 is not UTF-8 .*; save it as UTF-8"):
        config.load(tmp_path / "study.yaml", ROOT)


PAGES = [ROOT / "docs" / name for name in ("selection.md", "ntuples.md")]
EXAMPLES = [
    pytest.param(text, id=f"{page.stem} {i}")
    for page in PAGES
    for i, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1)
]
ALL_FILES = {  # of a study whose samples are read in one format
    "samples": {name: {"role": "background", "files": [f"{name}.root"]} for name in ("ttyy", "ntni")}
    | {"tth": {"role": "signal", "files": ["tth.root"]}, "data": {"role": "data", "files": ["data.root"]}}
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_pages_are_studies(text, tmp_path, monkeypatch):
    """As they stand, or on top of the default study; in another format with files for all of its samples."""
    monkeypatch.chdir(tmp_path)
    example = yaml.safe_load(text)
    study = example
    if "study" not in example:
        files = ALL_FILES if "format" in example else {}
        study = {"study": "page", "base": "config/config.yaml"} | studyfile.merge(files, example)
    for sample in study.get("samples", {}).values():
        for pattern in sample.get("files", []):
            if "://" not in pattern:
                path = tmp_path / pattern.replace("*", "x")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    loaded = config.load(path, ROOT)
    assert studyfile.merge(loaded, {key: example[key] for key in ("cuts", "objects") if key in example}) == loaded


def test_the_first_example_is_the_default_selection():
    text = re.search(r"```yaml\n(.*?)```", PAGES[0].read_text(encoding="utf-8"), re.DOTALL)[1]
    default, example = studyfile.read(ROOT / "config/config.yaml"), yaml.safe_load(text)
    assert example == {key: default[key] for key in example} and len(example) == 5


def test_the_table_of_fields_is_that_of_the_format():
    about = studyfile.read(ROOT / "config/formats/atlas_open.yaml")
    rows = {}
    for name, part in {"": about["event"], **about["collections"]}.items():
        for field, text in part["fields"].items():
            branch = f"`{part.get('prefix', '')}{text}`" if isinstance(text, str) else str(text)
            unit = "energy" if field in part.get("energies", ("pt", "e", "mass")) else ""
            instead = part.get("otherwise", {}).get(field, "error" if isinstance(text, str) else "")
            instead = f"`{instead}`" if instead == "entry" or "(" in str(instead) else str(instead)
            rows[f"`{name}.{field}`" if name else f"`{field}`"] = (branch, unit, instead)
    table = {}
    for line in PAGES[1].read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            field, branch, unit, meaning, instead = (cell.strip() for cell in line.split("|")[1:-1])
            assert meaning
            table[field] = (branch, unit, instead)
    assert table == rows


def test_the_shipped_study_of_a_nuisance_protects_what_moves_the_background():
    study = config.load(ROOT / "config/studies/pivot_jets.yaml", ROOT)
    about = study["threshold"]
    assert study["training"]["protected"] == [about["nuisance"]] and about["nominal"] in study["channels"]
    assert study["training"]["seeds"] >= 5 and (about["signal_events"], about["background_events"]) == (100, 1000)
    crowded = {name: sample["simulate"]["pile_up"] for name, sample in study["samples"].items()}
    assert crowded == {"w_clean": 0, "w_crowded": 15, "multijets_clean": 0, "multijets_crowded": 15}
    assert [study["methods"][name]["strengths"] for name in ("nn_clean", "nn", "ann")] == [[0], [0], [1, 10, 500]]


def test_null_takes_samples_and_probes_of_the_base_away():
    gone = ("w_boson", "dark_1", "dark_3", "semivisible_0", "semivisible_30", "semivisible_60")
    base = {"study": "few", "base": "config/studies/qcd.yaml", "samples": dict.fromkeys(gone)}
    none = {"probes": dict.fromkeys(("w", "invisible", "confinement"))}
    study = base | none
    config.resolve_in_place(study, ROOT)
    assert list(study["samples"]) == ["top", "qcd", "dark_10", "dark_30"] and study["probes"] == {}
    with pytest.raises(InputError, match=r"study few: probes\.w\.samples names 'w_boson'; name samples of the study"):
        config.resolve_in_place(base | {"probes": {"confinement": None, "invisible": None}}, ROOT)
    with pytest.raises(InputError, match=r"study few: samples\.dark_2 is empty: expected object; fill or remove it"):
        config.resolve_in_place(base | none | {"samples": {"dark_2": None}}, ROOT)


def test_what_was_published_of_methods_goes_with_them():
    base = {"study": "toptagging_few", "base": "config/studies/toptagging.yaml"}
    few = base | {"methods": {"cnn": {"objective": "none", "strengths": [0]}}}
    study = copy.deepcopy(few)
    config.resolve_in_place(study, ROOT)
    assert study["published"]["taggers"].keys() == {"cnn"} and "memory" in study["published"]["source"]
    with pytest.raises(InputError, match=r"published\.taggers has .cnnn., which is no method; there are cnn"):
        config.resolve_in_place(few | {"published": {"taggers": {"cnnn": {"auc": 0.9}}}}, ROOT)
