"""What the user's files are called and how they are written, from the study to the event table."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from workflow.running import snakemake

from unsculpt import events

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]

TINY = "tests/cluster/tiny.yaml"
STUDY = {
    "study": "names",
    "features": ["photon1_pt"],
    "mass": {"min_gev": 5, "max_gev": 995, "bin_width_gev": 5},
    "selection": {"channels": {"inclusive": {}}},
    "methods": {"nn": {"objective": "none", "strengths": [0]}},
    "granularity": {"files_per_job": 100},
}
NAMES = [
    *(
        "with space",
        "ü",
        "a:b",
        "a::b",
        "x.root:mini",
        "x[1]",
        "a{b",
        "hash#1",
        "per%20cent",
        "quote'x",
        'quote"x',
        "q?",
    ),
    *("star*", "$HOME", "semi;colon&pipe|", "back\\slash", "~", " "),
]


def run(folder, study, *options):
    (folder / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    return snakemake("--configfile", folder / "study.yaml", "--directory", folder, *options)


def test_files_may_have_any_name_and_no_events(write_ntuple, toy_branches, tmp_path):
    """Files of 1000 generated events each, 200 of them left; in one, none."""
    toys = toy_branches(200) | {"SumWeights": np.full(200, 1000, np.float32)}
    for name in NAMES:
        Path(write_ntuple(toys, "plain.root")).rename(tmp_path / name)
    write_ntuple({name: values[:0] for name, values in toys.items()}, "none")
    write_ntuple(toys, "background.root")
    files = [*NAMES[:3], *(str(tmp_path / name) for name in NAMES[3:]), "none"]
    signal = {"role": "signal", "files": files, "cross_section_pb": 0.5, "sum_weights": 1000 * len(files)}
    background = {"role": "background", "files": ["background.*"]}
    run(tmp_path, STUDY | {"samples": {"sig": signal, "bkg": background}}, "results/names/events/bkg.parquet")
    about = events.load(tmp_path / "results/names/events/bkg.parquet").metadata["samples"]["sig"]
    assert about["events_read"] == 200 * len(NAMES)
    assert about["scale"] == pytest.approx(140e3 * 0.5 / (1000 * len(files)))


def test_how_the_users_files_are_written_is_no_matter_of_simulated_samples(tmp_path):
    """Tree, unit, names and weights of other files change nothing for them; a lack of track isolation does."""
    study = {"base": TINY, "study": "tiny"}
    target = "results/tiny/events/ntni/0.parquet"
    run(tmp_path, study, target)
    branches = {"photon_pt": "ph_pt", "mcWeight": None, "SumWeights": None, "eventNumber": None}
    ntuples = {"tree": "analysis", "energy_unit": "GeV", "branches": branches}
    assert "Nothing to be done" in run(tmp_path, study | {"ntuples": ntuples}, "--dry-run", target)
    lacking = {"branches": {"photon_ptcone30": None}}
    assert "select_events" in run(tmp_path, study | {"ntuples": lacking}, "--dry-run", target)
    assert Path(tmp_path / target).exists()
