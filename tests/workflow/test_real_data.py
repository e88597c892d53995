"""The study of real data, from the ROOT file to the report, on fewer simulated events than it has by default."""

import json

import numpy as np
import pytest
from workflow.running import snakemake

from unsculpt import events

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]

SMALLER = """
base: config/studies/hyy.yaml
study: hyy
samples: {ggh: {simulate: {chunks: 1, events_per_chunk: 5000}}, yy: {simulate: {chunks: 1}}}
methods: {nn: {objective: none, strengths: [0]}, ann: {objective: adversarial, strengths: [30]}}
training: {epochs: 10, batch_size: 512}
metrics: {bootstrap_replicas: 50}
"""


def test_real_data_run_from_the_ntuple_to_the_report_and_stay_blind(realdata, tmp_path):
    """1,771 tight isolated events lie in the sidebands; their slope is that of the simulation within three errors."""
    file = realdata / "data_A.GamGam.even.root"
    (tmp_path / "smaller.yaml").write_text(SMALLER, encoding="utf-8")
    study = ["--configfile", tmp_path / "smaller.yaml", "--directory", tmp_path]
    snakemake(*study, "--config", f"data_files=[{file.resolve()}]")
    results = tmp_path / "results/hyy"
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    assert summary["samples"]["data"]["events_selected"] == 1771
    for path in (results / "events").rglob("*.parquet"):
        table = events.load(path, columns=())
        data = table.mass[table.label == events.DATA]
        assert not ((data >= 120) & (data < 130)).any(), path
    background = summary["backgrounds"]["yy"]
    assert background["categories"] and background["combined"]["observed_significance"] is None
    fits = [category["data"]["fit"] for category in background["categories"]]
    fitted = [fit["slope"] for fit in fits if fit["status"] == "fitted" and fit["order"] == 1]
    weights = np.array([slope["error"] ** -2 for slope in fitted])
    slope = np.average([slope["value"] for slope in fitted], weights=weights)
    simulated = background["initial"]["fit"]["slope"]
    assert abs(slope - simulated["value"]) < 3 * np.hypot(simulated["error"], weights.sum() ** -0.5)
    assert "Data" in (results / "report.html").read_text(encoding="utf-8")
