"""Formats of ntuples: those of the repository, those of a study, and every mistake in one sentence."""

import copy
from pathlib import Path

import jsonschema
import pytest
from defaults import resolved

from unsculpt import config, definitions, expressions, formats, schema
from unsculpt.errors import InputError
from unsculpt.simulation.processes import PROCESSES

ROOT = Path(__file__).parents[2]
GRAMMAR = schema.load(ROOT)["properties"]
HOUSE = sorted((ROOT / "config/formats").glob("*.yaml"))
SMALL = {"collections": {"jet": {"fields": {"pt": "pt"}}}}


def own(about, **sample):
    """Changes of the default study: a background in files, whose format is that of the name `own`."""
    files = {"role": "background", "files": ["x.root"], "format": "own"}
    return {"formats": {"own": about}, "samples": {"own": files | sample}}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "x.root").touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", HOUSE, ids=lambda path: path.stem)
def test_formats_of_the_repository_are_formats(path):
    about = formats.house(ROOT)[path.stem]
    jsonschema.Draft202012Validator(GRAMMAR["formats"]["additionalProperties"]).validate(about)
    study = {"formats": {path.stem: about}, "format": path.stem, "samples": {"one": {"files": []}}}
    schema.fill_defaults(study, schema.load(ROOT))
    formats.check(study, "study x")
    for name, part in study["formats"][path.stem]["collections"].items():
        kind = expressions.objects(name, part["fields"])
        if {"pt", "eta", "phi"} <= part["fields"].keys() and {"mass", "e"} & part["fields"].keys():
            assert expressions.check(f"{name}[0] + {name}[1]", {name: kind}).kind.shape == expressions.OBJECT
        assert part["energies"] == ["pt", "e", "mass"] or set(part["energies"]) <= part["fields"].keys()


def test_what_is_simulated_is_written_in_a_format_of_the_repository():
    assert {process.format for process in PROCESSES.values()} <= {path.stem for path in HOUSE}


def test_a_study_changes_one_field_of_a_format_and_keeps_the_rest():
    study = resolved(
        formats={"atlas_open": {"collections": {"photon": {"fields": {"ptcone30": "topoetcone20"}}}}},
    )
    about, house = study["formats"]["atlas_open"], formats.house(ROOT)["atlas_open"]
    photon = about["collections"]["photon"]
    assert photon["fields"] == house["collections"]["photon"]["fields"] | {"ptcone30": "topoetcone20"}
    assert about["unit"] == "MeV" and photon["prefix"] == "photon_" and about["weights"]["generator"] == "mcWeight"


def test_a_format_starts_from_another_and_the_first_stays_as_it_is():
    change = {"base": "atlas_open", "unit": "GeV", "collections": {"photon": {"fields": {"pt": "pt_corrected"}}}}
    study = resolved(**own(change))
    assert list(study["formats"]) == ["atlas_open", "own"]
    one, other = study["formats"].values()
    assert (one["unit"], other["unit"]) == ("MeV", "GeV")
    assert other["collections"]["photon"]["fields"]["pt"] == "pt_corrected"
    assert (
        one["collections"]["photon"]["fields"]["pt"] == "pt"
        and one["collections"]["jet"] == other["collections"]["jet"]
    )


def test_a_format_from_one_that_no_sample_has_is_resolved_only_once():
    """The file that a run leaves holds the formats of its samples, and says the same as the study."""
    chain = {"first": {"base": "atlas_open", "tree": "one"}, "own": {"base": "first", "unit": "GeV"}}
    study = resolved(**own({}) | {"formats": chain})
    assert list(study["formats"]) == ["atlas_open", "own"] and study["formats"]["own"]["tree"] == "one"
    again = copy.deepcopy(study)

    config.resolve_in_place(again, ROOT)
    assert again == study


def test_simulated_samples_and_pseudodata_are_read_as_they_were_written():
    study = resolved(**own({"base": "nanoaod"}) | {"format": "nanoaod"} | {"formats": NANO})
    names = {name: formats.of_sample(study, sample) for name, sample in study["samples"].items()}
    assert names == {
        "tth": "atlas_open",
        "ttyy": "atlas_open",
        "ntni": "atlas_open",
        "data": "atlas_open",
        "own": "own",
    }
    assert formats.of_sample(study, {"files": ["x"]}) == "nanoaod"


