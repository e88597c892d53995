"""The workflow as its user runs it: the smoke study from nothing to the report, and what happens around it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import browser
import numpy as np
import pytest
import yaml
from workflow import recount
from workflow.blinding import data_in_the_window
from workflow.running import ROOT, products, snakemake

from unsculpt import axes, definitions, events, formats, ntuples, selection
from unsculpt.pages import comparison, numbers, parts
from unsculpt.rows import Rows

STUDIES = [
    "config/config.yaml",
    "config/smoke.yaml",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("config/studies/*")),
]
pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """A folder in which the smoke study has run, away from the repository, of which it holds a copy to edit."""
    folder = tmp_path_factory.mktemp("smoke")
    leave = shutil.ignore_patterns(".git", ".venv", "results", ".snakemake", "tools")
    shutil.copytree(ROOT, folder / "repository", ignore=leave)
    again(folder)
    return folder


def again(folder, *options):
    root = folder / "repository"
    return snakemake("--configfile", root / "config/smoke.yaml", "--directory", folder, *options, root=root)


def test_the_workflow_passes_its_linter():
    snakemake("--lint", "--configfile", ROOT / "config/smoke.yaml")


@pytest.mark.parametrize("study", STUDIES)
def test_each_shipped_study_can_be_planned(study, tmp_path):
    """With the files that it names, if it names any: a plan does not open them."""
    samples = yaml.safe_load((ROOT / study).read_text(encoding="utf-8")).get("samples", {})
    for name in (name for sample in samples.values() for name in (sample or {}).get("files", [])):
        if "://" not in name:
            (tmp_path / name).touch()
    output = snakemake("--dry-run", "--configfile", ROOT / study, "--directory", tmp_path)
    assert "report.html" in output


def test_the_library_is_the_one_of_the_repository(smoke):
    assert (ROOT / "scripts/unsculpt/__init__.py").is_file()
    probe = "import unsculpt; print(unsculpt.__file__)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    found = subprocess.run(
        [sys.executable, "-c", probe], env=environment, cwd=smoke, capture_output=True, encoding="utf-8"
    )
    assert Path(found.stdout.strip()).is_relative_to(ROOT)


def test_the_smoke_study_ends_with_a_report_and_a_summary(smoke):
    results = smoke / "results/smoke"
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    assert list(summary["backgrounds"]) == ["continuum", "ttyy", "ntni"]
    for background in summary["backgrounds"].values():
        assert [p["tag"] for p in background["points"]] == ["0", "1", "30", "0", "0"]
        assert all(p["jsd"]["floor"] > 0 and p["auc"]["error"] > 0 for p in background["points"])
    assert (results / "report.html").stat().st_size < 15e6
    drawn = {path.stem for path in (results / "figures/ttyy").glob("*.svg")}
    assert drawn >= {"distributions", "divergence", "pairs", "map_nn_channels_cdf"}  # and no weights of a training
    assert not [name for name in drawn if name.startswith("weighting_")]
    assert len((results / "headline.txt").read_text(encoding="utf-8").splitlines()) >= 5


def test_the_numbers_of_a_mixture_are_those_of_an_independent_count(smoke):
    """Figures, shares, divergences, floors, categories and significance of the continuum, from the same rows."""
    rows = recount.Rows(smoke / "results/smoke", "continuum")
    background, point = rows.label == 0, rows.point
    passed = background & (rows.score >= point["threshold"])
    mixture = ("ttyy", "ntni")
    filled = [part for part in rows.json("figures/continuum/mass.json")["panels"][0]["drawn"] if "band" in part]
    heights = [np.subtract(part["high"], part["low"]) for part in filled[:2]]  # the upper one of the stack first
    for sample, height in zip(reversed(mixture), heights, strict=True):
        assert height == pytest.approx(rows.spectrum(rows.sample == sample), rel=1e-9)
    assert point["jsd"]["value"] == pytest.approx(rows.jsd(passed, background), rel=1e-9)
    shuffled = rows.permuted(passed, background, mixture, 100, np.random.default_rng(1))
    assert point["jsd"]["floor"] == pytest.approx(shuffled, rel=0.12)
    alone = np.zeros(len(recount.EDGES) - 1)
    for sample, part in zip(mixture, sorted(point["samples"], key=lambda p: mixture.index(p["name"])), strict=True):
        own = rows.sample == sample
        kept, every = rows.weight[own & passed].sum(), rows.weight[own].sum()
        assert part["share_before"]["value"] == pytest.approx(every / rows.weight[background].sum())
        assert part["share_after"]["value"] == pytest.approx(kept / rows.weight[passed].sum())
        assert part["jsd"]["value"] == pytest.approx(rows.jsd(own & passed, own), rel=1e-9)
        alone += kept / every * rows.spectrum(own)
    composed = recount.jensenshannon(alone, rows.spectrum(background), base=2) ** 2
    assert point["jsd_composition"]["value"] == pytest.approx(composed, rel=1e-6)
    assert sum(recount_category(rows, category) for category in rows.summary["categories"]) ** 0.5 == pytest.approx(
        rows.summary["combined"]["significance_optimised"], rel=1e-9
    )


def recount_category(rows, category):
    """Count one category again; its significance on the events that found it, squared."""
    low, high = category["score_low"], category["score_high"]
    own = (rows.channel == category["channel"]) & (rows.score >= low) & ((rows.score < high) | (high == 1))
    window, signal = (rows.mass >= 120) & (rows.mass < 130), own & (rows.label == 1)
    assert category["signal"] == pytest.approx(rows.weight[signal & window].sum())
    for sample, found in category["samples"].items():
        assert found["value"] == pytest.approx(rows.weight[own & window & (rows.sample == sample)].sum())
    background = own & (rows.label == 0)
    side = rows.weight[background & ~window]
    if category["function"] == "exp1":
        found, error = recount.exponential_in_window(rows.spectrum(background), np.sum(side**2) / side.sum())
        assert category["background"] == pytest.approx(found, rel=1e-3)
        if category["slope_from"] == "sidebands":
            assert category["background_error"] == pytest.approx(error, rel=0.02)
    spurious = category["function_choice"]["uncertainty"] * category["signal"] / rows.weight[signal].sum()
    error = np.hypot(category["background_error"], spurious)
    assert category["background_uncertainty"] == pytest.approx(error, rel=1e-9)
    expected = category["background"] + category["background_excess"]
    z = recount.significance(category["signal"], expected, error)
    assert category["significance_optimised"] == pytest.approx(z, rel=1e-9)
    return z**2


def test_every_file_of_numbers_says_of_what_they_are(smoke):
    """By its background, and where the path has them by method and tag; a workspace has pyhf's keys alone."""
    results, found = smoke / "results/smoke", 0
    for path in results.glob("*/**/*.json"):
        *folders, name = path.relative_to(results).with_suffix("").parts
        if folders[0] not in ("training", "metrics", "fits", "categories", "figures") or name.endswith("workspace"):
            continue
        content, found = json.loads(path.read_text(encoding="utf-8")), found + 1
        names = dict(zip(("background", "method"), folders[1:], strict=False)) or {"background": name}
        assert {key: content[key] for key in names} == names, path
        assert folders[0] != "fits" or len(names) == 1 or content["tag"] == name, path
    assert found > 30


