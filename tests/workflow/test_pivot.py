"""The study of the toy whose answer is known, on few events, from simulation to the report."""

import json

import pytest
import yaml
from workflow.running import snakemake

from unsculpt import events

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def pivot(tmp_path_factory):
    """The results of a run with a small network, two strengths and a map."""
    folder = tmp_path_factory.mktemp("pivot")
    changes = {
        "study": "pivot",
        "base": "config/studies/pivot.yaml",
        "folds": 2,
        "samples": {name: {"simulate": {"events_per_chunk": 8000}} for name in ("shifted", "fixed")},
        "training": {"hidden_layers": [10, 10], "epochs": 30, "batch_size": 256},
        "exact": {"events": 20000, "check_events": 10000},
        "metrics": {"bootstrap_replicas": 20},
        "methods": {
            "nn": {"objective": "none", "strengths": [0]},
            "ann": {"objective": "adversarial", "strengths": [100]},
            "nn_cdf": {"transform": "cdf", "of": "nn", "protect": "all"},
        },
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(changes), encoding="utf-8")
    snakemake("--configfile", folder / "study.yaml", "--directory", folder)
    return folder / "results/pivot"


@pytest.fixture(scope="module")
def summary(pivot):
    return json.loads((pivot / "summary.json").read_text(encoding="utf-8"))["backgrounds"]["fixed"]


def test_the_protected_variable_is_that_of_the_toy(pivot):
    table = events.load(pivot / "events/fixed.parquet")
    assert len(table) == 16000 and abs(table.mass.mean()) < 0.05 and abs(table.mass.std() - 1) < 0.03
    assert set(table.weight.round(9)) == {round(46.875e3 / 8000, 9)}


def test_an_adversary_takes_the_network_from_one_exact_classifier_towards_the_other(summary):
    found = {row["method"]: row["median"] for row in summary["exact"]["points"]}
    limits, judged = summary["exact"]["anchors"], summary["exact"]["judged"]
    assert limits["pivotal"] == pytest.approx(0.577919, abs=2e-6)
    plain = found["nn"]["cross_entropy"]["value"] - judged["posterior"]["cross_entropy"]["value"]
    assert -0.002 < plain < 0.02
    assert found["ann"]["ks_over_floor"]["value"] < found["nn"]["ks_over_floor"]["value"] / 2
    assert found["ann"]["cross_entropy"]["value"] > limits["bayes"] + 0.06
    assert found["ann"]["vertical"]["value"] > 0.8 > 0.6 > found["nn"]["vertical"]["value"]


def test_what_the_scores_know_is_measured_out_of_fold(summary):
    known = {point["method"]: point["independence"][0] for point in summary["points"]}
    nn, ann, mapped = (known[name] for name in ("nn", "ann", "nn_cdf"))
    assert nn["name"] == "z" and nn["events"] == "all" and nn["adversary"] is None and ann["adversary"]["value"] < 0.02
    assert nn["information"]["value"] == pytest.approx(0.06, abs=0.015) and nn["ks"]["p_value"] < 1e-6
    assert ann["information"]["value"] < nn["information"]["value"] / 4
    assert mapped["ks"]["over_floor"] < 3 < nn["ks"]["over_floor"] and mapped["cross_entropy"]["value"] < 0.5


def test_the_page_and_the_tables_have_both(pivot):
    page = (pivot / "report.html").read_text(encoding="utf-8")
    assert "Which method gets nearest to the corner" in page and "Worth and independence" in page
    assert {path.stem for path in (pivot / "figures/fixed").glob("exact_*.png")} == {
        "exact_panels",
        "exact_losses",
        "exact_plane",
    }
    lines = (pivot / "tables/fixed/exact.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 + 3 and (pivot / "tables/fixed/independence.csv").exists()
