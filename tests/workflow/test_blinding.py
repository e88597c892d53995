"""Nothing that a blinded study writes depends on what it hides: the twin, whose hidden events fail the selection."""

import json
import shutil

import awkward as ak
import numpy as np
import pytest
import yaml
from defaults import default
from workflow import own_files
from workflow.blinding import contents, regions
from workflow.running import snakemake

from unsculpt.simulation import writer
from unsculpt.simulation.processes import PROCESSES

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]
SIMULATION = default("simulation")
STUDY = {
    "base": "config/studies/tthyy_control.yaml",
    "study": "twin",
    "samples": {"tth": {"files": ["tth.root"]}},
    "features": ["photon1_pt", "photon2_pt", "photons_deta", "jet1_pt"],
    "methods": {"nn": {"objective": "none", "strengths": [0]}},
    "training": {"hidden_layers": [16], "epochs": 10, "batch_size": 256, "learning_rate": 0.01, "retries": 0},
    "metrics": {"bootstrap_replicas": 20},
    "categories": {"min_sideband_events": 3, "min_window_background": 0.2},
    "fit": {"min_sideband_events": 3},
    "statistics": {"toys": 100},
    "granularity": {"step_size": "20 kB"},  # several steps, which are others in files with other events
}
FILES = ["data_0.root", "data_1.root"]


def write_signal(folder):
    """A file of simulated signal, in the format of the program."""
    sample = own_files.simulated("tth", 1000, 4, SIMULATION)
    about = {"run": 1, "channel_number": 1, "first_event": 1, "generator": "toy"}
    about |= {"cross_section_pb": sample.cross_section_pb, "sum_weights": sample.sum_weights}
    writer.write(sample, folder / "tth.root", **about)


def write_data(branches, folder):
    """Two files of these events."""
    half = len(branches["run_number"]) // 2
    for name, part in zip(FILES, (slice(None, half), slice(half, None)), strict=True):
        own_files.save(folder / name, "analysis", {key: values[part] for key, values in branches.items()})


def without_hidden(branches, rng):
    """The branches with other events in the places of those that are hidden, with the numbers of these.

    A third of the others has no trigger and a third no tagged jet, as the default study wants them; those of the last
    third are the hidden ones with photons of a tenth of their momentum, too soft to be selected.
    """
    tight, mass = regions(branches)
    hidden = tight & (mass >= 120) & (mass < 130)
    no_trigger, no_tag, soft = np.array_split(np.flatnonzero(hidden), 3)
    order = np.arange(len(mass))
    order[no_trigger] = rng.choice(np.flatnonzero(~hidden & (branches["pass_diphoton"] == 0)), len(no_trigger))
    tagged = ak.to_numpy(ak.any(branches["jet_btag"] > 0.8244273, axis=1))
    order[no_tag] = rng.choice(np.flatnonzero(~hidden & ~tagged), len(no_tag))
    own = ("run_number", "event_number")
    other = {name: values if name in own else values[order] for name, values in branches.items()}
    scale = np.where(np.isin(np.arange(len(mass)), soft), 0.1, 1.0)
    return other | {"ph_pt": other["ph_pt"] * scale}


def run(folder):
    """The results of a run from nothing, and of its models on the files of the data."""
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)
    options = ("--config", f"data_files=[{','.join(FILES)}]")
    snakemake("--configfile", folder / "study.yaml", "--directory", folder, *options)
    applied = f"apply={{files: [{', '.join(FILES)}], methods: [all]}}"
    snakemake("apply", "--configfile", folder / "study.yaml", "--directory", folder, *options, applied)
    return folder / "results/twin"


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Results of a study of data and a measured background of one file and of its twin; branches of both data."""
    folder = tmp_path_factory.mktemp("twins")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False), encoding="utf-8")
    write_signal(folder)
    good = PROCESSES["ntni"].for_pseudodata(own_files.simulated("ntni", 2000, 2, SIMULATION))
    fakes, signal = own_files.simulated("ntni", 2000, 1, SIMULATION), own_files.simulated("tth", 200, 3, SIMULATION)
    data = own_files.together([fakes, good, signal])
    branches, rng = own_files.derivation(own_files.branches(data, folder), data), np.random.default_rng(7)
    shuffled = rng.permutation(len(data))
    branches = {name: values[shuffled] for name, values in branches.items()}
    branches["pass_diphoton"] = (rng.random(len(data)) < 0.97).astype(np.int32)
    write_data(branches, folder)
    first = run(folder).rename(folder / "first")
    other = without_hidden(branches, rng)
    write_data(other, folder)
    return first, run(folder), branches, other


def test_the_twin_has_as_many_entries_and_hides_nothing(twins):
    """Of some of its events the photons are elsewhere in the mass, in a region, or not there."""
    _, _, before, after = twins
    counts = []
    for branches in (before, after):
        tight, mass = regions(branches)
        counts.append((len(mass), int((tight & (mass >= 120) & (mass < 130)).sum())))
    assert counts[0][0] == counts[1][0] and counts[0][1] > 100 and counts[1][1] == 0
    changed = np.flatnonzero(regions(before)[1] != regions(after)[1])
    assert len(changed) == counts[0][1]
    tight, mass = (values[changed] for values in regions(after))
    assert (mass == 0).any() and ((mass > 105) & (mass < 120) & tight).any() and (~tight & (mass > 0)).any()


def test_no_byte_of_any_file_depends_on_what_is_hidden(twins):
    first, second, _, _ = twins
    one, other = contents(first), contents(second)
    assert sorted(one) == sorted(other) and len(one) > 80
    assert [name for name in one if one[name] != other[name]] == []
    folders = {name.partition("/")[0] for name in one}
    made = {"apply", "events", "scores", "metrics", "fits", "categories", "tables", "hepdata", "figures", "logs"}
    assert made <= folders


def test_only_what_is_left_is_counted(twins):
    """In no number of the summary or of the tables is what the files have in all."""
    first, _, before, _ = twins
    summary = json.loads((first / "summary.json").read_text(encoding="utf-8"))
    for name in ("data", "ntni"):
        about = summary["samples"][name]
        assert about["events_read"] is about["sum_weights"] is None
        assert [row[1] for row in about["cutflow"]] == [None] * (len(about["cutflow"]) - 1) + [about["events_selected"]]
        assert about["events_selected"] > 100
    assert summary["samples"]["tth"]["events_read"] == summary["samples"]["tth"]["cutflow"][0][1] > 300
    rows = (first / "tables/samples.csv").read_text(encoding="utf-8").splitlines()
    assert sum("blind" in row for row in rows) == 2
    assert not any(str(len(before["run_number"])) in row for row in rows)


def test_the_workspace_of_the_categories_has_no_observations(twins):
    first, _, _, _ = twins
    folder = first / "categories/ntni"
    workspace = json.loads((folder / "workspace.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in workspace["observations"]] == ["without_data"]
    assert "IT HOLDS NO DATA" in (folder / "README.txt").read_text(encoding="utf-8")
    assert "NOT the data" in (first / "fits/ntni/README.txt").read_text(encoding="utf-8")