def test_a_second_run_has_nothing_to_do(smoke):
    assert "Nothing to be done" in again(smoke)


def test_other_words_rerun_figures_and_what_comes_last(smoke):
    """Whatever a study calls things, no number is made again."""
    words = ["title=Other", "figure_label=Other", "mass={latex: m}", "samples={tth: {latex: S, description: Signal}}"]
    output = again(smoke, "--dry-run", "--config", *words, "methods={ann: {label: Adversarial}}")
    planned = set(re.findall(r"^(\w+) +\d+$", output, flags=re.MULTILINE))  # the table of jobs
    last = {"all", "total", "summarise", "draw_workflow"}
    assert {"plot_metrics", "summarise", "write_report"} <= planned
    assert {rule for rule in planned - last if not rule.startswith(("plot_", "write_"))} == set()


DELETED = {  # a file of every stage, and the rule that makes it
    "ntuples/tth/0.root": "simulate_ntuples",
    "events/ttyy/1.parquet": "select_events",
    "events/continuum.parquet": "merge_events",
    "training/ttyy/ann/0.pt": "train_models",
    "scores/ntni/nn.parquet": "score_events",
    "metrics/ttyy/nn.json": "measure_methods",
    "fits/ttyy/ann/30.json": "fit_sidebands",
    "categories/ntni.json": "choose_categories",
    "figures/ttyy/tradeoff.svg": "plot_metrics",
    "summary.json": "summarise",
    "tables/ttyy/selection.csv": "write_background_tables",
    "hepdata": "write_hepdata",
    "report.html": "write_report",
}


