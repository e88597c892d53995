"""What a study defines: every mistake is one sentence, no circle stays hidden, and no more is read than is used."""

import os
import subprocess
import sys
from pathlib import Path

import awkward as ak
import jsonschema
import numpy as np
import pytest
import yaml
from defaults import reading, resolved
from toy_combinations import QUANTITIES, TOP, TOPS
from toy_combinations import used as used_of_tops

from unsculpt import axes, columns, config, definitions, events, features, formats, schema, selection, studyfile
from unsculpt.errors import InputError
from unsculpt.rows import Rows

ROOT = Path(__file__).parents[2]
FIELDS = {
    "": {"run", "event", "met", "flag"},
    "jet": {"pt", "eta", "phi", "mass", "score"},
    "muon": {"pt", "eta", "phi", "mass", "charge"},
    "track": {"d0"},
}
MUONS = {
    "objects": {"muon": {}, "jet": {}, "track": {}},
    "candidate": "muon[0] + muon[1]",
    "quantities": {"x": {"expression": "met"}},
    "features": ["x"],
}
PAIR = {"pt", "eta", "phi", "mass"}


def study(**changes):
    """A study of muon pairs, with these changes."""
    config = studyfile.merge(MUONS, changes)
    schema.fill_defaults(config, schema.load(ROOT))
    return config


def used(**changes):
    return definitions.used(study(**changes), FIELDS, "study x")


def quantity(text):
    """A study with a feature of this expression."""
    return {"quantities": {"x": {"expression": text}}}


NEEDS = {
    "the candidate alone": (quantity("mass"), {"muon": PAIR}),
    "a number of the event": ({}, {"muon": PAIR, "": {"met"}}),
    "an object that nothing names": (
        quantity("mass") | {"objects": {"jet": {"require": "score > 1"}}},
        {"muon": PAIR},
    ),
    "the requirement of one that is counted": (
        quantity("count(jet)") | {"objects": {"jet": {"require": "score > 1"}}},
        {"muon": PAIR, "jet": {"pt", "score"}},
    ),
    "a bare number of objects": (quantity("count(track)"), {"muon": PAIR, "track": set()}),
    "a definition that nothing asks for": (
        quantity("mass") | {"objects": {"muon": {"define": {"good": "charge > 0"}}}},
        {"muon": PAIR},
    ),
    "a definition through another": (
        quantity("count(muon.best)")
        | {"objects": {"muon": {"define": {"best": "good and pt > 9", "good": "charge > 0 and flag"}}}},
        {"muon": PAIR | {"charge"}, "": {"flag"}},
    ),
    "a definition in the requirement": (
        quantity("mass") | {"objects": {"muon": {"require": "good", "define": {"good": "charge > 0"}}}},
        {"muon": PAIR | {"charge"}},
    ),
    "a distance": (
        quantity("count(jet)") | {"objects": {"jet": {"away_from": {"muon[:2]": 0.4}}}},
        {"muon": PAIR, "jet": {"pt", "eta", "phi"}},
    ),
    "a distance from what is used for nothing else": (
        {"objects": {"jet": {"away_from": {"muon": 0.4}}}, "candidate": "jet[0]"},
        {"jet": PAIR, "muon": {"pt", "eta", "phi"}, "": {"met"}},
    ),
    "a distance from a sum": (
        quantity("met") | {"objects": {"jet": {"away_from": {"muon[0] + muon[1]": 0.4}}}, "candidate": "jet[0]"},
        {"jet": PAIR, "muon": PAIR, "": {"met"}},
    ),
    "two kinds of one collection": (
        quantity("count(loose.charge)") | {"objects": {"loose": {"from": "muon"}}},
        {"muon": PAIR | {"charge"}},
    ),
    "a region": ({"regions": {"up": "flag > 1", "rest": True}}, {"muon": PAIR, "": {"met", "flag"}}),
    "a cut": ({"cuts": {"one": "count(jet) > 0", "gone": None}}, {"muon": PAIR, "jet": {"pt"}, "": {"met"}}),
    "a channel": ({"channels": {"a": {"require": "count(jet) > 0"}}}, {"muon": PAIR, "jet": {"pt"}, "": {"met"}}),
    "each object": (
        {"candidate": "each jet", **quantity("candidate.score")},
        {"jet": {"pt", "mass", "score"}},
    ),
    "each of some": (
        {"candidate": "each jet[jet.score > 0]", **quantity("candidate.eta / met")},
        {"jet": {"pt", "eta", "mass", "score"}, "": {"met"}},
    ),
    "no candidate": (
        {"candidate": None, "mass": {"expression": "met"}, **quantity("sum(jet.pt)")},
        {"jet": {"pt"}, "": {"met"}},
    ),
}


