"""What the user's files are called and how they are written, from the study to the event table."""

import os
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
    "objects": {"photon": {"require": "pt > 25 and abs(eta) < 2.37"}},
    "candidate": "photon[0] + photon[1]",
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


def run(folder, study, *options, **expected):
    (folder / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    return snakemake("--configfile", folder / "study.yaml", "--directory", folder, *options, **expected)


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


def test_a_file_that_was_replaced_is_read_again_whatever_its_date(write_ntuple, toy_branches, tmp_path):
    """By a file that is older than the events."""
    one, other = (Path(write_ntuple(toy_branches(200, seed=i), f"{i}.root")) for i in (1, 2))
    path = tmp_path / "signal.root"
    path.write_bytes(one.read_bytes())
    write_ntuple(toy_branches(200), "background.root")
    samples = {"sig": {"role": "signal", "files": ["signal.root"]}, "bkg": {"role": "background", "files": ["back*"]}}
    study, target = STUDY | {"samples": samples}, "results/names/events/sig/0.parquet"
    run(tmp_path, study, target)
    assert "Nothing to be done" in run(tmp_path, study, target, "--dry-run")
    before = path.stat().st_mtime
    path.write_bytes(other.read_bytes())
    os.utime(path, (before - 1000, before - 1000))
    assert "select_events" in run(tmp_path, study, target, "--dry-run")


def test_how_the_users_files_are_written_is_no_matter_of_simulated_samples(tmp_path):
    """Tree, unit, names and weights of other files change nothing for them; what their own format is does."""
    study = {"base": TINY, "study": "tiny"}
    target = "results/tiny/events/ntni/0.parquet"
    run(tmp_path, study, target)
    mine = {
        "tree": "analysis",
        "unit": "GeV",
        "collections": {"photon": {"prefix": "ph_"}},
        "weights": {"generator": None, "sum": None},
    }
    others = {"format": "mine", "formats": {"mine": mine | {"base": "atlas_open"}}}
    assert "Nothing to be done" in run(tmp_path, study | others, "--dry-run", target)
    own = {"formats": {"atlas_open": {"collections": {"photon": {"fields": {"ptcone30": 0}}}}}}
    assert "select_events" in run(tmp_path, study | own, "--dry-run", target)
    unused = {"formats": {"atlas_open": {"collections": {"photon": {"fields": {"conversion": 0}}}}}}
    assert "Nothing to be done" in run(tmp_path, study | unused, "--dry-run", target)
    assert Path(tmp_path / target).exists()


def test_two_formats_of_one_study_hold_the_same_events(write_ntuple, toy_branches, tmp_path):
    """The background in MeV and one tree, the signal in GeV, another tree and other names: the same table."""
    toys = toy_branches(300)
    write_ntuple(toys, "background.root")
    photons = {name: values for name, values in toys.items() if name.startswith("photon_")}
    renamed = {name.replace("photon_", "Gamma_"): values for name, values in photons.items()}
    renamed["Gamma_pt"] = renamed["Gamma_pt"] / np.float32(1000)
    kept = {name: toys[name] for name in ("runNumber", "eventNumber", "trigP")}
    write_ntuple(kept | renamed | {"w": toys["mcWeight"] * toys["scaleFactor_PHOTON"]}, "signal.root", tree="analysis")
    photon = {"prefix": "Gamma_", "fields": {"pt": "pt", "eta": "eta", "phi": "phi", "mass": 0}}
    mine = {"tree": "analysis", "unit": "GeV", "collections": {"photon": photon}, "weights": {"generator": "w"}}
    mine["event"] = {"fields": {"run": "runNumber", "event": "eventNumber", "trigger": "trigP"}}
    samples = {
        "sig": {"role": "signal", "files": ["signal.root"], "format": "mine", "cross_section_pb": 0.1},
        "bkg": {"role": "background", "files": ["background.root"]},
    }
    study = STUDY | {"samples": samples, "formats": {"mine": mine}, "cuts": {"trigger": "trigger"}}
    run(tmp_path, study, "results/names/events/bkg.parquet")
    one, other = (events.load(tmp_path / f"results/names/events/{name}/0.parquet") for name in ("sig", "bkg"))
    assert len(one) > 100
    np.testing.assert_array_equal(one.event, other.event)
    for column in ("mass", "weight", "features"):
        np.testing.assert_allclose(getattr(one, column), getattr(other, column), rtol=1e-6)


def test_a_finished_study_is_applied_without_the_files_that_it_read(write_ntuple, toy_branches, tmp_path):
    """Its plan asks for models, events and choices of the run, and for the new file."""
    write_ntuple(toy_branches(10), "new.root")
    samples = {"sig": {"role": "signal", "files": ["gone.root"]}, "bkg": {"role": "background", "files": ["g.root"]}}
    study = STUDY | {"samples": samples, "apply": {"files": ["new.root"]}}
    place = tmp_path / "results/names"
    for name in ("events/bkg.parquet", "training/bkg/nn/0.pt", "metrics/bkg/working_point.json", "categories/bkg.json"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    assert ".files: no file g" in run(tmp_path, study, "-n", "apply", expect=1)
    study["apply"]["finished"] = True
    plan = run(tmp_path, study, "-n", "apply", "--allowed-rules", "apply", "apply_models")
    assert "Scoring new.root" in plan and "select_events" not in plan
