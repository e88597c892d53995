"""`snakemake tune` plans both searches, one after the other, and shares each among its workers."""

import pytest
from workflow.running import snakemake

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]


def test_both_searches_are_planned_for_one_background_and_nothing_else_of_a_run(tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(
        "base: config/smoke.yaml\nstudy: changed\ntuning: {workers: 3, background: ntni}\n", encoding="utf-8"
    )
    output = snakemake("tune", "--dry-run", "--configfile", study, "--directory", tmp_path)
    for search in ("classifier", "combined"):
        for worker in range(3):
            assert f"Tuning ({search}, worker {worker}) against ntni" in output
    assert "changed/tuning/ttyy" not in output and "train_models" not in output
