"""The script of the rule export_models, and the example of its page."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import export_models
import numpy as np
import onnx
import onnxruntime
import pyarrow.parquet as pq
import pytest
import yaml

from unsculpt import config, events, examples, models, scores, training

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/export.md"
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
    names = {"features": list(table.feature_names), "quantities": {"photons_dr": {"meaning": "how far apart they are"}}}
    resolved = {"base": "config/config.yaml", "study": "tthyy", **names}
    config.resolve_in_place(resolved, ROOT, files=["study.yaml"])
    (root / "config.yaml").write_text(yaml.safe_dump(resolved), encoding="utf-8")
    export_models.main(
        SimpleNamespace(
            input=SimpleNamespace(models=[root / "training/ttyy/ann/0.pt"], config=root / "config.yaml"),
            output=SimpleNamespace(onnx=root / "export/ttyy/ann/10.onnx", description=root / "export/ttyy/ann/10.json"),
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


def blocks(language="python"):
    """The examples of the page."""
    return re.findall(rf"```{re.escape(language)}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_page_runs_and_finds_the_scores_of_the_study(study, monkeypatch):
    monkeypatch.chdir(study)
    names = {}
    exec(compile(blocks()[0], str(PAGE), "exec"), names)
    expected = pq.read_table("results/tthyy/scores/ttyy/ann.parquet")["10"].to_numpy()
    np.testing.assert_allclose(names["out_of_fold"], expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(names["score"], names["scores"].mean(1), rtol=0, atol=1e-6)


def test_the_example_of_a_new_ntuple_runs_and_gives_what_torch_gives(study, monkeypatch, write_ntuple, toy_branches):
    """Features of the selected events as the study computes them, here by numpy from the branches."""
    toys = toy_branches(4000)
    write_ntuple(toys, "new.root")
    monkeypatch.chdir(study)
    names = {}
    exec(compile(blocks()[1], str(PAGE), "exec"), names)
    entry, features = names["entry"], names["features"]
    assert len(entry) == len(names["score"]) > 20
    pt, eta = (toys[f"photon_{name}"] for name in ("pt", "eta"))
    usable = (pt > 25e3) & (abs(eta) < 2.37) & ~((abs(eta) >= 1.37) & (abs(eta) <= 1.52))
    leading = [float(max(values)) / 1000 for values in pt[usable][entry]]
    np.testing.assert_allclose(features[:, 0], leading, rtol=1e-6)
    content = models.load("results/tthyy/training/ttyy/ann/0.pt")
    np.testing.assert_allclose(names["score"], models.predict(content, features).mean(0), rtol=0, atol=1e-6)


def test_the_description_says_how_the_inputs_are_computed(study):
    told = json.loads((study / "results/tthyy/export/ttyy/ann/10.json").read_text(encoding="utf-8"))
    assert (told["study"], told["background"], told["method"], told["tag"]) == ("tthyy", "ttyy", "ann", "10")
    content = models.load(study / "results/tthyy/training/ttyy/ann/0.pt")
    assert [of["name"] for of in told["inputs"]] == content["features"]
    assert [of["place"] for of in told["inputs"]] == list(range(8))
    assert told["inputs"][0]["expression"] == "photon[0].pt" and told["inputs"][0]["unit"] == "GeV"
    centre = content["classifier"]["centre"].reshape(3, 8).numpy()  # folds, inputs
    np.testing.assert_allclose([of["scaling"]["centre"] for of in told["inputs"]], centre.T, rtol=1e-6)
    assert "require" in told["definitions"]["objects"]["photon"] and told["folds"] == 3
    assert told["formats"]["atlas_open"]["collections"]["photon"]["fields"]["pt"] == "pt"
    assert "conversion" not in told["formats"]["atlas_open"]["collections"]["photon"]["fields"], "nothing asks for it"


def test_the_example_in_c_gives_what_python_gives(study, tmp_path):
    """Of two events whose features are all zero."""
    compiler = next(filter(None, map(shutil.which, ("g++", "clang++"))), None)
    include = Path(os.environ.get("ONNXRUNTIME_INCLUDE", "/usr/include/onnxruntime"))
    if not compiler or not (include / "onnxruntime_cxx_api.h").is_file():
        pytest.skip("no C++ headers of onnxruntime (ONNXRUNTIME_INCLUDE): the example in C++ is not compiled")
    inside = Path(onnxruntime.__file__).parent / "capi"
    library = os.environ.get("ONNXRUNTIME_LIBRARY") or next(iter(sorted(inside.glob("libonnxruntime.so.*"))), None)
    if library is None:
        pytest.skip("no library of onnxruntime (ONNXRUNTIME_LIBRARY): the example in C++ is not run")
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (tmp_path / name).symlink_to(library)
    (program,) = blocks("c++")
    (tmp_path / "score.cpp").write_text(program, encoding="utf-8")
    command = [compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-isystem{include}", "score.cpp"]
    command += ["-L.", "-lonnxruntime", f"-Wl,-rpath,{tmp_path}", "-o", "score"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "score"], cwd=study, check=True, capture_output=True, encoding="utf-8")
    session = onnxruntime.InferenceSession(study / "results/tthyy/export/ttyy/ann/10.onnx")
    (expected,) = session.run(["score"], {"features": np.zeros((2, 8), np.float32)})
    assert [float(line) for line in done.stdout.split()] == pytest.approx(expected.tolist(), rel=1e-5)
    assert 0 < expected[0] < 1
