"""Tables in other containers hold the same events as a ROOT file; what is no file of events says what it is."""

import pickle
from decimal import Decimal

import awkward as ak
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from given_selection import file_format

from unsculpt import formats, readers
from unsculpt.errors import InputError
from unsculpt.ntuples import BAD, Ntuple
from unsculpt.readers import arrow

PAIRS = pa.map_(pa.int32(), pa.float64())
NEEDS = {"photon": {"pt", "eta", "phi", "tight"}, "": {"trigger", "missing_et"}}


def read(path, step_size="50 MB", needs=NEEDS, name="atlas_open", **changes):
    """All steps of a file as one dict of arrays, and its header."""
    about = formats.reduced(file_format(name, **changes), needs)
    with Ntuple(str(path), about, step_size=step_size, simulated=True) as ntuple:
        steps = list(ntuple)
    return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}, ntuple.header, len(steps)


def as_arrow(branches):
    """A table of Arrow of branches."""
    return pa.table(
        {
            name: pa.array(values) if isinstance(values, np.ndarray) else ak.to_arrow(values, extensionarray=False)
            for name, values in branches.items()
        }
    )


@pytest.fixture
def toys(toy_branches):
    return toy_branches(200)


def test_parquet_reads_as_root(toys, write_ntuple, tmp_path):
    """In one step or in many, whatever the row groups are, and under any name of the file."""
    root, header, _ = read(write_ntuple(toys))
    pq.write_table(as_arrow(toys), tmp_path / "table.root", row_group_size=37)
    for size, least in (("50 MB", 1), ("4 kB", 3)):
        found, told, steps = read(tmp_path / "table.root", size)
        assert steps >= least and told == header
        assert found.keys() == root.keys() and all(ak.array_equal(found[name], root[name]) for name in root)


def test_records_of_parquet_are_branches_with_a_point(toys, write_ntuple, tmp_path):
    root, _, _ = read(write_ntuple(toys))
    photons = ak.zip({name[7:]: toys[name] for name in toys if name.startswith("photon_")})
    rest = {name: values for name, values in toys.items() if not name.startswith("photon_")}
    table = as_arrow(rest).append_column("photon", ak.to_arrow(photons, extensionarray=False))
    pq.write_table(table, tmp_path / "records.parquet")
    found, _, _ = read(tmp_path / "records.parquet", collections={"photon": {"prefix": "photon."}})
    assert all(ak.array_equal(found[name], root[name]) for name in root)


def test_what_a_table_lacks_is_bad_and_lists_of_nothing_are_none(tmp_path):
    table = {"x": pa.array([1.0, None, 3.0]), "l": pa.array([[1.0], None, [2.0, 3.0]])}
    pq.write_table(pa.table(table), tmp_path / "null.parquet")
    about = {"collections": {"thing": {"prefix": "", "fields": {"l": "l"}}}, "event": {"fields": {"x": "x"}}}
    about |= {"weights": {"generator": None, "sum": None, "cross_section_pb": None}}
    found, _, _ = read(tmp_path / "null.parquet", needs={"thing": {"l"}}, **about)
    assert found["thing"].l.tolist() == [[1.0], [], [2.0, 3.0]]
    with pytest.raises(InputError, match=r"null.parquet: branch 'x' is not a number \(or infinite\) in entry 1"):
        read(tmp_path / "null.parquet", needs={"thing": {"l"}, "": {"x"}}, **about)


FLAT = ("run,event,weight,ph1_pt,ph1_eta,ph1_phi,ph2_pt,ph2_eta,ph2_phi", "1,7,0.5,60,0.1,1,40,-1.2,-2")
FLAT = "\n".join([*FLAT, "1,8,1,50.5,0.2,1,-999,-999,-999", "1,9007199254740993,-1,55,0.2,1,30,1,2"]) + "\n"
PHOTONS = {"photon": {"pt", "eta", "phi", "mass"}}


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("begin", ["", "# ", "\ufeff"])
def test_text_is_a_table_of_numbered_objects(tmp_path, sign, begin):
    """Whole numbers stay exact; a column that is whole at first and not later is read as it is meant."""
    (tmp_path / "events.txt").write_text(begin + FLAT.replace(",", sign), encoding="utf-8")
    found, header, _ = read(tmp_path / "events.txt", needs=PHOTONS, name="flat")
    assert found["photon"].pt.tolist() == [[60, 40], [50.5], [55, 30]]
    assert found["event"].tolist() == [7, 8, 9007199254740993] and found["weight"].tolist() == [0.5, 1, -1]
    assert (header.entries, header.sum_weights) == (3, 0.5)


