"""Studies that leave stages out: what they do not have is null in the summary, and nowhere on the page or on disk."""

import json
import re

import pytest
import yaml
from workflow.running import ROOT, snakemake

from unsculpt import events, stages, tables

TINY = yaml.safe_load((ROOT / "tests/cluster/tiny.yaml").read_text(encoding="utf-8"))
for sample, events_per_chunk in (("tth", 800), ("ntni", 2400)):  # as many events in fewer jobs
    TINY["samples"][sample]["simulate"] |= {"chunks": 1, "events_per_chunk": events_per_chunk}
TINY["methods"] = {"nn": {"objective": "none", "strengths": [0]}, "jet": {"feature": "jet1_pt"}}
pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]
FIGURES = {
    "fits": {"fit_initial", "fit_nn", "fit_chosen"},
    "categories": {"categories", "significance", "scan"},
}
ALWAYS = {"sculpting", "tradeoff", "mass", "roc", "distributions", "divergence"}


def without_window():
    """The tiny study without a signal window, hence without fits, with data that nothing is blinded of."""
    data = {"role": "data", "pseudodata": {"signal": "tth", "background": "ntni", "signal_strength": 1}}
    ntni = TINY["samples"]["ntni"] | {"cross_section_pb": 0.05}  # no sidebands to normalise to
    del ntni["normalisation"]
    samples = {**TINY["samples"], "ntni": ntni, "data": data}
    changes = {"study": "no_window", "luminosity_fb": 20, "mass": {"window_gev": None}, "samples": samples}
    return TINY | changes


STUDIES = {
    "no_window": (without_window(), []),
    "no_categories": (TINY | {"study": "no_categories", "stages": ["fits"]}, ["fits"]),
}


@pytest.fixture(scope="module", params=STUDIES)
def made(request, tmp_path_factory):
    """The results of a whole run, and the stages that the study has."""
    study, given = STUDIES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    snakemake("--configfile", folder / "study.yaml", "--directory", folder)
    return folder / "results" / study["study"], given


def test_what_is_left_out_is_null_in_the_summary(made):
    results, given = made
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    background = summary["backgrounds"]["ntni"]
    assert summary["stages"] == given == yaml.safe_load((results / "config.yaml").read_text(encoding="utf-8"))["stages"]
    for stage in stages.STAGES:
        assert {background[key] is not None for key in stage.keys} == {stage.name in given}
    assert all((point["fit"] is not None) == ("fits" in given) for point in background["points"])
    assert (summary["blind"] is None) == (results.name == "no_window")
    assert all((point["jsd_window"] is None) == (results.name == "no_window") for point in background["points"])


def test_the_working_point_is_the_candidate_that_rejects_most(made):
    results, given = made
    content = json.loads((results / "metrics/ntni/working_point.json").read_text(encoding="utf-8"))
    chosen, candidates = content["working_point"], content["candidates"]
    assert all(row["significance"] is None for row in candidates)
    assert all((row["passes"] is None) == ("fits" not in given) for row in candidates)
    good = [row for row in candidates if row["compatible"] and row["passes"] in (True, None)]
    assert chosen["qualified"] == bool(good)
    if good:
        best = max(good, key=lambda row: row["rejection"])
        assert chosen["tag"] == best["tag"] and "highest background rejection" in chosen["reason"]
    assert ("sideband fit" in chosen["criterion"]) == ("fits" in given)


def test_the_comparison_is_by_the_divergence_alone_without_fits(made):
    results, given = made
    content = json.loads((results / "metrics/ntni/comparison.json").read_text(encoding="utf-8"))
    if "fits" not in given:
        assert "the JSD alone" in content["criterion"]
        assert content["best"] == content["best_unsculpted"]
        assert all(row["passes"] is None and row["unsculpted"] is not None for row in content["points"])
    else:
        assert "purious signal" in content["criterion"]


def test_the_headline_speaks_of_what_there_is(made):
    results, given = made
    headline = (results / "headline.txt").read_text(encoding="utf-8")
    assert ("sideband fit" in headline) == ("fits" in given)
    assert "significance" not in headline and "rejection" in headline


def test_the_page_has_the_sections_and_figures_of_its_stages(made):
    results, given = made
    page = (results / "report.html").read_text(encoding="utf-8")
    present = set(re.findall(r'<h3 id="background-ntni-(\w+)"', page))
    linked = set(re.findall(r'href="#background-ntni-(\w+)"', page))
    optional = {section for stage in stages.STAGES for section in stage.sections}
    wanted = {section for stage in stages.STAGES if stage.name in given for section in stage.sections}
    assert present == linked and present & optional == wanted and "choice" in present
    drawn = {path.stem for path in (results / "figures/ntni").glob("*.svg")}
    assert drawn >= ALWAYS
    assert not [name for name in drawn if name.startswith(("map_", "weighting_", "pairs"))]  # it has no such methods
    for stage, names in FIGURES.items():
        assert drawn & names == (names if stage in given else set())
    assert page.count("<img") == len(drawn) + 1  # and the graph of the workflow
    assert "Expected significance" not in page and ("Hollow points" in page) == ("fits" in given)
    curves = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    assert curves["fits"] == ("fits" in given) and (curves["window"] is None) == (results.name == "no_window")
    assert ("no signal window" in page) == (results.name == "no_window")


def test_the_tables_are_those_of_its_stages(made):
    results, given = made
    written = {path.stem for path in (results / "tables/ntni").glob("*.csv")}
    assert written == set(stages.kept(tables.BACKGROUND, "tables", given))
    candidates = (results / "tables/ntni/candidates.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "Rejection" in candidates and "Significance" not in candidates
    assert ("p-value of no bias" in candidates) == ("fits" in given)
    names = {path.name for path in (results / "hepdata").glob("*.yaml")}
    assert any("mass" in name for name in names)
    assert any("sideband_fits" in name for name in names) == ("fits" in given)


def test_data_are_where_the_window_would_be_only_without_one(made):
    results, _ = made
    table = events.load(results / "events/ntni.parquet", columns=())
    inside = (table.label == events.DATA) & (abs(table.mass - 125) < 5)
    assert inside.any() == (results.name == "no_window")


def test_a_study_can_leave_out_all_stages_and_keep_its_window(tmp_path):
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(TINY | {"stages": []}), encoding="utf-8")
    planned = snakemake("--dry-run", "--configfile", tmp_path / "study.yaml", "--directory", tmp_path)
    assert "choose_working_point" in planned and "write_report" in planned
    for rule in ("fit_initial", "fit_sidebands", "plot_fits", "choose_categories", "fit_categories", "plot_categories"):
        assert rule not in planned


def test_a_study_with_all_stages_plans_them(tmp_path):
    planned = snakemake("--dry-run", "--configfile", ROOT / "tests/cluster/tiny.yaml", "--directory", tmp_path)
    assert "fit_initial" in planned and "choose_categories" in planned and "choose_working_point" not in planned
