"""What is kept of a run says which run it is, and has the numbers of the tables."""

import os
import shutil
from datetime import UTC, datetime

import pytest
import synthetic_results

from unsculpt import files, tables
from unsculpt.errors import InputError
from unsculpt.pages import numbers


def test_it_says_processor_day_commit_versions_and_seed(run, in_git):
    os.utime(run / "summary.json", (4e9, 4e9))
    made = numbers.keep(run)["run"]
    assert made["finished"] == "2096-10-02"
    assert made["commit"] == in_git(run, "rev-parse", "--short=12", "HEAD")
    assert made["seed"] == 7 and made["cores"] == len(os.sched_getaffinity(0))
    assert made["versions"] == {"unsculpt": "0.1.0", "python": "3.11"}
    assert made["processor"] == numbers.processor()


def test_the_processor_is_the_model_that_linux_tells(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("vendor_id : X\nmodel name\t: Fast CPU @ 2.5 GHz\nmodel name : other\n", encoding="utf-8")
    assert numbers.processor(told) == "Fast CPU @ 2.5 GHz"
    assert numbers.processor(tmp_path / "nowhere")


def test_the_kept_numbers_make_the_tables_of_the_summary(run, summary):
    kept = numbers.keep(run)["summary"]
    for background in summary["backgrounds"]:
        shown = (tables.of_background(content, background, synthetic_results.METHODS) for content in (summary, kept))
        of_all, of_kept = shown
        for name in ("selection", "sculpting", "sideband_fits", "candidates", "categories", "impacts", "composition"):
            assert tables.to_markdown(of_kept[name]) == tables.to_markdown(of_all[name]), name


def test_nothing_that_counts_data_is_kept(run, summary):
    summary["samples"]["data"]["sum_weights"] = 31415.0
    summary["backgrounds"]["ttyy"]["categories"][0]["data"] = {"sideband_events": 31415.0}
    files.save_json(summary, run / "summary.json")
    kept = numbers.keep(run)
    assert "31415" not in numbers.save(kept, run).read_text(encoding="utf-8")
    assert "data" not in kept["summary"]["samples"]


def test_code_that_no_commit_holds_is_refused(run):
    (run.parents[1] / "scripts/code.py").write_text("2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"differs from commit \w+ in scripts/code.py.*--commit"):
        numbers.keep(run)
    assert numbers.keep(run, "abc")["run"]["commit"] == "abc"


def test_a_commit_that_is_younger_than_the_run_is_refused(run):
    os.utime(run / "summary.json", (1e9, 1e9))
    with pytest.raises(InputError, match="finished before commit"):
        numbers.keep(run)


def test_a_run_outside_of_git_needs_the_name_of_its_commit(run):
    shutil.rmtree(run.parents[1] / ".git")
    with pytest.raises(InputError, match="no checkout of git; name the commit of the run by --commit"):
        numbers.keep(run)


@pytest.mark.parametrize("missing", ["summary.json", "config.yaml"])
def test_a_run_that_is_not_finished_is_refused(run, missing):
    (run / missing).unlink()
    with pytest.raises(InputError, match=f"has no {missing}"):
        numbers.keep(run)


def test_a_study_of_which_nothing_is_kept(tmp_path):
    with pytest.raises(InputError, match="make docs-numbers STUDY=other"):
        numbers.load("other", tmp_path)


def test_a_figure_that_the_run_lacks_is_named(run, tmp_path):
    with pytest.raises(InputError, match=r"none.png: does not exist, and a page shows it"):
        numbers.copy_figures(run, [("figures/none.png", tmp_path / "copy.png", "copy.png")])


def test_the_day_is_that_of_the_summary(run):
    day = datetime.fromtimestamp((run / "summary.json").stat().st_mtime, UTC).strftime("%Y-%m-%d")
    assert numbers.keep(run)["run"]["finished"] == day