def test_a_long_text_is_read_in_steps_and_its_columns_are_as_they_end(tmp_path):
    """The first 20,000 momenta are whole numbers, the last is not."""
    lines = [f"{30 + i % 50},{i},0.5,1,20,0.1,2" for i in range(20000)] + ["31.25,20000,0.5,1,20,0.1,2"]
    names = "ph1_pt,event,ph1_eta,ph1_phi,ph2_pt,ph2_eta,ph2_phi"
    (tmp_path / "long.csv").write_text("\n".join([names, *lines]), encoding="utf-8")
    changes = {"weights": {"generator": None}}
    found, header, steps = read(tmp_path / "long.csv", "20 kB", needs=PHOTONS, name="flat", **changes)
    assert header.entries == 20001 and steps > 10
    assert found["photon"].pt[-1].tolist() == [31.25, 20] and found["event"].tolist() == [*range(20001)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.5,2\n3,4\n", "first line, '1.5,2', is no list of names"),
        ("an essay about\nphotons\n", "is no list of names of columns"),
        ("pt,pt\n1,2\n", "two columns have the name 'pt'"),
        (
            FLAT.replace("60,", "many,"),
            "column 'ph1_pt' holds 'many' in line 2, which is no number; correct it, or name",
        ),
        (FLAT.replace("50.5,", "few,"), "column 'ph1_pt' holds 'few' in line 3, which is no number; correct it"),
        (
            FLAT.replace(",", ";").replace(".", ","),
            r"holds '0,5' in line 2, which is no number \(a number has a point, no",
        ),
        (FLAT + "1,2,3\n", "line 5 has other than the 9 values of the first line, 3: '1,2,3'; correct .*cut off there"),
        (FLAT[:-8], "line 4 has other than the 9 values of the first line, 6: '1,9007"),
        (FLAT.replace("0.5", "nan"), r"'weight' is not a number .* in entry 0; mend .* bad_events: skip"),
        (FLAT.replace("0.5", "inf"), r"'weight' is not a number \(or infinite\) in entry 0"),
        (FLAT.replace("0.5", ""), r"'weight' is not a number \(or infinite\) in entry 0"),
        (FLAT.replace(",", "|"), "no list of names of columns; write the names there, between commas, semicolons or"),
        (FLAT.replace("ph2_eta", "eta2"), "no branch 'ph2_eta', in which the format has photon.eta; near names are"),
    ],
)
def test_a_text_that_is_no_table_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=sentence) as error:
        read(tmp_path / "events.csv", needs=PHOTONS, name="flat")
    assert "\n" not in str(error.value)


def test_a_text_that_may_be_cut_off_in_its_last_number_is_warned_of(tmp_path, caplog):
    for text, warned in ((FLAT, False), (FLAT[:-1], True)):
        (tmp_path / "events.csv").write_text(text, encoding="utf-8")
        caplog.clear()
        read(tmp_path / "events.csv", needs=PHOTONS, name="flat")
        assert ("its last line has no end; the file may have been cut off there" in caplog.text) == warned


def test_columns_of_text_are_told_from_those_of_numbers(tmp_path):
    """So that a look at all columns does not stumble over the names of generators."""
    text = "x,who,truth,none\n1,me,true,\n2,you,false,\n"
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    assert readers.open_file(str(tmp_path / "events.csv")).tree("any").numeric() == {"x", "truth"}
    table = {"x": [1, 2], "who": ["me", "you"], "l": [[1.0], []], "r": [{"pt": 1.0, "id": "a"}] * 2}
    pq.write_table(pa.table(table), tmp_path / "events.parquet")
    assert readers.open_file(str(tmp_path / "events.parquet")).tree("any").numeric() == {"x", "l", "r.pt"}


