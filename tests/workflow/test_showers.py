"""The study of generators of showers, on few of them, from the simulation to the report."""

import json

import h5py
import pytest
import uproot
from workflow.running import ROOT, snakemake

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def showers(tmp_path_factory):
    """The results of the smoke study."""
    folder = tmp_path_factory.mktemp("showers")
    snakemake("--configfile", ROOT / "config/studies/showers_smoke.yaml", "--directory", folder)
    return folder / "results/showers_smoke"


def test_generated_showers_lie_in_the_layout_of_the_true_ones(showers):
    with h5py.File(showers / "generated/wgan/0.h5") as made, h5py.File(showers / "showers/test/photon/0.h5") as true:
        assert set(made) == set(true) == {"energy", "particle", "layer_0", "layer_1", "layer_2", "overflow"}
        assert made["layer_0"].shape == (600, 3, 96) and made["layer_0"][:].min() == 0
        assert (made["energy"][300:] == true["energy"][:]).all()
    with uproot.open(showers / "generated/wgan/0.root") as file:
        assert file["showers"].num_entries == 600


def test_the_summary_has_all_trainings(showers):
    found = json.loads((showers / "summary.json").read_text(encoding="utf-8"))["generation"]
    assert [t["generator"] for t in found["generators"]] == ["wgan", "cells", "flow"]
    assert found["reference"]["trees"]["value"] == pytest.approx(0.5, abs=0.12)
    by_name = {t["generator"]: t for t in found["generators"]}
    assert by_name["cells"]["trees"]["value"] > 0.9  # nothing holds the cells together
    assert by_name["wgan"]["worst_response"]["value"] < 0.2
    assert all(0 < t["memory"]["value"] < 1 for t in found["generators"]) and found["scan"][0]["cells"] == 4 * 504
    closure = [row["closure"]["value"] for row in found["truth"]["bins"] if row["showers"] > 20]
    assert closure and all(abs(value - 1) < 0.03 for value in closure)


def test_page_tables_and_headline_tell_of_them(showers):
    page = (showers / "report.html").read_text(encoding="utf-8")
    assert "Two-sample classifiers" in page and "Finer cells" in page and "Judged by physics" in page
    assert {path.name for path in (showers / "tables").glob("*.csv")} == {
        f"showers_{name}.csv" for name in ("truth", "observables", "generators", "scan")
    }
    assert "two-sample classifiers" in (showers / "headline.txt").read_text(encoding="utf-8")
    assert len(list((showers / "figures").glob("showers_*.svg"))) == 12