@pytest.mark.parametrize("case", NEEDS)
def test_what_is_used_is_read_and_nothing_else(case):
    changes, needs = NEEDS[case]
    assert used(**changes)[1] == needs


@pytest.mark.parametrize("case", NEEDS)
def test_what_is_read_suffices(case, rng):
    """Features of selected rows come out of events that have the needed fields alone."""
    config = study(**NEEDS[case][0])
    parts, needs = definitions.used(config, FIELDS)
    n = 200
    step = {name: rng.uniform(0, 3, n) for name in ("run", "event", "weight", *needs.pop("", ()))}
    for name, fields in needs.items():
        counts = rng.integers(0, 4, n)
        values = {field: ak.unflatten(rng.uniform(0, 3, counts.sum()), counts) for field in fields or {"d0"}}
        step[name] = ak.zip(values)
    axis = axes.mass({"min_gev": 0, "max_gev": 10, "window_gev": [1, 2], "bin_width_gev": 1})
    rows, classes, _ = selection.select(Rows(step, parts), parts, axis=axis, region="any", blind=True)
    matrix = columns.matrix(rows, ["x"], -1.0)
    assert 0 < len(rows) == len(classes["mass"]) == len(matrix) and np.isfinite(matrix).all()


def test_a_definition_comes_after_those_that_it_reads():
    define = {"c": "a + b", "unused": "charge", "b": "2 * a", "a": "pt"}
    parts, _ = used(objects={"muon": {"define": define}}, **quantity("sum(muon.c)"))
    assert list(parts["objects"]["muon"]["define"]) == ["a", "b", "c"]


def test_what_nothing_asks_for_is_left_out():
    parts, _ = used(
        objects={"jet": {"require": "nothing > 1"}},
        quantities={"x": {"expression": "2 * y"}, "y": {"expression": "met"}, "z": {"expression": "no_such_thing"}},
        cuts={"gone": None, "some": "y > 1"},
    )
    assert list(parts["objects"]) == ["muon"] and parts["quantities"] == {"x": "2 * y", "y": "met"}
    assert parts["cuts"] == {"some": "y > 1"} and parts["channels"] == {"inclusive": True}


def test_objects_without_a_momentum_of_their_own_may_define_it_and_are_put_in_its_order():
    parts, needs = used(objects={"track": {"define": {"pt": "1 / d0"}}}, **quantity("track[0].d0"))
    assert needs["track"] == {"d0"} and parts["objects"]["track"]["define"] == {"pt": "1 / d0"}


