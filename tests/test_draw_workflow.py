"""The graph of the workflow is that of the real Snakefile."""

from pathlib import Path
from types import SimpleNamespace

import draw_workflow

ROOT = Path(__file__).parents[1]


def test_the_rules_of_the_smoke_study_are_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_workflow.main(
        SimpleNamespace(
            input=SimpleNamespace(config=ROOT / "config/smoke.yaml", style=ROOT / "styles/unsculpt.mplstyle"),
            output=SimpleNamespace(workflow=[tmp_path / "workflow.svg"]),
            params=SimpleNamespace(snakefile=ROOT / "Snakefile", code="-"),
        )
    )
    drawing = (tmp_path / "workflow.svg").read_text(encoding="utf-8")
    for rule in ("simulate_ntuples", "train_models", "choose_categories", "write_report"):
        assert f"<!-- {rule} -->" in drawing
