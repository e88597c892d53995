"""Files behind an address: the same events as from the file, or a sentence that fits the fault of the server."""

import base64
import hashlib
import logging
import zlib
from pathlib import Path

import awkward as ak
import fsspec
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from file_server import serving
from given_selection import file_format

from unsculpt import formats, remotefiles
from unsculpt.errors import InputError
from unsculpt.ntuples import Ntuple

FIELDS = {"photon": {"pt", "eta", "phi", "tight"}, "jet": {"pt", "mv2c10"}, "": {"trigger", "missing_et"}}
QUICK = (0.0, 0.0, 0.0)
# sockets of broken connections, which uproot and the server leave to the collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(remotefiles, "WAITS", QUICK)
    monkeypatch.setattr(remotefiles, "TIMEOUT", 2)  # seconds; one is too short for a busy machine


@pytest.fixture
def local(write_ntuple, toy_branches):
    return write_ntuple(toy_branches(3000))


@pytest.fixture
def remote(local):
    with serving({"/a.root": Path(local).read_bytes()}) as (address, server):
        yield f"{address}/a.root", server


def read(path, step_size="40 kB"):
    """All steps of a file as one dict of arrays, and their number."""
    about = formats.reduced(file_format(), FIELDS)
    with Ntuple(path, about, step_size=step_size, simulated=True) as ntuple:
        steps = list(ntuple)
    assert len(steps) > 3
    return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}


def same(one, other):
    return one.keys() == other.keys() and all(ak.array_equal(one[name], other[name]) for name in one)


def test_a_remote_file_reads_as_a_local_one(local, remote):
    address, server = remote
    assert same(read(address), read(local))
    assert any(command == "GET" and asked for command, asked in server.asked)


def test_of_a_file_that_is_read_in_ranges_only_what_is_needed_travels(local, remote):
    address, server = remote
    read(address)
    assert not [asked for command, asked in server.asked if command == "GET" and asked is None]


