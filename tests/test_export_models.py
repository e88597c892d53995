"""The script of the rule export_models, and the example of its page."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import export_models
import numpy as np
import onnx
import pyarrow.parquet as pq
import pytest

from unsculpt import events, examples, models, scores, training

PAGE = Path(__file__).parents[1] / "docs/export.md"
QUANTITIES = {"photon1_pt": {"expression": "photon[0].pt", "unit": "GeV", "latex": "p", "meaning": "its momentum"}}


@pytest.fixture
def study(tmp_path, toy_events):
    """A folder with the events, models, scores and exported networks of a small study, as a run leaves them."""
    table, root = toy_events(1500), tmp_path / "results/tthyy"
    data = examples.from_events(table, mass_range=(105, 160), folds=3)
    settings = training.Settings("none", hidden_layers=(8,), batch_size=128, epochs=1)
    members = training.members((10,), folds=3, seed=1, background="ttyy")
    content = models.content(training.train(settings, data, members))
    content["provenance"] = {"params_digest": "abc"}
    events.save(table, root / "events/ttyy.parquet")
    models.save(content, root / "training/ttyy/ann/0.pt")
    scores.save(
        models.out_of_fold([content], table.features, table.fold, table.channel), root / "scores/ttyy/ann.parquet", {}
    )
    export_models.main(
        SimpleNamespace(
            input=SimpleNamespace(models=[root / "training/ttyy/ann/0.pt"]),
            output=SimpleNamespace(onnx=root / "export/ttyy/ann/10.onnx"),
            wildcards=SimpleNamespace(bkg="ttyy", method="ann", network="10"),
            params=SimpleNamespace(study="tthyy", quantities=QUANTITIES, feature_padding=-1, code="-"),
            threads=1,
        )
    )
    return tmp_path


def test_the_file_tells_what_it_is(study):
    model = onnx.load(study / "results/tthyy/export/ttyy/ann/10.onnx")
    properties = {p.key: p.value for p in model.metadata_props}
    assert (properties["study"], properties["method"], properties["tag"]) == ("tthyy", "ann", "10")
    assert json.loads(properties["trained_by"]) == {"params_digest": "abc"}
    assert {"unsculpt", "torch", "onnx", "onnxruntime", "params_digest"} <= set(json.loads(properties["exported_by"]))
    assert json.loads(properties["settings"])["hidden_layers"] == [8]
    first, second = json.loads(properties["features"])[:2]
    assert first == {"name": "photon1_pt", "unit": "GeV", "meaning": "its momentum", "expression": "photon[0].pt"}
    assert second == {"name": "photon2_pt", "unit": "", "meaning": "", "expression": ""}


def test_the_example_of_the_page_runs_and_finds_the_scores_of_the_study(study, monkeypatch, capsys):
    monkeypatch.chdir(study)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(compile(example, str(PAGE), "exec"), names)
    expected = pq.read_table("results/tthyy/scores/ttyy/ann.parquet")["10"].to_numpy()
    np.testing.assert_allclose(names["out_of_fold"], expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(names["score"], names["scores"].mean(1), rtol=0, atol=1e-6)