NANO = {
    "own": {
        "base": "nanoaod",
        "collections": {
            "photon": {"fields": {"tight": "cutBased >= 3", "etcone20": 0, "ptcone30": "pfRelIso03_all * pt"}},
            "jet": {"fields": {"mv2c10": "btagDeepB", "e": "sqrt(mass**2 + pt**2 * cosh(eta)**2)"}},
            "lepton": {"prefix": "Muon_", "fields": {"pt": "pt", "eta": "eta"}},
        },
        "event": {"fields": {"trigger": 1}},
    }
}


def test_the_format_and_what_is_measured_go_with_the_source_of_a_sample(tmp_path):
    """A child that simulates what its base reads, or reads other files, has nothing of what was said of them."""
    about = "formats: {own: {base: atlas_open}}\n"
    sample = "{role: background, files: [x.root], format: own, measured: true, normalisation: {to: events}}"
    base = f"base: {ROOT}/config/config.yaml\nstudy: one\n{about}samples: {{own: {sample}}}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")

    kept = config.load(tmp_path / "base.yaml", ROOT)["samples"]["own"]
    assert kept["format"] == "own" and kept["measured"]
    child = (
        f"base: {tmp_path}/base.yaml\nstudy: two\nsamples: {{own: {{{{}}, normalisation: {{to: cross_section}}}}}}\n"
    )
    for source in ("simulate: {process: yy}", "files: [x.root]"):
        (tmp_path / "child.yaml").write_text(child.replace("{}", source), encoding="utf-8")
        sample = config.load(tmp_path / "child.yaml", ROOT)["samples"]["own"]
        assert "format" not in sample and not sample["measured"] and source.split(":")[0] in sample


def of(fields=None, **part):
    """A format of one collection."""
    return own({"collections": {"jet": {"fields": fields or {"pt": "pt"}, **part}}})