CIRCLES = {
    "a quantity": ({"x": "2 * x"}, {}, None, "x -> x"),
    "two quantities": ({"x": "y", "y": "x + 1"}, {}, None, "x -> y -> x"),
    "a mass in its candidate": (
        {"x": "mass / 3"},
        {"muon": {"require": "pt > x"}},
        None,
        "mass -> candidate -> muon -> x -> mass",
    ),
    "a candidate of itself": ({}, {"muon": {}}, "muon[0] + candidate", "candidate -> candidate"),
    "objects that count themselves": ({}, {"muon": {"require": "count(muon) > 1"}}, None, "muon -> muon"),
    "objects away from themselves": ({}, {"muon": {"away_from": {"muon": 1}}}, None, "muon -> muon"),
    "two away from each other": (
        {},
        {"muon": {"away_from": {"jet": 1}}, "jet": {"away_from": {"muon[:1]": 1}}},
        None,
        "muon -> jet -> muon",
    ),
    "two definitions": (
        {"x": "sum(muon.a)"},
        {"muon": {"define": {"a": "b + 1", "b": "a"}}},
        None,
        "muon.a -> muon.b -> muon.a",
    ),
    "a definition that needs its objects": (
        {"x": "count(muon.top)"},
        {"muon": {"define": {"top": "pt == muon[0].pt"}}},
        None,
        "muon -> muon.top -> muon",
    ),
    "a definition that needs others which need its objects": (
        {"x": "count(muon.far) + count(jet)"},
        {"muon": {"define": {"far": "pt > count(jet)"}}, "jet": {"away_from": {"muon": 1}}},
        None,
        "muon -> muon.far -> jet -> muon",
    ),
}


@pytest.mark.parametrize("case", CIRCLES)
def test_a_circle_is_found_wherever_it_is(case):
    quantities, objects, candidate, circle = CIRCLES[case]
    changes = {"quantities": {name: {"expression": text} for name, text in ({"x": "met"} | quantities).items()}}
    if objects:
        changes["objects"] = objects
    if candidate:
        changes["candidate"] = candidate
    with pytest.raises(InputError) as error:
        used(**changes)
    names = (
        str(error.value).removeprefix("study x: ").split(": what is defined by itself has no value")[0].split(" -> ")
    )
    wanted = circle.split(" -> ")[1:]
    assert names[0] == names[-1] and names[1:] in [wanted[i:] + wanted[:i] for i in range(len(wanted))]


