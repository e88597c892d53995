"""The same bytes come out of the event stage however it is cut into jobs."""

from functools import cache
from types import SimpleNamespace

import merge_events
import pytest
import select_events
import simulate_ntuples
from defaults import default, reading

from unsculpt import events

SIMULATION = default("simulation", batch_size=100)
MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
CHUNKS, EVENTS = 3, 150
SELECTION = {
    "role": "background",
    "region": "any",
    "simulated": True,
    "step_size": "50 MB",
    "bad_events": "refuse",
    **reading("config/config.yaml", features=["photon1_pt", "n_jets"]),
    "mass": MASS,
    "features": ["photon1_pt", "n_jets"],
    "feature_padding": 0.0,
    "folds": 3,
    "blind": True,
}


def call(script, given, output, wildcards, params):
    spaces = [SimpleNamespace(**content) for content in (given, output, wildcards, params)]
    script.main(SimpleNamespace(**dict(zip(("input", "output", "wildcards", "params"), spaces, strict=True))))


def groups(items, size):
    return [list(items[i : i + size]) for i in range(0, len(items), size)]


@cache
def simulated(folder, chunks_per_job):
    """Paths of the ntuples that jobs of this size make."""
    paths = []
    for part, chunks in enumerate(groups(range(CHUNKS), chunks_per_job)):
        paths.append(str(folder / f"{chunks_per_job}_{part}.root"))
        params = {
            "process": "ntni",
            "events": EVENTS,
            "simulation": SIMULATION,
            "seed": 1,
            "sample_index": 0,
            "pile_up": 0,
        }
        call(simulate_ntuples, {"sherpa": []}, {"ntuple": paths[-1]}, {}, {**params, "chunks": chunks})
    return paths


def merged(folder, chunks_per_job, files_per_job):
    """Path of the table that comes out of jobs of this size."""
    tables, output = [], folder / f"merged_{chunks_per_job}_{files_per_job}.parquet"
    for part, paths in enumerate(groups(simulated(folder, chunks_per_job), files_per_job)):
        tables.append(str(folder / f"{part}.parquet"))
        call(select_events, {}, {"events": tables[-1]}, {"sample": "ntni"}, {**SELECTION, "paths": paths})
    params = {"samples": {"ntni": {"role": "background"}}, "luminosity_fb": 140, "mass": MASS, "own": []}
    params |= {"match_signal": None, "code": "-"}
    call(merge_events, {"events": tables}, {"events": str(output)}, {"bkg": "ntni"}, params)
    return output


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("jobs")


@pytest.mark.parametrize(("chunks_per_job", "files_per_job"), [(2, 1), (1, 3), (2, 2)])
def test_the_merged_table_is_the_same_bytes_whatever_a_job_does(folder, chunks_per_job, files_per_job):
    one_by_one = merged(folder, 1, 1)
    assert len(events.load(one_by_one)) > 30
    assert merged(folder, chunks_per_job, files_per_job).read_bytes() == one_by_one.read_bytes()