def test_a_server_without_ranges_sends_the_whole_file_once(local, remote, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    (tmp_path / "copies").mkdir()
    address, server = remote
    server.ranges = False
    assert same(read(address), read(local))
    assert [command for command, _ in server.asked] == ["GET"]
    assert not list((tmp_path / "copies").iterdir()), "the copy is gone"


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("fault", ["cut", "stall"])
@pytest.mark.parametrize("times", [1, 2])
def test_answers_that_stop_half_way_are_asked_for_again(local, remote, ranges, fault, times, caplog):
    """No event is lost or there twice, wherever the connection was cut."""
    caplog.set_level(logging.INFO)
    expected = read(local)
    address, server = remote
    server.ranges, server.seconds = ranges, 2.5
    setattr(server, fault, times)
    assert same(read(address), expected)
    assert getattr(server, fault) == 0 and "once more in" in caplog.text


@pytest.mark.parametrize("start", [3, 8, 12])
def test_a_file_that_breaks_off_between_steps_goes_on_where_it_was(local, remote, start):
    expected = read(local)
    address, server = remote
    about, seen = formats.reduced(file_format(), FIELDS), []
    with Ntuple(address, about, step_size="20 kB", simulated=True) as ntuple:
        for step in ntuple:
            seen.append(step)
            server.cut = 2 if len(seen) == start else 0
    assert len(seen) > start
    assert same({name: ak.concatenate([step[name] for step in seen]) for name in seen[0]}, expected)


SENTENCES = {
    "absent": ({"content": {}}, "the server has no such file; check the address"),
    "refused": ({"status": 403}, "does not let you read it; check your permission"),
    "busy": ({"status": 503}, "had an error of its own 4 times; run again later: what is finished stays"),
    "cut": ({"cut": 99}, "the connection broke 4 times"),
    "silent": ({"stall": 99, "seconds": 2.5}, "sent nothing for 2 s, 4 times"),
    "cut, no ranges": ({"cut": 99, "ranges": False}, "the connection broke 4 times"),
    "silent, no ranges": ({"stall": 99, "seconds": 2.5, "ranges": False}, "sent nothing for 2 s, 4 times"),
    "foreign": (
        {"content": {"/a.root": b"\xff\xd8\xff\xe0 a picture" * 200}},
        "is no whole file; check the file on its server",
    ),
    "shortened": (None, "is no whole file; check the file on its server"),
}


@pytest.mark.parametrize("fault", SENTENCES)
def test_a_fault_that_lasts_is_one_sentence_with_advice_that_fits(local, remote, fault):
    address, server = remote
    changes, sentence = SENTENCES[fault]
    vars(server).update(changes or {"content": {"/a.root": Path(local).read_bytes()[:30000]}})
    with pytest.raises(InputError) as error:
        read(address)
    text = str(error.value)
    assert text.startswith(f"{address}: cannot be ") and sentence in text and "\n" not in text
    assert "copy" not in text, "nobody copied it"


def test_an_address_without_a_server_is_one_sentence():
    with pytest.raises(InputError, match=r"a.root: cannot be opened .*broke 4 times; check the address"):
        read("http://127.0.0.1:9/a.root")


def test_what_cannot_pass_is_not_asked_for_again(remote):
    address, server = remote
    server.status = 403
    with pytest.raises(InputError):
        read(address)
    assert len(server.asked) == 1


def checksums(content):
    md5, sha, adler = hashlib.md5(content), hashlib.sha256(content), zlib.adler32(content)
    text = {name: base64.b64encode(value.digest()).decode() for name, value in (("md5", md5), ("sha", sha))}
    return [
        {"Content-MD5": text["md5"]},
        {"Repr-Digest": f"sha-256=:{text['sha']}:"},
        {"Digest": f"adler32={adler:08x}, md5={text['md5']}"},
        {"Digest": f"MD5={md5.hexdigest()},unixsum=30637"},
    ]


@pytest.mark.parametrize("number", range(4))
def test_the_checksums_of_a_server_are_compared_with_a_copy(local, remote, number):
    address, server = remote
    content, server.ranges = Path(local).read_bytes(), False
    server.headers = checksums(content)[number]
    assert same(read(address), read(local))
    broken = bytearray(content)
    broken[len(content) // 2] ^= 1
    server.content["/a.root"] = bytes(broken)
    with pytest.raises(InputError, match=r"Damaged: its \S+ is [0-9a-f]+, and [0-9a-f]+ on the server"):
        read(address)


KINDS = ("hdf5", "parquet", "text")


@pytest.fixture(params=KINDS)
def table(request, tmp_path):
    """A table of 60,000 events with a megabyte of numbers that nobody reads, as bytes."""
    rng, path = np.random.default_rng(3), tmp_path / "table"
    columns = {f"ph{i}_{name}": rng.uniform(1, 2, 60000) for i in (1, 2) for name in ("pt", "eta", "phi")}
    columns |= {"event": np.arange(60000)} | {f"unused{i}": rng.uniform(size=60000) for i in range(8)}
    if request.param == "hdf5":
        with h5py.File(path, "w") as file:
            for name, values in columns.items():
                file.create_dataset(f"events/{name}", data=values, chunks=(4000,), compression="gzip")
    elif request.param == "parquet":
        pq.write_table(pa.table(columns), path, row_group_size=10000)
    else:
        pyarrow.csv.write_csv(pa.table(columns), path)
    return request.param, path


def read_table(path):
    about = formats.reduced(file_format("flat", weights={"generator": None}), {"photon": {"pt", "eta"}})
    with Ntuple(str(path), about, step_size="1 MB", simulated=True) as ntuple:
        steps = list(ntuple)
    return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}


@pytest.mark.parametrize("fault", [{}, {"cut": 2}, {"ranges": False}, {"ranges": False, "stall": 1, "seconds": 2.5}])
def test_remote_tables_of_other_kinds_read_as_local_ones(table, fault, tmp_path, monkeypatch):
    """Of Parquet and HDF5 only what is needed travels, where the server has ranges."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    monkeypatch.setattr(remotefiles, "BLOCK", 1 << 16)
    (tmp_path / "copies").mkdir()
    kind, path = table
    with serving({"/table": path.read_bytes()}, **fault) as (address, server):
        assert same(read_table(f"{address}/table"), read_table(path))
        assert not server.cut and not server.stall
        sent = sum(int(last) - int(first) + 1 for _, a in server.asked if a for first, last in [a[6:].split("-")])
        if kind != "text" and not fault:
            assert None not in [asked for _, asked in server.asked] and sent < 0.7 * path.stat().st_size
    assert not list((tmp_path / "copies").iterdir()), "the copy is gone"


@pytest.mark.parametrize("fault", ["gone", "cut", "damaged"])
def test_a_fault_of_a_remote_table_is_one_sentence(table, fault, monkeypatch):
    monkeypatch.setattr(remotefiles, "BLOCK", 1 << 16)
    kind, path = table
    content = path.read_bytes()
    with serving({"/table": content}) as (address, server):
        about = formats.reduced(file_format("flat", weights={"generator": None}), {"photon": {"pt", "eta"}})
        if fault == "damaged":
            server.content["/table"] = content[: len(content) // 2] + (b"\n1,2" if kind == "text" else b"")
        with pytest.raises(InputError) as error:
            with Ntuple(f"{address}/table", about, step_size="100 kB", simulated=True) as ntuple:
                server.content, server.cut = ({}, 0) if fault == "gone" else (server.content, 99 * (fault == "cut"))
                assert len(list(ntuple)) and kind == "text"
                raise InputError(f"{address}/table: the server has no such file, broke 4 times, cannot be read")
    damaged = "was the file cut off there?" if kind == "text" else "cannot be read"
    words = {"gone": "the server has no such file", "cut": "broke 4 times", "damaged": damaged}[fault]
    assert str(error.value).startswith(f"{address}/table: ") and words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture
def stored():
    """Put the content of a file behind an address that a library of fsspec reads, as it reads those of xrootd."""
    system = fsspec.filesystem("memory")

    def put(path):
        system.pipe_file("/stored/file", Path(path).read_bytes())
        return "memory://stored/file", system

    yield put
    if system.exists("/stored"):
        system.rm("/stored", recursive=True)


def test_tables_of_a_filesystem_read_as_local_ones(table, stored, tmp_path, monkeypatch):
    """Of Parquet and HDF5 only blocks are asked for; the copy of a text goes with the job."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    monkeypatch.setattr(remotefiles, "BLOCK", 1 << 16)
    (tmp_path / "copies").mkdir()
    kind, path = table
    address, system = stored(path)
    asked, cat_file = [], system.cat_file
    monkeypatch.setattr(system, "cat_file", lambda *where: asked.append(where[1:]) or cat_file(*where))
    assert same(read_table(address), read_table(path))
    sent = sum(stop - start for start, stop in asked)
    assert max(stop - start for start, stop in asked) <= 1 << 16
    assert sent < 0.7 * path.stat().st_size or kind == "text"
    assert not list((tmp_path / "copies").iterdir())


def test_a_root_file_of_a_filesystem_reads_as_a_local_one(local, stored):
    address, _ = stored(local)
    assert same(read(address), read(local))


def test_a_fault_of_a_filesystem_that_passes_is_forgotten_and_nothing_of_the_connection_kept(
    table, stored, monkeypatch
):
    address, system = stored(table[1])
    faults, cat_file, closed = [OSError("[FATAL] Connection error"), OSError("Operation expired")], system.cat_file, []
    monkeypatch.setattr(system, "invalidate_cache", lambda *_: closed.append(1))

    def shaky(*where):
        if faults:
            raise faults.pop()
        return cat_file(*where)

    monkeypatch.setattr(system, "cat_file", shaky)
    assert same(read_table(address), read_table(table[1]))
    assert len(closed) == 2


@pytest.mark.parametrize("fault", ["gone", "cut", "FATAL"])
def test_a_fault_of_a_table_of_a_filesystem_is_one_sentence(table, stored, fault, monkeypatch):
    monkeypatch.setattr(remotefiles, "BLOCK", 1 << 16)
    _, path = table
    address, system = stored(path)
    cat_file = system.cat_file

    def faulty(place, start, stop):
        if stop <= remotefiles.FIRST:  # the kind is still told
            return cat_file(place, start, stop)
        if fault == "FATAL":
            raise OSError("Bytes failed to read from open file: [FATAL] Connection error")
        if fault == "gone":
            raise OSError("Failed to open file: [ERROR] Server responded with an error: [3011] No such file")
        return cat_file(place, start, stop)[:-1]

    monkeypatch.setattr(system, "cat_file", faulty)
    with pytest.raises(InputError) as error:
        read_table(address)
    words = {"gone": "the server has no such file", "cut": "it came 4 times, but is no whole", "FATAL": "broke 4 times"}
    assert str(error.value).startswith(f"{address}: cannot be ") and words[fault] in str(error.value)
    assert "\n" not in str(error.value)


def test_a_kind_of_address_that_is_not_known_is_one_sentence():
    with pytest.raises(
        InputError, match=r"addresses of this kind are not known; give one that begins with https:// or"
    ):
        read_table("gridftp://example.org/a.parquet")
    with pytest.raises(InputError, match=r"memory://none/a.csv: cannot be opened .*the server has no such file"):
        read_table("memory://none/a.csv")
