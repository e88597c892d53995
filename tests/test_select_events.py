"""From a ROOT file to an event table, as the rule does it."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import select_events
import yaml
from defaults import default

from unsculpt import events, files

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
SELECTION = default("selection", channels={"inclusive": {}})
FEATURES = ["photon1_pt", "photons_dr", "jet1_pt", "n_bjets", "lepton1_pt", "met", "photon1_converted"]
NTUPLES = {"tree": "mini", "energy_unit": "MeV", "step_size": "50 MB", "branches": {}}


def select(path, folder, *, name="table.parquet", sample="tth", **changes):
    params = {"paths": [str(path)], "role": "signal", "region": "any", "ntuples": NTUPLES, "selection": SELECTION}
    params |= {"mass": MASS, "features": FEATURES, "feature_padding": 0.0, "folds": 3, "blind": True, "code": "-"}
    output = folder / name
    select_events.main(
        SimpleNamespace(
            params=SimpleNamespace(**params | changes),
            wildcards=SimpleNamespace(sample=sample, part="0"),
            output=SimpleNamespace(events=str(output)),
        )
    )
    return events.load(output)


def test_a_file_becomes_a_table_with_features_folds_and_cut_flow(write_ntuple, toy_branches, tmp_path):
    table = select(write_ntuple(toy_branches(3000), generator="Toy 1.0"), tmp_path)
    assert len(table) > 100 and table.feature_names == tuple(FEATURES)
    assert ((table.mass >= 105) & (table.mass < 160)).all() and np.isfinite(table.features).all()
    assert set(table.label) == {1} and set(table.fold) == {0, 1, 2} and set(table.region) == {"ti", "ntni"}
    about = table.metadata
    assert about["cutflow"][0][:2] == ["all", 3000] and about["cutflow"][-1][1] == len(table)
    assert about["cutflow"][-1][2] == pytest.approx(table.weight.sum())
    assert (about["events_read"], about["sum_weights"], about["generator"]) == (3000, 15000.0, "Toy 1.0")
    assert about["cross_section_pb"] == pytest.approx(0.1) and about["provenance"]["uproot"]


def test_the_bytes_of_a_table_are_the_same_each_time(write_ntuple, toy_branches, tmp_path):
    path = write_ntuple(toy_branches(500))
    select(path, tmp_path, name="a.parquet")
    select(path, tmp_path, name="b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_the_events_do_not_depend_on_the_step_of_reading(write_ntuple, toy_branches, tmp_path):
    path = write_ntuple(toy_branches(500))
    whole, steps = (select(path, tmp_path, ntuples=NTUPLES | {"step_size": size}) for size in ("50 MB", "10 kB"))
    assert whole.event.tolist() == steps.event.tolist() and (whole.features == steps.features).all()
    counts, other = ([row[:2] for row in table.metadata["cutflow"]] for table in (whole, steps))
    assert counts == other


def test_files_without_events_and_without_selected_ones_add_nothing(write_ntuple, toy_branches, tmp_path):
    """Beside a full file, and alone."""
    full = write_ntuple(toy_branches(500), "full.root")
    empty = write_ntuple({name: values[:0] for name, values in toy_branches(5).items()}, "empty.root")
    barren = write_ntuple(toy_branches(20) | {"trigP": np.zeros(20, bool)}, "barren.root")
    alone, table = select(full, tmp_path), select(full, tmp_path, paths=[empty, full, barren, empty])
    assert table.event.tolist() == alone.event.tolist() and (table.features == alone.features).all()
    assert table.metadata["sum_weights"] is None and f"{empty} has zero events" in table.metadata["unknown"]
    assert table.metadata["events_read"] == 520 and table.metadata["cutflow"][-1][1] == len(alone)
    for path, events_read in ((empty, 0), (barren, 20)):
        table = select(path, tmp_path)
        assert len(table) == 0 and table.metadata["events_read"] == events_read
    data = select(full, tmp_path, paths=[full, empty], role="data").metadata
    assert data["sum_weights"] == 500 and data["unknown"] == ""


def test_a_photon_file_needs_no_jets_when_the_study_uses_none(write_ntuple, toy_branches, tmp_path):
    photons = {n: v for n, v in toy_branches(500).items() if n.startswith("photon") or n == "mcWeight"}
    table = select(write_ntuple(photons), tmp_path, features=["photon1_pt", "photons_dphi"])
    assert len(table) > 10 and table.metadata["sum_weights"] == pytest.approx(photons["mcWeight"].sum())


def test_blinded_data_have_no_tight_isolated_event_in_the_window(write_ntuple, toy_branches, tmp_path):
    path = write_ntuple(toy_branches(3000))
    seen, blind = (select(path, tmp_path, sample="data", role="data", blind=blind) for blind in (False, True))
    inside = (seen.mass >= 120) & (seen.mass < 130) & (seen.region == "ti")
    assert inside.any() and blind.event.tolist() == seen.event[~inside].tolist()
    assert (blind.weight == 1).all() and set(blind.label) == {-1}


def test_simulation_is_not_blinded(write_ntuple, toy_branches, tmp_path):
    table = select(write_ntuple(toy_branches(3000)), tmp_path, region="ti", blind=True)
    assert ((table.mass >= 120) & (table.mass < 130)).any()


def test_real_data_give_the_published_number_of_events(realdata, tmp_path, caplog):
    """8,900 events with two tight photons, 2,857 of them in 105-160 GeV, 2,519 after the cuts on pT over mass."""
    file = realdata / "data_A.GamGam.even.root"
    ntuples = NTUPLES | {"branches": {"photon_ptcone30": None}}
    loose = SELECTION | {"etcone20_over_pt_max": 1e3}
    settings = {"sample": "data", "role": "data", "region": "ti", "features": ["photon1_pt"], "ntuples": ntuples}
    with caplog.at_level(logging.INFO):
        table = select(file, tmp_path, selection=loose, blind=False, **settings)
    assert len(table) == 2519 and "isolation by calorimeter alone" in caplog.text
    assert table.metadata["events_read"] == 8900
    free = loose | {"leading_pt_over_mass_min": 0, "subleading_pt_over_mass_min": 0}
    assert len(select(file, tmp_path, selection=free, blind=False, **settings)) == 2857
    blind = select(file, tmp_path, selection=loose, blind=True, **settings)
    assert blind.event.tolist() == table.event[(table.mass < 120) | (table.mass >= 130)].tolist()


def test_a_nano_file_reads_with_the_map_of_the_documentation(realdata, tmp_path):
    """200 simulated events with negative weights, 9 of them with two photons; no tight flag and no cones."""
    page = (Path(__file__).parents[1] / "docs" / "ntuples.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.split("NanoAOD-like")[1].split("```yaml")[1].split("```")[0])["ntuples"]
    wide = {"photon_pt_min_gev": 0, "leading_photon_pt_min_gev": 0, "photon_abs_eta_max": 9, "crack_abs_eta": [0, 0]}
    table = select(
        realdata / "nanoAOD_2015_CMS_Open_Data_ttbar.root",
        tmp_path,
        ntuples=NTUPLES | example,
        selection=SELECTION | wide,
        features=["photon1_pt", "n_jets", "n_bjets", "met"],
    )
    flow = {name: n for name, n, _ in table.metadata["cutflow"]}
    assert (flow["all"], flow["two photons"]) == (200, 9)
    assert table.metadata["sum_weights"] == pytest.approx((174 - 26) * 225892.45, rel=1e-6)


def test_of_what_the_simulation_warned_is_known_of_its_events(write_ntuple, toy_branches, tmp_path):
    paths = [
        write_ntuple(toy_branches(300, seed=i), name=f"{i}.root", unsculpt_warnings=json.dumps(said))
        for i, said in enumerate((["Sherpa is not available"], ["Sherpa is not available", "and it rains"]))
    ]
    table = select(paths[0], tmp_path, paths=paths)
    assert files.warnings(table.metadata) == ["Sherpa is not available", "and it rains"]
    assert files.warnings(select(write_ntuple(toy_branches(300)), tmp_path).metadata) == []