MISTAKES = {
    "no format": ({"format": "atlas"}, "format 'atlas' is no format; there are atlas_open, "),
    "no format of a sample": (
        own({}, format="nano"),
        "samples.own.format 'nano' is no format; there are atlas_open, ",
    ),
    "no base": (
        own({"base": "atlas"}),
        "formats.own.base 'atlas' is no format; before it there are atlas_open, ",
    ),
    "a base that comes after": (
        {"formats": {"one": {"base": "two"}, "two": {}}},
        "formats.one.base 'two' is no format; before it there are",
    ),
    "a base that is a list": (own({"base": ["atlas_open"]}), "formats.own.base is ['atlas_open']: expected string"),
    "a list of formats": ({"formats": ["own"]}, "formats is ['own']: expected object"),
    "no formats": ({"formats": None}, "formats is empty: expected object"),
    "a format that is a list": (own(["tree"]), "formats.own is ['tree']: expected object"),
    "a format from a list": (
        {"formats": {"one": ["tree"], "two": {"base": "one"}}},
        "formats.one is ['tree']: expected object",
    ),
    "collections that are a list": (
        own({"collections": ["jet"]}),
        "formats.own.collections is ['jet']: expected object",
    ),
    "collections of the house that are a list": (
        {"formats": {"atlas_open": {"collections": ["jet"]}}},
        "formats.atlas_open.collections is ['jet']: expected object",
    ),
    "a collection that is a list": (
        own({"collections": {"jet": ["pt"]}}),
        "formats.own.collections.jet is ['pt']: expected object",
    ),
    "fields that are a list": (of(["pt"]), "formats.own.collections.jet.fields is ['pt']: expected object"),
    "a field that is a list": (
        of({"pt": ["x"]}),
        "formats.own.collections.jet.fields.pt is ['x']: expected string or numb",
    ),
    "an unknown key": (of(prefx="Jet_"), "prefx is not a key of formats.own.collections.jet; did you mean prefix?"),
    "an unknown unit": (own({"unit": "TeV"}), "formats.own.unit is 'TeV': expected one of MeV, GeV"),
    "a field with an odd name": (of({"p-t": "x"}), "formats.own.collections.jet.fields holds the name 'p-t': expected"),
    "a branch that is no name": (
        of({"pt": "jet pt"}),
        "formats.own.collections.jet.fields.pt: 'jet pt' is no expression (invalid syntax",
    ),
    "a function that is none": (
        of({"pt": "sqr(x)"}),
        "formats.own.collections.jet.fields.pt: 'sqr(x)', character 1: sqr",
    ),
    "a field of one of a branch": (
        of({"pt": "jet[0].pt"}),
        "formats.own.collections.jet.fields.pt: 'jet[0].pt', character ",
    ),
    "one number in a collection": (
        of({"pt": "max(x)"}),
        "formats.own.collections.jet.fields.pt 'max(x)' is one number a row, and must be one number for each jet",
    ),
    "the place of an event in a collection": (
        of({"pt": "pt", "i": "entry"}),
        "formats.own.collections.jet.fields.i 'entry' is one number a row, and must be one number for each jet",
    ),
    "nothing but constants": (
        of({"pt": 1, "eta": "2"}),
        "formats.own.collections.jet: no field of it is read from a branch; add one",
    ),
    "otherwise of no field": (
        of(otherwise={"e": "pt"}),
        "formats.own.collections.jet.otherwise has e, which is not among its fields; correct it",
    ),
    "otherwise of no number of the event": (
        own({"event": {"otherwise": {"trigger": 1}}}),
        "formats.own.event.otherwise has trigger, which is not among its fields; correct it",
    ),
    "an otherwise that is none": (
        of(otherwise={"pt": "1 +"}),
        "formats.own.collections.jet.otherwise.pt: '1 +' is no expression",
    ),
    "an energy that is no field": (
        of(energies=["pt", "etcone"]),
        "formats.own.collections.jet.energies has etcone, which is not among its fields; correct it",
    ),
    "a collection with the name of a number": (
        own({"collections": {"met": {"fields": {"pt": "x"}}}, "event": {"fields": {"met": "y"}}}),
        "formats.own.collections.met is a number of the event as well; rename it",
    ),
    "a collection of weights": (
        own({"collections": {"weight": {"fields": {"pt": "x"}}}}),
        "formats.own.collections.weight is a number of the event as well; rename it",
    ),
    "a number with a name of the program": (
        own(SMALL | {"event": {"fields": {"mass": "m"}}}),
        "formats.own.event.fields.mass is a name of the program's own as well; rename it",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_key(mistake):
    changes, sentence = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        resolved(**changes)
    assert str(error.value).startswith("study tthyy") and sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_numbers_of_the_event_may_be_made_of_lists():
    """A missing trigger is a constant, and the number of jets is found from one of their branches."""
    event = {"fields": {"n": "count(Jet_pt)", "lead": "max(Jet_pt)", "a": "b + c", "i": "entry", "one": 1}}
    study = {"formats": {"own": {"event": event}}, "format": "own", "samples": {"one": {"files": []}}}
    schema.fill_defaults(study, schema.load(ROOT))
    formats.check(study, "study x")


def test_a_reduced_format_has_what_is_needed_and_what_identifies_an_event():
    about = copy.deepcopy(formats.house(ROOT)["atlas_open"])
    schema.fill_defaults(about, GRAMMAR["formats"]["additionalProperties"])
    small = formats.reduced(about, {"jet": {"pt", "e"}, "": {"missing_et"}})
    assert list(small["collections"]) == ["jet"]
    assert small["collections"]["jet"] == {
        "prefix": "jet_",
        **{"numbered": [], "exists": None, "count": None},
        "fields": {"pt": "pt", "e": "E"},
        "otherwise": {"e": "pt * cosh(eta)"},
        "energies": ["pt", "e"],
    }
    assert list(small["event"]["fields"]) == ["run", "event", "missing_et"] and small["weights"] == about["weights"]
    assert formats.reduced(about, {})["collections"] == {}


def test_the_number_of_objects_is_that_of_a_field_with_a_branch():
    """A constant, such as the mass of a photon, does not tell how many there are."""
    part = {"prefix": "", "fields": {"mass": 0, "d0": "D0", "z0": "Z0"}, "otherwise": {}, "energies": []}
    about = {"collections": {"track": part}, "event": {"fields": {}, "otherwise": {}, "energies": []}}
    for needs, fields in ((set(), ["d0"]), ({"mass"}, ["mass", "d0"]), ({"mass", "z0"}, ["mass", "z0"])):
        assert list(formats.reduced(about, {"track": needs})["collections"]["track"]["fields"]) == fields


def test_fields_are_those_that_a_study_may_name():
    known = formats.fields({"event": {"fields": {"met": "x"}}, "collections": {"jet": {"fields": {"pt": "y"}}}})
    assert known == {"": {"met", "run", "event"}, "jet": {"pt"}}
    study = {"objects": {}, "candidate": None, "quantities": {}, "regions": {}, "combinations": {}, "substructure": {}}
    assert "met" in definitions.Definitions(study | {"mass": {"expression": "met"}}, known)
