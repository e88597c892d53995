"""Networks of images and constituents, and autoencoders, from the ntuple to the report (a toy)."""

import json

import awkward as ak
import numpy as np
import pytest
import toy_images
from workflow.running import ROOT, snakemake

from unsculpt import events

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
EVENTS = 6000


@pytest.fixture(scope="module")
def rings(tmp_path_factory):
    """The folder of a run of the study, on files of the toy."""
    import uproot

    folder, toys = tmp_path_factory.mktemp("rings"), toy_images.columns(EVENTS)
    dim = toy_images.columns(1000, seed=5)
    for name in ("image", "constituents"):
        dim[name] = dim[name] * np.float32(0.7) if name == "image" else dim[name] * np.float32([0.7, 1, 1])
    for name, label, table in (("blobs", 0, toys), ("rings", 1, toys), ("dim", 1, dim)):
        rows = np.flatnonzero(table["label"] == label)
        constituents, image = table["constituents"][rows], table["image"][rows]
        there = constituents[..., 0] > 0
        branches = {
            f"c_{field}": ak.unflatten(constituents[..., i][there], there.sum(1))
            for i, field in enumerate(("pt", "eta", "phi"))
        }
        branches["pixels"] = ak.unflatten(image.ravel(), np.full(len(rows), image[0].size))
        branches |= {"number": rows, "mass": table["mass"][rows], "weight": table["weight"][rows]}
        with uproot.recreate(folder / f"{name}.root") as file:
            file["toys"] = branches
    snakemake("--configfile", ROOT / "tests/workflow/rings.yaml", "--directory", folder)
    return folder


def test_the_arrays_are_those_of_the_files(rings):
    table, toys = events.load(rings / "results/rings/events/blobs.parquet"), toy_images.columns(EVENTS)
    assert table.arrays["image"].shape[1:] == (12, 12) and table.arrays["constituents"].shape[1:] == (20, 3)
    assert (table.arrays["image"] == toys["image"][table.event]).all()
    assert (table.arrays["constituents"] == toys["constituents"][table.event]).all()


def test_every_architecture_finds_the_rings_and_an_adversary_makes_an_autoencoder_sculpt_less(rings):
    summary = json.loads((rings / "results/rings/summary.json").read_text(encoding="utf-8"))
    points = {point["method"]: point for point in summary["backgrounds"]["blobs"]["points"]}
    area = {method: point["auc"]["value"] for method, point in points.items()}
    assert min(area["cnn"], area["sets"]) > 0.95 and min(area["ae"], area["ae_cdf"]) > 0.7, area
    assert 0.6 < area["dirty"] < area["ae"] and area["pca"] > 0.7, area
    floors = {method: point["jsd"]["over_floor"]["value"] for method, point in points.items()}
    assert max(floors["ae_ann"], floors["ae_cdf"]) < floors["ae"], floors
    assert "AE, adversary" in (rings / "results/rings/report.html").read_text(encoding="utf-8")


def test_a_search_is_in_the_sample_that_trained(rings):
    hunts = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in (rings / "results/rings/hunts/blobs").iterdir()}
    assert {"ae", "ae_cdf", "dirty", "dirty_cdf", "cnn"} <= set(hunts) and "inverse" not in hunts
    found = {name: content["points"][0] for name, content in hunts.items()}
    assert found["ae"]["signal"] == 0 < found["dirty"]["signal"] == found["dirty_cdf"]["signal"]
    assert found["dirty"]["signal"] / found["dirty"]["events"] == pytest.approx(0.1, abs=0.02)


def test_probes_are_scored_by_what_never_saw_them(rings):
    points = [
        json.loads(p.read_text(encoding="utf-8"))["points"] for p in (rings / "results/rings/probes/blobs").iterdir()
    ]
    area = {point["method"]: point["samples"]["dim"]["auc"] for found in points for point in found}
    assert area["cnn"]["value"] > 0.75 and area["ae"]["value"] < area["cnn"]["value"], area
    assert 0 < area["ae"]["error"] < 0.03
    assert "dim" not in events.load(rings / "results/rings/events/blobs.parquet").sample.names


def test_networks_of_arrays_are_exported(rings):
    targets = [f"results/rings/export/blobs/{method}/0.onnx" for method in ("cnn", "sets", "ae", "pca", "inverse")]
    snakemake("--configfile", ROOT / "tests/workflow/rings.yaml", "--directory", rings, *targets)
    assert all((rings / target).exists() for target in targets)