def test_deleted_files_of_every_stage_come_back_identical(smoke):
    """Each by its own rule: what follows from it is that of the bytes before."""
    before = products(smoke)
    for name, rule in DELETED.items():
        path = smoke / "results/smoke" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        again(smoke, f"results/smoke/{name}", "--allowed-rules", rule)
    after = products(smoke)
    assert sorted(after) == sorted(before)
    assert [name for name in before if before[name] != after[name]] == []
    again(smoke, "--touch")
    assert "Nothing to be done" in again(smoke, "-n")


def test_blinded_results_hold_no_data_in_the_window(smoke):
    """Whatever a file of the run is, an ntuple, a table, JSON or a figure's numbers: no data event is in the window."""
    results, read = smoke / "results/smoke", set()
    config = yaml.safe_load((results / "config.yaml").read_text(encoding="utf-8"))
    for path in filter(Path.is_file, results.rglob("*")):
        read.add(path.suffix)
        if path.suffix == ".parquet" and "scores" not in path.parts:
            table = events.load(path, columns=())
            assert not ((table.label == events.DATA) & (abs(table.mass - 125) < 5)).any(), path
        elif path.suffix == ".root" and path.parent.name == "data":
            about = config["formats"]["atlas_open"]
            study, needs = definitions.used(config, formats.fields(about))
            reading = {"step_size": "50 MB", "simulated": False}
            with ntuples.Ntuple(path, formats.reduced(about, needs), **reading) as ntuple:
                for rows in (Rows(arrays, study) for arrays in ntuple):
                    hidden = selection.is_blinded(rows, study, axes.mass(config["mass"]))
                    assert len(rows) and not hidden.any(), path
        elif path.suffix == ".json":
            assert data_in_the_window(json.loads(path.read_text(encoding="utf-8"))) == 0, path
    assert {".parquet", ".root", ".json", ".csv", ".html"} <= read


@pytest.mark.parametrize("width", browser.WIDTHS)
def test_the_report_works_in_a_browser(smoke, width):
    browser.check(smoke / "results/smoke/report.html", width)


def test_the_report_of_snakemake_shows_the_figures_with_their_captions(smoke):
    again(smoke, "--report", smoke / "snakemake.html")
    page = (smoke / "snakemake.html").read_text(encoding="utf-8")
    assert "Sculpting, before and after" in page and "Sideband fit before any cut" in page


def test_a_library_edit_reruns_its_users_only(smoke):
    """A comment reruns nothing, a change of the plots reruns the plots and the report."""
    library = smoke / "repository/scripts/unsculpt"
    with (library / "files.py").open("a", encoding="utf-8") as file:
        file.write("\n# a comment\n")
    assert "Nothing to be done" in again(smoke, "--dry-run")
    with (library / "plots/style.py").open("a", encoding="utf-8") as file:
        file.write("\nUNUSED_BY_ANYTHING = 1\n")
    output = again(smoke, "--dry-run")
    assert "plot_metrics" in output and "write_report" in output
    assert not any(rule in output for rule in ("train_models", "fit_sidebands", "select_events", "summarise"))


def test_its_numbers_can_be_kept_for_pages_and_compared(smoke):
    kept = numbers.keep(smoke / "results/smoke", commit="that of the smoke study")
    summary = json.loads((smoke / "results/smoke/summary.json").read_text(encoding="utf-8"))
    assert comparison.compare(kept, summary).agrees
    for background, content in summary["backgrounds"].items():
        for name in (
            "selection",
            "fits",
            "categories",
            "candidates",
            "working_point",
            "toys",
            "impacts",
            "composition",
        ):
            assert parts.part(kept, name, background)
        assert parts.part(kept, "selection", background).count("\n") == len(content["points"]) + 1
    summary["backgrounds"]["ttyy"]["points"][0]["auc"]["value"] -= 0.5
    (cell,) = comparison.compare(kept, summary).differing
    assert cell.place.startswith("ttyy, selection: ")
