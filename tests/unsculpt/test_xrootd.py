"""Files of a real xrootd server on this machine; skipped where server or client are not installed."""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from given_selection import file_format

from unsculpt import formats, remotefiles
from unsculpt.errors import InputError
from unsculpt.ntuples import Ntuple

FIELDS = {"photon": {"pt", "eta", "phi", "tight"}, "jet": {"pt"}, "": {"trigger"}}
CLIENT = importlib.util.find_spec("fsspec_xrootd") and importlib.util.find_spec("XRootD")
needs_server = pytest.mark.skipif(
    not shutil.which("xrootd") or not CLIENT,
    reason="no xrootd server (Debian: xrootd-server) or no client (fsspec-xrootd, xrootd): root:// is not tested",
)


def read(path):
    about = formats.reduced(file_format(), FIELDS)
    with Ntuple(path, about, step_size="40 kB", simulated=True) as ntuple:
        steps = list(ntuple)
    return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}


@pytest.fixture
def xrootd(tmp_path):
    """A server that exports a folder; gives both."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    exported = tmp_path / "exported"
    for folder in (exported, tmp_path / "admin"):
        folder.mkdir()
    (tmp_path / "xrootd.cfg").write_text(
        f"xrd.port {port}\nxrd.protocol xrootd *\nall.export /\noss.localroot {exported}\n"
        f"all.adminpath {tmp_path}/admin\nall.pidpath {tmp_path}/admin\nxrd.network nodnr\n",
        encoding="utf-8",
    )
    command = ["xrootd", "-c", str(tmp_path / "xrootd.cfg"), "-l", str(tmp_path / "xrootd.log")]
    if os.getuid() == 0:  # it refuses to run as root
        command += ["-R", "nobody"]
        for folder in (tmp_path, *tmp_path.parents):
            if str(folder).startswith("/tmp/"):
                folder.chmod(0o755)
        shutil.chown(tmp_path / "admin", "nobody")
        shutil.chown(tmp_path, "nobody")
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"root://127.0.0.1:{port}", exported, server
    server.kill()
    server.wait()


@needs_server
@pytest.mark.timeout(300)
def test_a_file_of_an_xrootd_server_reads_as_a_local_one(xrootd, write_ntuple, toy_branches):
    address, exported, _ = xrootd
    path = write_ntuple(toy_branches(3000))
    (exported / "a.root").write_bytes(Path(path).read_bytes())
    local, remote = read(path), read(f"{address}//a.root")
    assert local.keys() == remote.keys() and all(ak.array_equal(local[name], remote[name]) for name in local)


@needs_server
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["parquet", "hdf5", "text"])
def test_a_table_of_an_xrootd_server_reads_as_a_local_one(xrootd, kind):
    """With more than one block of bytes."""
    address, exported, _ = xrootd
    rng, path = np.random.default_rng(3), exported / f"table.{kind}"
    columns = {f"ph{i}_{name}": rng.uniform(1, 2, 60000) for i in (1, 2) for name in ("pt", "eta", "phi")}
    if kind == "hdf5":
        with h5py.File(path, "w") as file:
            for name, values in columns.items():
                file[f"events/{name}"] = values
    else:
        {"parquet": pq.write_table, "text": pyarrow.csv.write_csv}[kind](pa.table(columns), path)

    def table(name):
        about = formats.reduced(file_format("flat", weights={"generator": None}), {"photon": {"pt", "eta"}})
        with Ntuple(str(name), about, step_size="1 MB", simulated=True) as ntuple:
            steps = list(ntuple)
        return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}

    local, remote = table(path), table(f"{address}//{path.name}")
    assert local.keys() == remote.keys() and all(ak.array_equal(local[name], remote[name]) for name in local)
    with pytest.raises(InputError, match=r"cannot be opened .*the server has no such file; check the address"):
        table(f"{address}//absent.{kind}")


@needs_server
@pytest.mark.timeout(300)
def test_faults_of_an_xrootd_server_are_sentences(xrootd, write_ntuple, toy_branches, monkeypatch):
    monkeypatch.setattr(remotefiles, "WAITS", (0.0,))
    address, exported, server = xrootd
    with pytest.raises(InputError, match=r"cannot be opened .*the server has no such file; check the address"):
        read(f"{address}//absent.root")
    (exported / "bytes.root").write_bytes(bytes(range(256)) * 100)
    with pytest.raises(InputError, match=r"is no whole file; check the file on its server"):
        read(f"{address}//bytes.root")
    server.kill()
    server.wait()
    with pytest.raises(InputError, match=r"2 times; check the address, or run again later: what is finished stays"):
        read(f"{address}//a.root")


@pytest.mark.skipif(CLIENT, reason="the client of xrootd is installed")
def test_without_its_client_an_address_of_xrootd_is_one_sentence():
    with pytest.raises(InputError, match=r"the packages xrootd and fsspec-xrootd.; install it"):
        read("root://127.0.0.1:1094//a.parquet")
