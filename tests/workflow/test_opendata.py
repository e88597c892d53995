"""The study of the public diphoton release, on generated files of the same names and branches behind a web server."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from defaults import default
from file_server import serving
from workflow import own_files
from workflow.running import ROOT, snakemake

from unsculpt import config, events
from unsculpt.simulation import writer
from unsculpt.simulation.processes import PROCESSES

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
STUDY, TARGET = "config/studies/tthyy_opendata.yaml", "results/tthyy_opendata/events/ntni.parquet"
SIMULATION = default("simulation")


def write(sample, path, run, channel_number):
    about = {"run": run, "channel_number": channel_number, "first_event": 1, "generator": ""}
    writer.write(sample, path, **about, cross_section_pb=0.5, sum_weights=sample.sum_weights)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A folder with files of the release by their names there: signal, and data of both regions in two periods."""
    folder = tmp_path_factory.mktemp("release")
    signal = own_files.simulated("tth", 600, 4, SIMULATION)
    write(signal, folder / "mc_341081.ttH125_gamgam.GamGam.root", 284500, 341081)
    good = PROCESSES["ntni"].for_pseudodata(own_files.simulated("ntni", 1500, 2, SIMULATION))
    for name, part, run in (("A", own_files.simulated("ntni", 1500, 1, SIMULATION), 1), ("B", good, 2)):
        write(part, folder / f"data_{name}.GamGam.root", run, 0)
    return folder


def study(folder, place):
    """The study in `folder` with the files of these names at another place, those of the release that there are."""
    shipped = yaml.safe_load((ROOT / STUDY).read_text(encoding="utf-8"))["samples"]
    names = {name: [Path(file).name for file in sample["files"]] for name, sample in shipped.items()}
    assert names["tth"] == ["mc_341081.ttH125_gamgam.GamGam.root"]
    assert names["data"] == names["ntni"] == [f"data_{period}.GamGam.root" for period in "ABCD"]
    samples = {name: {"files": [f"{place}/{file}" for file in files[:2]]} for name, files in names.items()}
    for name in ("ntni", "data"):  # what is said of files goes with them
        samples[name] |= {key: shipped[name][key] for key in ("measured",) if key in shipped[name]}
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"base": STUDY, "study": "tthyy_opendata", "samples": samples})
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder


def run(folder, *options, **how):
    return snakemake("--configfile", folder / "study.yaml", "--directory", folder, *options, TARGET, **how)


def test_the_shipped_study_reads_the_release_over_https_and_hides_the_window():
    found = config.load(ROOT / STUDY, ROOT)
    files = [file for sample in found["samples"].values() for file in sample.get("files", [])]
    start = "https://opendata.cern.ch/eos/opendata/atlas/OutreachDatasets/2020-01-22/GamGam/"
    assert len(files) == 9 and all(file.startswith(start) for file in files)
    assert found["blind"] and found["samples"]["ntni"]["measured"] and found["backgrounds"] == {"ntni": ["ntni"]}
    assert (found["samples"]["ntni"]["region"], found["samples"]["data"]["region"]) == ("ntni", "ti")


def test_files_behind_a_server_make_the_same_table_as_local_ones(release, tmp_path):
    run(study(tmp_path / "local", release))
    content = {f"/{path.name}": path.read_bytes() for path in release.iterdir()}
    with serving(content, cut=2) as (address, server):
        run(study(tmp_path / "remote", address))
        assert any(asked for _, asked in server.asked) and not server.cut
    local, remote = (events.load(tmp_path / place / TARGET) for place in ("local", "remote"))
    assert {*np.asarray(local.sample)} == {"tth", "ntni", "data"} and len(local) > 300
    for name in ("event", "sample", "mass", "weight", "features", "fold"):
        np.testing.assert_array_equal(np.asarray(getattr(local, name)), np.asarray(getattr(remote, name)), err_msg=name)
    data = local.mass[local.where(events.DATA)]
    assert len(data) > 20 and not ((data >= 120) & (data < 130)).any()
    fakes = local[local.where(events.BACKGROUND)]
    assert set(fakes.region) == {"ntni"}


def test_what_is_finished_stays_when_a_file_cannot_be_had(release, tmp_path):
    """One file is not on the server: its job says so; the others are not made again once it is there."""
    content = {f"/{path.name}": path.read_bytes() for path in release.iterdir()}
    missing = content.pop("/data_B.GamGam.root")
    with serving(content) as (address, server):
        folder = study(tmp_path, address)
        output = run(folder, "--keep-going", expect=1)
        assert "data_B.GamGam.root: cannot be opened" in output and "the server has no such file" in output
        made = {path: path.stat().st_mtime_ns for path in folder.glob("results/*/events/*/*.parquet")}
        assert len(made) == 3, "signal, and the first file of data and of background"
        server.content["/data_B.GamGam.root"] = missing
        run(folder)
    assert all(path.stat().st_mtime_ns == time for path, time in made.items())
    assert (folder / TARGET).is_file()
