"""The summary of a toy study, from the files that the other rules make."""

import jsonschema
import pytest
import summarise
import toy_study
import write_config
import yaml

from unsculpt import files, gathering

NUMBER = {"type": ["number", "null"]}
VALUE = {"type": "object", "required": ["value", "error"], "properties": {"value": NUMBER, "error": NUMBER}}
JSD = {"type": "object", "required": ["value", "error", "floor", "base", "reference", "bins", "range_gev", "n_eff"]}
FIT = {
    "type": "object",
    "required": ["function", "order", "chi2", "ndf", "p_value", "slope", "window_yield"],
    "not": {"anyOf": [{"required": [key]} for key in ("spectrum", "model", "provenance")]},
}


def table(required, **properties):
    """Schema of an object whose keys must be there, some of them of a given form."""
    return {"type": "object", "required": required.split(), "properties": properties}


POINT = table(
    "method strength tag auc accuracy accuracy_signal accuracy_background signal_efficiency background_efficiency "
    "rejection jsd jsd_window jsd_beyond_slope fit spurious_signal",
    **dict.fromkeys(("auc", "accuracy", "accuracy_signal", "accuracy_background"), VALUE),
    **dict.fromkeys(("signal_efficiency", "background_efficiency", "rejection"), VALUE),
    **dict.fromkeys(("jsd", "jsd_window", "jsd_beyond_slope"), JSD),
    fit=FIT,
)
CATEGORY = table(
    "name channel score_low score_high signal background background_error significance jsd fit spurious_signal",
    jsd=JSD,
    fit=FIT,
)
BACKGROUND = table(
    "correlations importance points initial working_point categories combined",
    importance={"type": "array", "items": table("feature drop_auc error")},
    points={"type": "array", "items": POINT, "minItems": 1},
    initial=table("fit", fit=FIT),
    working_point=table("method strength criterion reason"),
    categories={"type": "array", "items": CATEGORY},
    combined=table("significance significance_pyhf cls_upper_limit_mu"),
)
SUMMARY = table(
    "study unsculpt config_digest luminosity_fb samples backgrounds",
    samples={"additionalProperties": table("events_read events_selected sum_weights cutflow")},
    backgrounds={"additionalProperties": BACKGROUND, "minProperties": 1},
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from conftest import make_toy_events

    folder = tmp_path_factory.mktemp("study")
    left_out = {kind for kind in gathering.ASKED if not toy_study.CONFIG.get(kind)}
    given = {kind: [] for kind in gathering.NAMES if kind not in left_out}
    for i, name in enumerate(("ttyy", "ntni")):
        paths = toy_study.write(folder / name, make_toy_events(12000, seed=i), name)
        paths["categories"] = toy_study.choose(folder / name, paths, name)
        paths["working_point"] = folder / name / "working_point.json"
        toy_study.combine(folder / name, paths["categories"], name)
        paths["combined"] = folder / name / "combined.json"
        for kind in given:
            given[kind] += paths[kind] if isinstance(paths[kind], list) else [paths[kind]]
    given = {kind: paths[::-1] for kind, paths in given.items()}  # in whatever order
    output = {"summary": folder / "summary.json", "headline": folder / "headline.txt"}
    toy_study.call(summarise, given | {"config": paths["config"]}, output, {}, backgrounds=["ttyy", "ntni"])
    return files.load_json(output["summary"]), output["headline"].read_text(encoding="utf-8")


def test_every_key_of_the_contract_is_there(made):
    jsonschema.Draft202012Validator(SUMMARY).validate(made[0])


def test_the_significance_against_the_threshold_is_there_without_its_curves(made):
    summary, _ = made
    assert summary["threshold"] == toy_study.CONFIG["threshold"]
    found = summary["backgrounds"]["ttyy"]["threshold"]
    assert [(point["method"], point["tag"]) for point in found["points"]] == toy_study.POINTS
    assert sum(point["best"] for point in found["points"]) == 1 and "curves" not in found["points"][0]
    assert found["values"] == ["hadronic", "leptonic"] and len(found["chosen"]["parts"]) == 2
    for point in found["points"]:
        assert point["max"]["value"] > 0 and point["quoted"]["error"] > 0 and {*point["auc"]} == {*found["values"]}


def test_the_points_of_each_background_are_its_own(made):
    summary, _ = made
    for background in summary["backgrounds"].values():
        assert [(point["method"], point["tag"]) for point in background["points"]] == toy_study.POINTS
    first, second = (background["points"][0]["auc"]["value"] for background in summary["backgrounds"].values())
    assert first != second


def test_the_warnings_of_all_jobs_are_there_once_and_in_the_headline(made):
    warnings = made[0]["warnings"]
    assert warnings[0] == "samples.data: 46 events have the numbers of another"  # of both backgrounds
    assert len(set(warnings)) == len(warnings) and not any("samples.data" in sentence for sentence in warnings[1:])
    assert "ttyy: ann: the adversary is dead" in warnings and "ntni: ann: the adversary is dead" in warnings
    assert "Warnings:\n  - samples.data: 46 events" in made[1]


def test_a_blind_study_has_no_observed_limit(made):
    for background in made[0]["backgrounds"].values():
        assert background["combined"]["cls_upper_limit_mu"]["observed"] is None


def test_the_headline_tells_the_first_background_in_full_and_the_others_in_a_line(made):
    summary, headline = made
    lines = headline.splitlines()
    assert lines[0] == "Toy photons (toy, 140/fb)"
    assert lines[1].startswith("Background ttyy: working point ANN at strength 30")
    assert "NN: " in lines[3]
    combined = summary["backgrounds"]["ttyy"]["combined"]
    assert f"expected significance {combined['significance_fit']:.2f} in one fit" in lines[2]
    assert f"counts in the window alone: {combined['significance']:.2f}" in lines[2]
    assert sum(line.startswith("Background") for line in lines) == 2


def test_the_digest_is_that_of_the_written_configuration(made, tmp_path):
    output = {"config": tmp_path / "config.yaml"}
    toy_study.call(write_config, {}, output, {}, config=toy_study.CONFIG)
    assert yaml.safe_load(output["config"].read_text(encoding="utf-8")) == toy_study.CONFIG
    assert made[0]["config_digest"] == files.digest(toy_study.CONFIG)
