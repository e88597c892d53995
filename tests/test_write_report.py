"""The scripts of the report: page, tables and publication folder, from a summary and the results behind it."""

from types import SimpleNamespace

import pytest
import synthetic_results
import write_hepdata
import write_report
import write_tables

from unsculpt import files, tables


@pytest.fixture
def given(tmp_path):
    """Input files by name, as the rules give them."""
    metrics, fits = synthetic_results.curves()
    paths = {"summary": tmp_path / "summary.json", "metrics": [], "fits": []}
    files.save_json(synthetic_results.summary(), paths["summary"])
    for kind, contents in (("metrics", metrics), ("fits", fits)):
        for i, content in enumerate(contents):
            paths[kind].append(tmp_path / f"{kind}{i}.json")
            files.save_json(content, paths[kind][-1])
    return paths


def call(script, given, output, wildcards=None, **params):
    params = {"methods": synthetic_results.METHODS, "unit": "GeV", **params}
    script.main(
        SimpleNamespace(
            input=SimpleNamespace(**given), output=output, wildcards=wildcards or {}, params=SimpleNamespace(**params)
        )
    )


def test_the_report_takes_the_figures_of_each_background(tmp_path, given):
    figure = tmp_path / "ttyy/roc.svg"
    figure.parent.mkdir()
    figure.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    (tmp_path / "config.yaml").write_text("study: toy  # <all of it>\n", encoding="utf-8")
    given |= {"figures": [figure, figure.with_suffix(".png")], "workflow": figure, "config": tmp_path / "config.yaml"}
    output = SimpleNamespace(html=tmp_path / "report.html")
    call(write_report, given, output, mass=synthetic_results.MASS, seed=1, benchmarks=tmp_path / "benchmarks")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") == 2  # the ROC curves and the workflow
    assert "study: toy  # &lt;all of it&gt;" in page


def test_the_tables_are_written_by_the_name_of_their_file(tmp_path, given):
    for wildcards, names in (({}, tables.STUDY), ({"bkg": "ttyy"}, tables.BACKGROUND)):
        paths = [tmp_path / f"{name}.{suffix}" for name in names for suffix in ("csv", "tex")]
        call(write_tables, given, paths, wildcards)
        assert all(path.stat().st_size > 40 for path in paths if path.name != "yields.csv")  # of one sample, a heading
    assert (tmp_path / "selection.csv").read_text(encoding="utf-8").startswith("Point,AUC,AUC error")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_publication_folder_is_complete(tmp_path, given, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    call(write_hepdata, given, SimpleNamespace(hepdata="hepdata"))  # relative, as Snakemake gives it
    assert (tmp_path / "hepdata/submission.yaml").is_file()
    assert set(tmp_path.iterdir()) == before | {tmp_path / "hepdata"}  # no archive where the job runs
