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
    "methods": {"nn": {"objective": "none", "strengths": [0]}},
    "training": {"hidden_layers": [16], "epochs": 10, "batch_size": 256, "learning_rate": 0.01, "retries": 0},
    "metrics": {"bootstrap_replicas": 20},
    "categories": {"min_sideband_events": 3, "min_window_background": 0.2},
    "fit": {"min_sideband_events": 3},
    "granularity": {"step_size": "200 kB"},  # several steps, which are others in files with other events
}
FILES = ["data_0.root", "data_1.root"]


def write_signal(folder):
    """A file of simulated signal, in the format of the program."""
    sample = own_files.simulated("tth", 1500, 4, SIMULATION)
    about = {"run": 1, "channel_number": 1, "first_event": 1, "generator": "toy"}
    about |= {"cross_section_pb": sample.cross_section_pb, "sum_weights": sample.sum_weights}
    writer.write(sample, folder / "tth.root", **about)


def write_data(branches, order, folder):
    """Files of the events in this order, of which each has the number of its place; return their branches."""
    own = ("run_number", "event_number")
    placed = {name: values if name in own else values[order] for name, values in branches.items()}
    half = len(order) // 2
    for name, part in zip(FILES, (slice(None, half), slice(half, None)), strict=True):
        own_files.save(folder / name, "analysis", {key: values[part] for key, values in placed.items()})
    return placed


def failing(branches):
    """Where an event fails the selection of the default study in one of these ways, by numpy alone.

    No trigger, fewer than two photons, or no tagged jet.
    """
    eta = abs(branches["ph_eta"])
    photons = (branches["ph_pt"] > 25) & (eta < 2.37) & ~((eta >= 1.37) & (eta <= 1.52))
    tagged = branches["jet_btag"] > 0.8244273
    return {
        "trigger": branches["pass_diphoton"] == 0,
        "photons": ak.to_numpy(ak.sum(photons, axis=1) < 2),
        "tags": ak.to_numpy(~ak.any(tagged, axis=1)),
    }


def run(folder):
    """The results of a run from nothing."""
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)
    options = ("--config", f"data_files=[{','.join(FILES)}]")
    snakemake("--configfile", folder / "study.yaml", "--directory", folder, *options)
    return folder / "results/twin"


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Results of a study of data and a measured background of one file and of its twin; branches of both data."""
    folder = tmp_path_factory.mktemp("twins")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False), encoding="utf-8")
    write_signal(folder)
    good = PROCESSES["ntni"].for_pseudodata(own_files.simulated("ntni", 2500, 2, SIMULATION))
    events = [own_files.simulated("ntni", 3000, 1, SIMULATION), good, own_files.simulated("tth", 300, 3, SIMULATION)]
    data = own_files.together(events)
    branches = own_files.derivation(own_files.branches(data, folder), data)
    rng = np.random.default_rng(7)
    branches["pass_diphoton"] = ak.values_astype(rng.random(len(data)) < 0.97, np.int32)
    shuffled = rng.permutation(len(data))
    before = write_data(branches, shuffled, folder)
    first = run(folder).rename(folder / "first")
    tight, mass = regions(before)
    hidden = np.flatnonzero(tight & (mass >= 120) & (mass < 130))
    order = np.arange(len(data))
    for place, kind in zip(np.array_split(hidden, 3), failing(before).values(), strict=True):
        order[place] = rng.choice(np.setdiff1d(np.flatnonzero(kind), hidden), len(place))
    after = write_data(before, order, folder)
    return first, run(folder), before, after


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
    assert {"events", "scores", "metrics", "fits", "categories", "tables", "hepdata", "figures", "logs"} <= folders


def test_only_what_is_left_is_counted(twins):
    """In no number of the summary or of the tables is what the files have in all."""
    first, _, before, _ = twins
    summary = json.loads((first / "summary.json").read_text(encoding="utf-8"))
    for name in ("data", "ntni"):
        about = summary["samples"][name]
        assert about["events_read"] is about["sum_weights"] is None
        assert [row[1] for row in about["cutflow"]] == [None] * (len(about["cutflow"]) - 1) + [about["events_selected"]]
        assert about["events_selected"] > 200
    assert summary["samples"]["tth"]["events_read"] == 1500 and summary["samples"]["tth"]["cutflow"][0][1] == 1500
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
