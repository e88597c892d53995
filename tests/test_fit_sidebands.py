"""The scripts of the rules fit_initial and fit_sidebands: a fit and a workspace for each point."""

from types import SimpleNamespace

import fit_initial
import fit_sidebands
import numpy as np
import pyhf
import pytest

from unsculpt import events, files, logs, scores

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
FIT = {"max_order": 2, "order_p_value": 0.05, "min_sideband_events": 10}
FILES = {"fit": "fit.json", "workspace": "workspace.json", "readme": "README.txt"}


@pytest.fixture
def job(tmp_path, toy_events):
    """Inputs of the two scripts: toy events, a score that is random, and the cut at one half."""
    table = toy_events(8000)
    events.save(table, tmp_path / "ttyy.parquet")
    score = np.random.default_rng(1).random(len(table)).astype(np.float32)
    scores.save({"0.3": score}, tmp_path / "ann.parquet", {})
    files.save_json({"points": [{"tag": "0.3", "threshold": 0.5}]}, tmp_path / "ann.json")
    return (
        SimpleNamespace(
            input=SimpleNamespace(
                events=tmp_path / "ttyy.parquet", scores=tmp_path / "ann.parquet", metrics=tmp_path / "ann.json"
            ),
            output=SimpleNamespace(**{name: tmp_path / file for name, file in FILES.items()}),
            params=SimpleNamespace(mass=MASS, fit=dict(FIT), code="1"),
            wildcards=SimpleNamespace(bkg="ttyy", method="ann", tag="0.3"),
        ),
        table,
        score,
    )


def test_the_initial_fit_predicts_the_window_of_the_background(job):
    job, table, _ = job
    fit_initial.main(job)
    fit = files.load_json(job.output.fit)
    background = table[table.where(label=events.BACKGROUND)]
    inside = (background.mass > 120) & (background.mass < 130)
    assert fit["status"] == "fitted" and fit["background"] == "ttyy"
    assert fit["window_simulated"]["value"] == pytest.approx(background.weight[inside].sum())
    assert abs(fit["pull"]) < 4
    assert abs(fit["slope"]["value"] - 1 / 28) < 4 * fit["slope"]["error"]
    assert fit["provenance"]["pyhf"] == pyhf.__version__
    assert "NOT the data" in job.output.readme.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
def test_the_fit_of_a_point_sees_the_background_that_passes_and_nothing_else(job):
    job, table, score = job
    fit_sidebands.main(job)
    fit = files.load_json(job.output.fit)
    passing = (table.label == events.BACKGROUND) & (score >= 0.5)
    assert sum(fit["spectrum"]["sumw"]) == pytest.approx(table.weight[passing].sum())
    assert (fit["method"], fit["tag"]) == ("ann", "0.3")
    workspace = pyhf.Workspace(files.load_json(job.output.workspace))
    assert len(workspace.channels) == 55
    assert workspace.model(poi_name=None).config.npars == 1 + fit["order"]


def test_too_few_events_end_in_a_reason_and_not_in_an_error(job):
    job, _, _ = job
    job.params.fit["min_sideband_events"] = 1e6
    for script in (fit_initial, fit_sidebands):
        with logs.listening():
            script.main(job)
        fit = files.load_json(job.output.fit)
        assert "fewer than 1e+06" in fit["reason"]
        assert files.warnings(fit) == [f"the sidebands are not fitted: {fit['reason']}"]
    assert files.load_json(job.output.workspace)["status"] == "not_fitted"


def test_a_hole_in_the_spectrum_and_a_peak_at_its_bound_are_said_on_the_page(job):
    job, table, _ = job
    hole = (table.mass > 140) & (table.mass < 148) & (table.label == events.BACKGROUND)
    table.mass[hole] = 200.0
    table.mass[table.label == events.SIGNAL] = 125.4  # one bin: narrower than a width can be
    events.save(table, job.input.events)
    for script in (fit_initial, fit_sidebands):
        with logs.listening():
            script.main(job)
        fit = files.load_json(job.output.fit)
        assert fit["dead_gev"] == [[140, 148]]
        said = files.warnings(fit)
        assert said == [*fit["remarks"], *fit["spurious_signal"]["signal_shape"]["remarks"]]
        assert "empty from 140 to 148 GeV" in said[0]
        assert "peak fit of the signal stops at a bound: sigma = 0.3 (allowed 0.3 to 10)" in said[1]
        assert fit["spurious_signal"]["signal_shape"]["at_bound"]["sigma"] == 0.3


def test_the_spurious_signal_is_that_of_the_signal_that_passes(job):
    job, table, score = job
    fit_sidebands.main(job)
    found = files.load_json(job.output.fit)["spurious_signal"]
    passing = (table.label == events.SIGNAL) & (score >= 0.5)
    assert found["expected_signal"] == pytest.approx(table.weight[passing].sum())
    assert found["signal_shape"]["mean_gev"] == pytest.approx(125, abs=0.2)
    assert found["function"] == files.load_json(job.output.fit)["function"]
    assert abs(found["n_sp"]) < 5 * found["template_error"] and found["passes_relaxed"]
    assert len(found["functions"]) == 9 and 121 <= found["mass_gev"] <= 129


def test_the_settings_of_the_spurious_signal_come_from_the_configuration(job):
    job, _, _ = job
    job.params.fit["spurious_signal"] = {
        "functions": ["pow1"],
        "masses_gev": [125],
        "of_expected": 1e-9,
        "of_error": 1e-9,
    }
    fit_initial.main(job)
    found = files.load_json(job.output.fit)["spurious_signal"]
    assert [row["function"] for row in found["functions"]] == ["exp1", "pow1"]
    assert found["mass_gev"] == 125 and not found["passes"]


def test_without_signal_there_is_a_fit_but_no_spurious_signal(job):
    job, table, _ = job
    events.save(table[table.label != events.SIGNAL], job.input.events)
    fit_initial.main(job)
    content = files.load_json(job.output.fit)
    assert content["status"] == "fitted" and content["spurious_signal"] is None