ROW = "not one number a row; take one, sum, count, any or all"
MISTAKES = {
    "an unknown name": ({"cuts": {"trigger": "triger"}}, "cuts.trigger: 'triger', character 1: triger is unknown; did"),
    "an unknown name deep inside": (
        {"quantities": {"x": {"expression": "1 + y"}, "y": {"expression": "mett"}}, "features": ["x"]},
        "quantities.y.expression: 'mett', character 1: mett is unknown; did you mean met",
    ),
    "an unknown field": (
        {"cuts": {"x": "photon[0].tihgt"}},
        "photon[0] has no tihgt; did you mean tight?",
    ),
    "an unknown field in a requirement": (
        {"objects": {"jet": {"require": "pt > 25 and etaa < 1"}}},
        "objects.jet.require: 'pt > 25 and etaa < 1', character 13: etaa is unknown; did you mean eta",
    ),
    "an unknown function": (
        {"cuts": {"x": "cuont(jet)"}},
        "cuts.x: 'cuont(jet)', character 1: cuont is no function; did",
    ),
    "a word that is none": ({"cuts": {"x": "photon >"}}, "cuts.x: 'photon >' is no expression ("),
    "an unknown collection": (
        {"objects": {"tau": {}}, "cuts": {"x": "count(tau) > 0"}},
        "objects.tau: there is no collection tau; there are jet, large_jet, lepton, photon; name one in objects.tau",
    ),
    "a collection that is no object yet": (
        {"cuts": {"x": "count(large_jet) > 0"}},
        "cuts.x 'count(large_jet) > 0': large_jet is a collection of the format and no object; add objects.large_jet",
    ),
    "a list in a cut": ({"cuts": {"x": "jet.pt > 3"}}, f"cuts.x 'jet.pt > 3' is a list of numbers, {ROW}"),
    "a list in a quantity": (
        {"quantities": {"pts": {"expression": "jet.pt"}}, "features": ["pts"]},
        f"quantities.pts.expression 'jet.pt' is a list of numbers, {ROW}",
    ),
    "a list in a region": ({"regions": {"sr": "jet.pt"}}, f"regions.sr 'jet.pt' is a list of numbers, {ROW}"),
    "a list in a channel": (
        {"channels": {"hadronic": {"require": "jet.pt"}}},
        f"channels.hadronic.require 'jet.pt' is a list of numbers, {ROW}",
    ),
    "a list for the mass": (
        {"mass": {"expression": "jet.pt"}},
        f"mass.expression 'jet.pt' is a list of numbers, {ROW}",
    ),
    "objects for the mass": ({"mass": {"expression": "jet"}}, f"mass.expression 'jet' is several objects, {ROW}"),
    "a list of other objects": (
        {"objects": {"jet": {"require": "lepton.pt > 3"}}},
        "objects.jet.require 'lepton.pt > 3' is a list of numbers of lepton, and must be one number for each jet",
    ),
    "an object for a field": (
        {"objects": {"jet": {"define": {"near": "photon[0]"}}}, "cuts": {"x": "count(jet.near) > 0"}},
        "objects.jet.define.near 'photon[0]' is one object of photon[0], and must be one number for each jet",
    ),
    "a distance from a number": (
        {"objects": {"jet": {"away_from": {"photon[0].pt": 0.4}}}},
        "objects.jet.away_from 'photon[0].pt' is one number a row; name one or more objects",
    ),
    "a candidate of several objects": (
        {"candidate": "photon[:2]"},
        "candidate 'photon[:2]' is several objects, and must be one object, or 'each' and the name of several; correct",
    ),
    "a candidate that is a number": (
        {"candidate": "missing_et"},
        "candidate 'missing_et' is one number a row, and must",
    ),
    "each of a number": (
        {"candidate": "each missing_et"},
        "candidate 'missing_et' is one number a row, and must be sev",
    ),
    "each of what is one": (
        {"candidate": "each photon[0]"},
        "candidate 'photon[0]' is one object, and must be several",
    ),
    "each of nothing": ({"candidate": "each foton"}, "candidate: 'foton', character 1: foton is unknown; did you mean"),
    "no candidate": ({"candidate": None}, "study tthyy: candidate is missing, whose mass is studied; give it, or"),
    "a circle": (
        {"quantities": {"a": {"expression": "b"}, "b": {"expression": "a"}}, "features": ["a"]},
        "a: what is defined by itself has no value; break the circle",
    ),
    "a definition of what is there": (
        {"objects": {"photon": {"define": {"tight": "pt > 30"}}}},
        "objects.photon.define.tight: photon has this field already; rename it",
    ),
    "an object and a quantity": (
        {"quantities": {"jet": {"expression": "1"}}},
        "quantities.jet is one of objects as well; rename it",
    ),
    "a quantity and a region": (
        {"quantities": {"ti": {"expression": "1"}}},
        "regions.ti is one of quantities as well; rename it",
    ),
    "a quantity and a number of the event": (
        {"quantities": {"trigger": {"expression": "1"}}},
        "formats.atlas_open.event.fields.trigger is one of quantities as well; rename it",
    ),
    "the name of a function": (
        {"objects": {"count": {"from": "jet"}}},
        "objects.count is a function as well; rename it",
    ),
    "a name of the program": (
        {"quantities": {"mass": {"expression": "1"}}},
        "quantities.mass is a name of the program's own as well; rename it",
    ),
    "a word of the language": (
        {"quantities": {"not": {"expression": "1"}}},
        "quantities.not is a word of the language as well; rename it",
    ),
    "a region that is none": (
        {"samples": {"ntni": {"region": "nt"}}},
        "samples.ntni.region 'nt' is no region; there are ti, ntni, any",
    ),
    "no features": ({"features": None}, "features is empty: expected array"),
    "a feature of no number": (
        {"features": ["jet"]},
        "features: jet is several objects; name a quantity, which is one number a row",
    ),
    "a feature that is an expression": (
        {"features": ["jet[0].pt"]},
        "features: 'jet[0].pt' is no name; give the expression one in quantities",
    ),
    "a feature that every event has": (
        {"features": ["photon1_pt", "mass"]},
        "features: mass is a column of all events, and no feature; take it out",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_key(mistake):
    changes, sentence = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        resolved(**changes)
    assert str(error.value).startswith("study tthyy") and sentence in str(error.value)
    assert "\n" not in str(error.value)


def tops(samples=(), **changes):
    """The default study with tops, and `changes` of what it says of them."""
    about = {key: value for key, value in (TOP | changes).items() if value is not None}
    tree = {"combinations": {"top": about}, "quantities": {"first": QUANTITIES["first"]}, "samples": TOPS}
    return tree | {"features": ["photon1_pt", "first"]} | dict(samples)


MEMBERS = TOP["members"]
TOP_MISTAKES = {
    "a sample that is none": ({"learn_from": "top"}, "combinations.top.learn_from 'top' is no sample; add a sample wi"),
    "the signal": ({"learn_from": "tth"}, "learn_from 'tth' has role signal, and its events are used elsewhere; add"),
    "a background that is used": (
        {"learn_from": "ttyy"},
        "combinations.top.learn_from 'ttyy' is in backgrounds.continuum, so its events are used twice; add a sample",
    ),
    "objects that are none": (
        {"members": MEMBERS | {"b": {"from": "jets"}}},
        "combinations.top.members.b.from: there are no objects jets in the study; did you mean jet?",
    ),
    "a member with the name of something else": (
        {"members": MEMBERS | {"photon": {"from": "jet"}}},
        "combinations.top.members.photon is a name of the study as well; rename it",
    ),
    "an object that is not there": (
        {"inputs": TOP["inputs"] | {"x": "q[2].pt"}},
        "combinations.top.inputs.x 'q[2].pt': q has 2 objects, the last is q[1]; correct it",
    ),
    "one of one": ({"truth": "b[1].role == 1"}, "combinations.top.truth 'b[1].role == 1': b has 1 object, the last is"),
    "an unknown field": (
        {"inputs": TOP["inputs"] | {"x": "b[0].tag"}},
        "inputs.x: 'b[0].tag', character 6: b[0] has no tag",
    ),
    "a list": (
        {"inputs": TOP["inputs"] | {"x": "q.pt"}},
        "combinations.top.inputs.x 'q.pt' is a list of numbers, not one number a row; take one, sum, count, any or al",
    ),
    "an input of a later one": (
        {"inputs": {"x": "2 * y", "y": "b[0].pt"}, "reference": None},
        "combinations.top.inputs.x: '2 * y', character 5: y is unknown",
    ),
    "an unknown name in the truth": (
        {"truth": "b[0].rle == 1"},
        "combinations.top.truth: 'b[0].rle == 1', character 6",
    ),
    "a field that is there": ({"define": {"pt": "b[0].pt"}}, "combinations.top.define.pt: every combination has pt al"),
    "a field twice": ({"define": {"w_mass": "1"}}, "combinations.top.define.w_mass is one of inputs as well; take it"),
    "a field like a member": ({"define": {"q": "1"}}, "combinations.top.define.q is one of members as well; rename it"),
    "a reference that is none": (
        {"reference": {"fields": ["mass"]}},
        "combinations.top.reference names 'mass', which is none of its inputs; there are top_mass, w_mass, ratio, tag",
    ),
    "itself": ({"define": {"x": "count(top)"}}, "top -> top: what is defined by itself has no value; break the circle"),
    "a sum that is a number": (
        {"sum": "b[0].pt"},
        "combinations.top.sum 'b[0].pt' is one number a row, and must be a four-vector; correct it",
    ),
    "a sum of what is not there": ({"sum": "b[0] + q[2]"}, "combinations.top.sum 'b[0] + q[2]': q has 2 objects, the"),
    "no truth": ({"truth": None}, "combinations.top lacks truth; add it (see config/README.md)"),
    "more than is combined": (
        {"members": {"q": {"from": "jet", "count": 9}}},
        "combinations.top.members.q.count is 9: expected at most 4",
    ),
}


@pytest.mark.parametrize("mistake", TOP_MISTAKES)
def test_a_mistake_in_combinations_is_one_sentence(mistake):
    changes, sentence = TOP_MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        resolved(**tops(**changes))
    assert str(error.value).startswith("study tthyy") and sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["cuts", "regions"])
def test_combinations_select_nothing(key):
    """Their trees learn from selected rows; a quantity between does not help."""
    with pytest.raises(
        InputError, match=r"combinations.top is known of selected rows alone, for features and arrays; ta"
    ):
        resolved(**tops(samples={key: {"x": "first > 0.5"}}))


def test_a_field_that_combinations_lack_has_near_ones():
    change = {"quantities": {"first": {"expression": "top[0].w_mas"}}}
    with pytest.raises(InputError, match=r"quantities.first.*top\[0\] has no w_mas; did you mean w_mass"):
        resolved(**tops(samples=change))


def test_combinations_are_read_where_they_are_used_and_their_truth_where_they_learn():
    parts, needs = used_of_tops()
    assert parts["combinations"]["top"].keys() == {"members", "most", "inputs", "define", "sum", "number"}
    assert needs["jet"] == {"pt", "eta", "phi", "e", "mv2c10"} and "missing_et" in needs[""]
    parts, needs = used_of_tops("top")
    assert parts["combinations"]["top"].keys() == {"members", "most", "inputs", "truth"}
    assert {"top", "role"} <= needs["jet"]
    parts, needs = used_of_tops(features=["photon1_pt"])
    assert "combinations" not in parts and "missing_et" not in needs[""]


def test_the_names_of_the_columns_are_those_of_the_table():
    assert definitions.COLUMNS == events.table.COLUMNS


def test_features_are_required(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("study: own\nsamples: {a: {role: signal}, b: {role: background}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"study own: the top level lacks features; add it"):
        config.load(path, ROOT)


def test_a_field_that_one_format_lacks_is_found_before_a_file_is_opened(tmp_path):
    """The samples of a study may have different formats, and each must have what the study reads."""
    (tmp_path / "x.root").touch()
    own = {"role": "background", "files": [str(tmp_path / "x.root")], "format": "nanoaod"}
    with pytest.raises(InputError, match=r"^study tthyy, format nanoaod: regions.ti: .*photon\[:2\] has no tight; th"):
        resolved(samples={"own": own})
    fields = {"etcone20": 0, "ptcone30": "pfRelIso03_all * pt", "tight": "cutBased >= 3"}
    nano = {"collections": {"photon": {"fields": fields}, "jet": {"fields": {"mv2c10": "btagDeepB"}}}}
    nano |= {"event": {"fields": {"trigger": "HLT_Photon60"}}}
    with pytest.raises(
        InputError, match=r"^study tthyy, format nanoaod: objects.lepton: there is no collection lepton; "
    ):
        resolved(samples={"own": own}, formats={"nanoaod": nano})
    nano["collections"]["lepton"] = {"prefix": "Muon_", "fields": {"pt": "pt", "eta": "eta"}}
    study = resolved(samples={"own": own}, formats={"nanoaod": nano})
    assert list(study["formats"]) == ["atlas_open", "nanoaod"]
    one, other = (reading(sample=name, samples={"own": own}, formats={"nanoaod": nano}) for name in ("tth", "own"))
    assert one["definitions"] == other["definitions"]
    assert other["format"]["collections"]["photon"]["fields"]["ptcone30"] == "pfRelIso03_all * pt"


def test_a_study_changes_one_object_one_cut_or_one_quantity_of_its_base():
    study = resolved(
        objects={"lepton": {"require": "pt > 20"}},
        cuts={"trigger": None, "missing momentum": "met > 30"},
        quantities={"jet1_pt": {"latex": "p"}, "ht": {"expression": "sum(jet.e)"}},
        features=["jet1_pt", "ht"],
    )
    assert study["objects"]["lepton"]["require"] == "pt > 20" and "0.4" in str(study["objects"]["jet"]["away_from"])
    assert (
        study["quantities"]["jet1_pt"]["expression"] == "jet[0].pt" and study["quantities"]["jet1_pt"]["latex"] == "p"
    )
    assert study["quantities"]["ht"]["expression"] == "sum(jet.e)" and study["quantities"]["ht"]["unit"] == "GeV"
    parts = reading(cuts={"trigger": None, "missing momentum": "met > 30"})["definitions"]
    assert list(parts["cuts"]) == ["two photons", "pT over mass", "missing momentum"]
    assert parts["quantities"]["met"] == "missing_et"  # of the catalogue, and in a cut alone


@pytest.mark.parametrize("path", sorted((ROOT / "config/features").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_catalogue_of_quantities_goes_with_an_analysis_of_photons_jets_and_leptons(path):
    """All of it: in the objects of the default study, read as the open data are."""
    names = list(yaml.safe_load(path.read_text(encoding="utf-8")))
    quantities = resolved(features=names)["quantities"]
    one = schema.load(ROOT)["properties"]["quantities"]["additionalProperties"]
    for name in names:
        jsonschema.Draft202012Validator(one).validate(quantities[name])
        assert quantities[name]["latex"] and quantities[name]["meaning"], name


def test_a_quantity_stands_once_in_the_catalogue(tmp_path):
    folder = tmp_path / "config/features"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text(f"{name}: {{expression: 1}}\nht: {{expression: 1}}\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"features/b.yaml: ht is in another file of this folder, too; rename one of t"
    ):
        features.catalogue(tmp_path)


def test_quantities_of_the_catalogue_are_found_wherever_they_are_named():
    quantities = {"own": {"expression": "photons_pt_over_mass"}}
    objects = {"jet": {"require": "pt > 25 + 0 * met_phi"}}
    regions = {"ti": "met < 9"}
    study = resolved(
        quantities=quantities, objects=objects, regions=regions, candidate="photon[0] + jet[jet.pt < met][0]"
    )
    assert {"photons_pt_over_mass", "photons_pt", "met", "met_phi"} <= study["quantities"].keys()
    assert "ht" not in study["quantities"]


def test_words_about_a_quantity_are_no_part_of_what_the_jobs_see():
    words = {"latex": "x", "unit": "TeV", "meaning": "Something else."}
    other = {"jet1_pt": words, "own": words | {"expression": "met"}}
    assert reading(quantities=other) == reading()
    grammar = schema.load(ROOT)
    one, two = resolved(quantities=other), resolved(quantities={"own": {"expression": "met"}})
    assert one != two and schema.without_cosmetic(one, grammar) == schema.without_cosmetic(two, grammar)


@pytest.mark.parametrize("base", ["config/config.yaml", "config/smoke.yaml"])
def test_what_the_jobs_see_is_the_same_text_in_every_process(base):
    """Snakemake compares parameters by their text, so a set that comes out in another order would run all again."""
    code = "import sys; sys.path.insert(0, 'tests'); from defaults import reading; print(reading(sys.argv[1]))"
    texts = set()
    for seed in ("1", "2", "3"):
        told = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "scripts")}
        done = subprocess.run([sys.executable, "-c", code, base], cwd=ROOT, env=told, capture_output=True, check=True)
        texts.add(done.stdout)
    assert len(texts) == 1 and b"photon[:2].tight" in texts.pop()


def test_arrays_are_lists_of_the_same_objects():
    shape = {"shape": [3]}
    study = resolved(arrays={"jets": {"values": ["jet.pt", "jet.eta"], **shape}})
    used, needs = definitions.used(study, formats.fields(study["formats"]["atlas_open"]))
    assert used["arrays"] == {"jets": {"values": ["jet.pt", "jet.eta"], "shape": [3]}} and {"pt", "eta"} <= needs["jet"]
    with pytest.raises(InputError, match=r"arrays.jets.values 'jet\[0\].pt' is one number a row, and must be a list"):
        resolved(arrays={"jets": {"values": ["jet[0].pt"], **shape}})
    with pytest.raises(InputError, match=r"arrays.jets.values are of different objects, jet and photon"):
        resolved(arrays={"jets": {"values": ["jet.pt", "photon.pt"], **shape}})
    with pytest.raises(InputError, match=r"arrays.jet is one of objects as well"):
        resolved(arrays={"jet": {"values": ["jet.pt"], **shape}})
