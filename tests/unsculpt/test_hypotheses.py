"""Which mixtures of samples are background hypotheses, and what pseudo-data may be drawn from."""

from pathlib import Path

import pytest
import yaml

from unsculpt import config, hypotheses, studyfile
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[2]
SIMULATED = {"role": "background", "simulate": {"process": "yy"}}
TO_SIDEBANDS = SIMULATED | {"normalisation": {"to": "sidebands", "sideband_events": 9}}


def resolved(backgrounds=None, **changes):
    """The default study with other hypotheses (None: none are given) and changes of its samples."""
    study = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    del study["backgrounds"]
    study = studyfile.merge(study, {"samples": {"data": {"pseudodata": {"background": "ntni"}}} | changes})
    if backgrounds is not None:
        study["backgrounds"] = backgrounds
    config.resolve_in_place(study, ROOT, formulas=False)
    return study


def test_by_default_each_background_sample_is_a_hypothesis():
    assert resolved(yy=SIMULATED)["backgrounds"] == {"ttyy": ["ttyy"], "ntni": ["ntni"], "yy": ["yy"]}


def test_the_default_study_begins_with_the_continuum_and_draws_pseudodata_of_it():
    study = config.load(ROOT / "config/config.yaml", ROOT)
    assert next(iter(study["backgrounds"].items())) == ("continuum", ["ttyy", "ntni"])
    assert hypotheses.mixture_of(study, study["samples"]["data"]["pseudodata"]["background"]) == ["ttyy", "ntni"]
    assert hypotheses.samples_of(study, "continuum") == ["tth", "ttyy", "ntni", "data"]
    assert hypotheses.samples_of(study, "ntni") == ["tth", "ntni", "data"]


def test_a_study_replaces_all_hypotheses_of_its_base_and_else_keeps_them(tmp_path):
    text = "base: config/config.yaml\nstudy: mine\n"
    (tmp_path / "kept.yaml").write_text(text, encoding="utf-8")
    assert list(config.load(tmp_path / "kept.yaml", ROOT)["backgrounds"]) == ["continuum", "ttyy", "ntni"]
    other = text + "backgrounds: {mine: [ntni, ttyy]}\nsamples: {data: {pseudodata: {background: mine}}}\n"
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    assert config.load(tmp_path / "other.yaml", ROOT)["backgrounds"] == {"mine": ["ntni", "ttyy"]}


def hidden(tmp_path, backgrounds, **changes):
    """The default study with a measured background, and other changes of it."""
    (tmp_path / "fakes.root").touch()
    region = changes.pop("region", {})
    fakes = {"role": "background", "files": [f"{tmp_path}/fakes.root"], "measured": True} | region
    study = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    study["samples"] |= {"fakes": fakes | {"normalisation": {"to": "events"}}}
    study["backgrounds"] |= backgrounds
    config.resolve_in_place(studyfile.merge(study, changes), ROOT, formulas=False)


@pytest.mark.parametrize("region", [{}, {"region": "ti"}, {"region": "any"}])
def test_a_measured_background_with_a_hole_in_the_window_has_no_fits(tmp_path, region):
    """Its spurious signal, and the background of a category in the window, would be those of the hole."""
    words = (
        r"backgrounds.mix holds samples.fakes, measured events of the searched region \(ti\): while the study is blind"
    )
    for stages in ({}, {"stages": ["fits"]}):
        with pytest.raises(InputError, match=rf"{words} none .*control region, or leave .* out \(stages: \[\]\)"):
            hidden(tmp_path, {"mix": ["ttyy", "fakes"]}, region=region, **stages)


@pytest.mark.parametrize(
    "changes",
    [{"region": {"region": "ntni"}}, {"blind": False}, {"stages": []}],
)
def test_a_measured_background_without_a_hole_or_without_fits_may_be(tmp_path, changes):
    hidden(tmp_path, {"mix": ["ttyy", "fakes"]}, **changes)


def test_a_measured_background_of_no_hypothesis_may_have_a_hole(tmp_path):
    hidden(tmp_path, {})


def test_a_sample_of_no_hypothesis_is_accepted_and_pseudodata_may_be_drawn_from_it():
    study = resolved({"ttyy": ["ttyy"]})
    assert study["backgrounds"] == {"ttyy": ["ttyy"]} and hypotheses.mixture_of(study, "ntni") == ["ntni"]
    assert hypotheses.samples_of(study, "ttyy") == ["tth", "ttyy", "data"]


MISTAKES = {
    "nothing": ({}, {}, "backgrounds is empty; name a hypothesis, or leave the key out"),
    "an empty mixture": (
        {"all_of_it": []},
        {},
        "backgrounds.all_of_it is empty; list samples with role background: ttyy",
    ),
    "no list": ({"ttyy": "ttyy"}, {}, "backgrounds.ttyy is 'ttyy': expected array"),
    "no sample": ({"sum": ["ttyy", "ntnj"]}, {}, "backgrounds.sum lists 'ntnj', which is no sample; those with role"),
    "another role": (
        {"sum": ["ttyy", "tth"]},
        {},
        "backgrounds.sum lists 'tth', whose role is signal; those with role",
    ),
    "the same twice": ({"sum": ["ttyy", "ttyy"]}, {}, "backgrounds.sum lists 'ttyy' twice"),
    "the name of another sample": (
        {"ttyy": ["ttyy", "ntni"]},
        {},
        "backgrounds.ttyy has the name of a sample but is [tt",
    ),
    "the name of a signal": ({"tth": ["ttyy"]}, {}, "backgrounds.tth has the name of a sample with role signal"),
    "the name of the data": ({"data": ["ttyy"]}, {}, "backgrounds.data has the name of a sample with role data"),
    "a name that is none": (
        {"a/b": ["ttyy"]},
        {},
        "backgrounds holds the name 'a/b': expected 2 to 40 letters, digits",
    ),
    "capitals": ({"sum": ["ttyy"], "Sum": ["ntni"]}, {}, "backgrounds.sum and backgrounds.Sum differ in case only"),
    "two that fill the sidebands": (
        {"sum": ["ttyy", "ntni", "yy"]},
        {"yy": TO_SIDEBANDS},
        "backgrounds.sum holds ntni and yy, all normalised to the sidebands, where only one can take what",
    ),
    "pseudo-data of nothing": (
        None,
        {"data": {"pseudodata": {"background": "sum"}}},
        "samples.data.pseudodata.background is 'sum'; name one of backgrounds (ttyy, ntni), or give samples.data files",
    ),
    "pseudo-data of a signal": (
        None,
        {"data": {"pseudodata": {"background": "tth"}}},
        "pseudodata.background is 'tth'",
    ),
    "pseudo-data of no signal": (
        None,
        {"data": {"pseudodata": {"signal": "ntni"}}},
        "samples.data.pseudodata.signal is 'ntni'; name a simulated sample with role signal, or give",
    ),
    "pseudo-data of files": (
        {"sum": ["ttyy", "own"]},
        {"own": {"role": "background", "files": ["own.root"]}, "data": {"pseudodata": {"background": "sum"}}},
        "samples.data.pseudodata.background is 'sum', and samples.own of it is not simulated; name another",
    ),
    "pseudo-data that fix themselves": (
        None,
        {"ntni": {"normalisation": {"sideband_events": None}}},
        "samples.ntni.normalisation.sideband_events is null, but samples.data is drawn from it",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_key(mistake):
    backgrounds, changes, sentence = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        resolved(backgrounds, **changes)
    assert str(error.value).startswith("study tthyy: ") and sentence in str(error.value)
    assert "\n" not in str(error.value)