def test_decimal_numbers_of_parquet_are_numbers_and_other_types_say_what_they_are(tmp_path):
    about = {"event": {"fields": {"x": "x"}}, "weights": {"generator": None, "sum": None, "cross_section_pb": None}}
    kinds = {"decimal": pa.array([Decimal("60.5"), Decimal("1.25")]), "map": pa.array([[(1, 2.0)]] * 2, PAIRS)}
    for name, values in kinds.items():
        pq.write_table(pa.table({"x": values, "y": [1, 2]}), tmp_path / f"{name}.parquet")
    found, _, _ = read(tmp_path / "decimal.parquet", needs={"": {"x"}}, **about)
    assert found["x"].tolist() == [60.5, 1.25]
    with pytest.raises(InputError, match=r"map.parquet: (column|branch) 'x' .*map|map.parquet: branch 'x' holds"):
        read(tmp_path / "map.parquet", needs={"": {"x"}}, **about)


def test_a_parquet_file_that_was_cut_off_or_damaged_or_has_a_column_twice_is_one_sentence(tmp_path):
    table = pa.table({"x": np.random.default_rng(1).random(4000)})
    options = {"use_dictionary": False, "compression": None, "write_page_checksum": True}
    pq.write_table(table, tmp_path / "good.parquet", **options)
    content = (tmp_path / "good.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(content[:-2000])
    (tmp_path / "bits.parquet").write_bytes(content[:9000] + bytes(400) + content[9400:])
    twice = pa.Table.from_arrays([table.column("x")] * 2, names=["x", "x"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    about = {"event": {"fields": {"x": "x"}}, "weights": {"generator": None, "sum": None, "cross_section_pb": None}}
    assert len(read(tmp_path / "good.parquet", needs={"": {"x"}}, **about)[0]["x"]) == 4000
    for name, sentence in {
        "cut": "is a Parquet file that cannot be read .*; make it again",
        "bits": "is a Parquet file that cannot be read .*CRC.*; make it again",
        "twice": "two columns have the name 'x'; rename one",
    }.items():
        with pytest.raises(InputError, match=sentence) as error:
            read(tmp_path / f"{name}.parquet", needs={"": {"x"}}, **about)
        assert "\n" not in str(error.value) and str(error.value).startswith(f"{tmp_path}/{name}.parquet: ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("weight,käse\n1,2\n".encode("latin-1"), r"is text, and not in UTF-8; write it anew in UTF-8 \(iconv"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "is an HDF5 file that cannot be read"),
        (b"PK\x03\x04" + bytes(100), "is a ZIP archive"),
        (b"\x1f\x8b" + bytes(100), "is compressed by gzip"),
        (b"<!DOCTYPE html>\n<html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a pointer of Git LFS"),
        (b"", "is empty, it has zero bytes"),
        (b"PAR1 and nothing else", "is a Parquet file that cannot be read"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(tmp_path, content, sentence):
    (tmp_path / "file.root").write_bytes(content)
    with pytest.raises(InputError, match=sentence) as error:
        readers.open_file(str(tmp_path / "file.root"))
    assert "\n" not in str(error.value) and "file.root" in str(error.value)


COLUMNS = {  # of events with two photons, in arrays of two and numbered
    "run": np.full(5, 1, np.int32),
    "event": np.arange(9007199254740993, 9007199254740998),
    "weight": np.array([0.5, 1, -1, 2, 1], ">f8"),
    "ph1_pt": np.array([60, 50.5, 55, 41, 42]),
    "ph2_pt": np.array([40, -999, 30, 25.5, 26], np.float32),
    "tight": np.array([True, False, True, True, False]),
    "pt": np.array([[60, 40], [50.5, -999], [55, 30], [41, 25.5], [42, 26]]),
} | {f"ph{i}_{name}": np.linspace(-1, 1, 5) for i in (1, 2) for name in ("eta", "phi")}


def in_hdf5(path, columns, kind, group="events", **options):
    """Columns in HDF5 as h5py or pandas write them (the frames as pandas 2.3 with PyTables 3.10 did)."""
    n = len(next(iter(columns.values())))
    with h5py.File(path, "w", **options) as file:
        if kind == "group":
            for name, values in columns.items():
                file.create_dataset(f"{group}/{name}", data=values, chunks=(2, *values.shape[1:]), compression="gzip")
            return
        if kind == "frame":
            table = file.create_group(group)
            table.attrs.update(pandas_type=b"frame", nblocks=len(columns))
            for i, (name, values) in enumerate(columns.items()):
                table[f"block{i}_items"], table[f"block{i}_values"] = np.array([name], "S"), values[:, None]
            return
        kinds = [(name, values.dtype, values.shape[1:]) for name, values in columns.items()]
        if kind == "frame_table":
            file.create_group(group).attrs["pandas_type"] = b"frame_table"
            pt, group = [name for name in columns if name.endswith("_pt")], f"{group}/table"
            kinds = [(name, *rest) for name, *rest in kinds if name not in pt] + [("values_block_0", np.float64, (2,))]
            columns = columns | {"values_block_0": np.stack([columns[name] for name in pt], axis=1)}
        records = np.empty(n, kinds)
        for name, *_ in kinds:
            records[name] = columns[name]
        file[group] = records
        if kind == "frame_table":
            file[group].attrs["values_block_0_kind"] = np.bytes_(pickle.dumps(pt, protocol=0))


@pytest.mark.parametrize("kind", ["group", "records", "frame", "frame_table"])
def test_tables_of_hdf5_read_as_they_were_written(tmp_path, kind):
    """Whole numbers exactly, truths and other orders of bytes too; under any name, in one step or in many."""
    columns = {name: values for name, values in COLUMNS.items() if values.ndim == 1}
    in_hdf5(tmp_path / "table.root", columns, kind)
    for size, steps in (("50 MB", 1), ("150 B", 3)):
        found, header, number = read(tmp_path / "table.root", size, needs=PHOTONS, name="flat")
        assert found["photon"].pt.tolist() == [[60, 40], [50.5], [55, 30], [41, 25.5], [42, 26]]
        assert found["event"].tolist() == COLUMNS["event"].tolist() and number >= steps
        assert found["weight"].tolist() == [0.5, 1, -1, 2, 1] and (header.entries, header.sum_weights) == (5, 3.5)


ARRAYS = {"collections": {"photon": {"numbered": [], "prefix": "", "exists": "pt > 0", "fields": {"pt": "pt"}}}}


@pytest.mark.parametrize("kind", ["group", "records"])
def test_arrays_of_hdf5_are_lists_and_one_of_several_tables_is_named(tmp_path, kind):
    in_hdf5(tmp_path / "arrays.h5", COLUMNS, kind, userblock_size=512)
    with h5py.File(tmp_path / "arrays.h5", "a") as file:
        file["others/x"], file["notes"] = np.zeros(3), "made by a test"
    options = {"needs": {"photon": {"pt"}, "": {"tight"}}, "name": "flat"}
    changes = ARRAYS | {"event": {"fields": {"tight": "tight"}}}
    found, _, _ = read(tmp_path / "arrays.h5", tree="events", **options, **changes)
    assert found["photon"].pt.tolist() == [[60, 40], [50.5], [55, 30], [41, 25.5], [42, 26]]
    assert found["tight"].tolist() == [True, False, True, True, False]
    with pytest.raises(InputError, match=r"no tree 'tree', it holds events, others; set the tree of the format"):
        read(tmp_path / "arrays.h5", **options, **changes)


def test_a_table_of_hdf5_without_events_is_one(tmp_path):
    in_hdf5(tmp_path / "none.h5", {name: values[:0] for name, values in COLUMNS.items()}, "records")
    found, header, _ = read(tmp_path / "none.h5", needs=PHOTONS, name="flat")
    assert header.entries == 0 and len(found["photon"]) == 0 and len(found["event"]) == 0


def test_what_is_no_number_in_hdf5_is_a_bad_event(tmp_path):
    columns = COLUMNS | {"ph1_pt": np.array([60, 50.5, np.nan, 41, 42])}
    in_hdf5(tmp_path / "bad.h5", columns, "records")
    with pytest.raises(InputError, match=r"bad.h5: photon.pt is not a number \(or infinite\) in entry 2"):
        read(tmp_path / "bad.h5", needs=PHOTONS, name="flat", collections={"photon": {"exists": "eta > -5"}})
    about = formats.reduced(file_format("flat", collections={"photon": {"exists": "eta > -5"}}), PHOTONS)
    (tmp_path / "skip").mkdir()
    in_hdf5(tmp_path / "skip/bad.h5", columns | {"ph2_pt": np.full(5, 30.0)}, "group")
    with Ntuple(str(tmp_path / "skip/bad.h5"), about, step_size="1 MB", simulated=True, bad_events="skip") as ntuple:
        (step,) = ntuple
    assert step["entry"].tolist() == [0, 1, 3, 4] and step[BAD] == (1, -1.0)


def _spoil(path, kind):
    """Damage a file, or write another, in one of these ways."""
    if kind == "short":
        path.write_bytes(path.read_bytes()[:-3000])
    elif kind == "chunk":
        with h5py.File(path) as file:
            place = file["events/ph1_pt"].id.get_chunk_info(0).byte_offset
        content = bytearray(path.read_bytes())
        content[place : place + 8] = b"nonsense"
        path.write_bytes(content)
    elif kind == "text":
        with h5py.File(path, "a") as file:
            del file["events/ph1_pt"]
            file["events/ph1_pt"] = ["a", "b", "c", "d", "e"]
    else:
        with h5py.File(path, "w") as file:
            file["a"], file["b"], file["c"] = np.zeros(3), np.zeros(4), np.zeros(3)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("short", "is an HDF5 file that cannot be read .*truncated file.*; make it again"),
        ("chunk", "is an HDF5 file that cannot be read "),
        ("text", "column 'ph1_pt' holds no numbers; name another in the format"),
        ("lengths", r"without a table of events, .*; in / are b \(4\), a \(3\), c \(3\); write one"),
    ],
)
def test_a_fault_of_hdf5_is_one_sentence(tmp_path, kind, sentence):
    in_hdf5(tmp_path / "events.h5", COLUMNS, "group")
    _spoil(tmp_path / "events.h5", kind)
    with pytest.raises(InputError, match=sentence) as error:
        read(tmp_path / "events.h5", needs=PHOTONS, name="flat")
    assert "\n" not in str(error.value) and str(error.value).startswith(f"{tmp_path}/events.h5: ")


def test_sizes_of_steps_are_those_of_uproot():
    assert [arrow.size(text) for text in ("50 MB", "4kB", "1 MiB", "100 B")] == [50_000_000, 4000, 1 << 20, 100]


def test_real_data_in_parquet_are_nanoaod(realdata):
    """1,000 events of CMS of 2012: photons in 305 of them, and muons as the file itself says."""
    path = realdata / "Run2012B_SingleMu-1000.parquet"
    fields = {"photon": {"fields": {"id": 0, "isolation": "pfRelIso03_all"}}}
    about = formats.reduced(file_format("nanoaod", collections=fields), {"photon": {"pt", "eta"}, "muon": {"pt"}})
    with Ntuple(str(path), about, step_size="50 MB", simulated=False) as ntuple:
        (step,) = ntuple
    raw = ak.from_parquet(path, columns=["Muon_pt", "run", "event"])
    counts = ak.num(step["photon"]).tolist()
    assert [counts.count(n) for n in range(5)] == [695, 218, 60, 17, 8]
    assert step["muon"].pt.tolist() == raw.Muon_pt.tolist() and {*step["run"].tolist()} == {194711, 195916}
    assert step["event"].tolist() == raw.event.tolist()
