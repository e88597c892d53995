"""Reading ROOT files: what comes out, and one sentence for each way in which a file can be wrong."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from given_selection import file_format

from unsculpt import formats
from unsculpt.errors import InputError
from unsculpt.ntuples import Ntuple

PHOTONS = {"photon": {"pt", "eta", "phi", "tight", "etcone20", "ptcone30"}}
ALL = {
    "photon": PHOTONS["photon"] | {"e", "conversion"},
    "jet": {"pt", "eta", "phi", "e", "mv2c10"},
    "lepton": {"pt", "eta", "phi"},
    "": {"trigger", "missing_et", "missing_phi"},
}
ENERGIES = ("pt", "E", "etcone20", "ptcone30", "et")  # what branches of energies end with


def opened(path, needs=PHOTONS, simulated=True, step_size="50 MB", **changes):
    """A file in the format of the open data, with `changes` merged into it, of which the fields `needs` are read."""
    about = formats.reduced(file_format(**changes), needs)
    return Ntuple(path, about, step_size=step_size, simulated=simulated)


def read(path, *args, **settings):
    """All steps of a file as one dict of arrays."""
    with opened(path, *args, **settings) as ntuple:
        steps = list(ntuple)
    return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}


def photon(**fields):
    """The change of a format by which photons have other fields."""
    return {"collections": {"photon": {"fields": fields}}}


def weights(**names):
    """The change of a format by which weights have other branches."""
    return {"weights": names}


@pytest.fixture
def serve():
    """Serve the content of a file by http, in ranges of bytes as a storage element does; give its address."""
    servers = []

    def start(content):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                ranges = self.headers["Range"].removeprefix("bytes=").split(",")
                first, last = (int(x) for x in ranges[0].split("-"))
                self.send_response(206 if len(ranges) == 1 else 200)  # 200: several ranges at once are too much
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
                self.send_header("Content-Length", str(last + 1 - first))
                self.end_headers()
                self.wfile.write(content[first : last + 1])

            def do_HEAD(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()

            def log_message(self, *_):
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/ntuple.root"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_energies_are_in_gev_whatever_the_unit_of_the_file(write_ntuple, toy_branches):
    toys = toy_branches(20)
    mev = read(write_ntuple(toys, "mev.root"), ALL)
    gev_toys = {name: v / 1000 if name.split("_")[-1] in ENERGIES else v for name, v in toys.items()}
    gev = read(write_ntuple(gev_toys, "gev.root"), ALL, unit="GeV")
    np.testing.assert_allclose(ak.flatten(mev["photon"].pt), ak.flatten(toys["photon_pt"]) / 1000, rtol=1e-6)
    np.testing.assert_allclose(mev["missing_et"], toys["met_et"] / 1000, rtol=1e-6)
    np.testing.assert_allclose(mev["missing_et"], gev["missing_et"], rtol=1e-6)
    for name, fields in (("photon", ALL["photon"]), ("jet", ALL["jet"]), ("lepton", ALL["lepton"])):
        for field in fields:
            np.testing.assert_allclose(ak.flatten(mev[name][field]), ak.flatten(gev[name][field]), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_and_double_precision_files_are_read_in_double_precision(write_ntuple, toy_branches, dtype):
    arrays = read(write_ntuple(toy_branches(10, dtype=dtype)), ALL)
    assert ak.flatten(arrays["jet"].pt).layout.dtype == np.float64
    assert arrays["weight"].layout.dtype == np.float64 and arrays["missing_et"].layout.dtype == np.float64


def test_vectors_and_counted_arrays_read_the_same(tmp_path, write_ntuple, toy_branches):
    toys = toy_branches(30)
    names = (
        "photon_pt",
        "photon_eta",
        "photon_phi",
        "photon_etcone20",
        "photon_ptcone30",
        "photon_isTightID",
        "mcWeight",
    )
    counted = read(write_ntuple({name: toys[name] for name in names}))
    with uproot.recreate(tmp_path / "vectors.root") as file:  # an RNTuple has true vectors and no counters
        file.mkrntuple("mini", {name: toys[name] for name in names})
    vectors = read(tmp_path / "vectors.root")
    assert {*vectors["photon"].fields} == PHOTONS["photon"] and counted.keys() == vectors.keys()
    assert all(ak.array_equal(counted[name], vectors[name]) for name in counted)


def test_fields_of_a_record_read_as_branches(tmp_path, write_ntuple, toy_branches):
    toys = toy_branches(30)
    record = ak.zip({name.removeprefix("photon_"): toys[name] for name in toys if name.startswith("photon")})
    with uproot.recreate(tmp_path / "records.root") as file:
        file.mkrntuple("mini", {"photon": record, "info": ak.zip({"weight": toys["mcWeight"]})})
    change = {"collections": {"photon": {"prefix": "photon."}}} | weights(generator="info.weight", factors=[])
    plain, records = read(write_ntuple(toys), **weights(factors=[])), read(tmp_path / "records.root", **change)
    assert plain.keys() == records.keys() and "photon" in plain
    for name in plain.keys() - {"run", "event"}:  # which the records lack
        assert ak.array_equal(plain[name], records[name])


def test_small_steps_give_the_same_events_as_one(write_ntuple, toy_branches):
    path = write_ntuple(toy_branches(200))
    with opened(path, ALL, step_size="5 kB") as ntuple:
        assert len(list(ntuple)) > 3
    one, many = read(path, ALL), read(path, ALL, step_size="5 kB")
    assert all(ak.array_equal(one[name], many[name]) for name in one)


def test_the_weight_is_the_generator_weight_times_the_scale_factors_that_are_there(write_ntuple, toy_branches):
    toys = toy_branches(50) | {"scaleFactor_PILEUP": np.full(50, 2, np.float32)}
    expected = 2.0 * toys["mcWeight"].astype(float) * toys["scaleFactor_PHOTON"].astype(float)
    np.testing.assert_allclose(read(write_ntuple(toys))["weight"], expected)


def test_data_weigh_one_and_need_no_weight_branch(write_ntuple, toy_branches):
    toys = toy_branches(10)
    del toys["mcWeight"]
    assert np.all(read(write_ntuple(toys), simulated=False)["weight"] == 1)


@pytest.mark.parametrize(("number", "n"), [(np.zeros(0), 3), (np.array([2.0, 0.5, -1.0]), 3)])
def test_weights_that_are_not_named_are_one(write_ntuple, toy_branches, number, n):
    toys = toy_branches(n) | {"scaleFactor_PILEUP": number} if len(number) else toy_branches(n)
    free = weights(generator=None, factors=["scaleFactor_PILEUP"], sum=None, cross_section_pb=None)
    path = write_ntuple(toys)
    with opened(path, **free) as ntuple:
        header = ntuple.header
    assert (header.sum_weights, header.cross_section_pb, header.unknown) == (n, None, "")
    assert read(path, **free)["weight"].tolist() == (number.tolist() or [1.0] * n)


def test_only_the_fields_that_a_study_uses_are_read(write_ntuple, toy_branches):
    toys = {name: values for name, values in toy_branches(10).items() if not name.startswith(("jet", "lep", "met"))}
    arrays = read(write_ntuple(toys))
    assert (
        arrays.keys() == {"photon", "run", "event", "entry", "weight"}
        and {*arrays["photon"].fields} == PHOTONS["photon"]
    )


def test_the_header_tells_weights_cross_section_and_generator(write_ntuple, toy_branches):
    with opened(write_ntuple(toy_branches(40), generator="Some generator 1.0")) as ntuple:
        header = ntuple.header
    assert (header.entries, header.sum_weights, header.generator) == (40, 200.0, "Some generator 1.0")
    assert header.cross_section_pb == pytest.approx(0.1)


def test_without_sum_of_weights_the_events_in_the_file_are_all(write_ntuple, toy_branches, caplog):
    toys = toy_branches(40)
    del toys["SumWeights"], toys["XSection"]
    with caplog.at_level(logging.INFO), opened(write_ntuple(toys)) as ntuple:
        assert ntuple.header.sum_weights == pytest.approx(toys["mcWeight"].sum())
        assert ntuple.header.cross_section_pb is None
    assert "taken for all generated ones" in caplog.text


def test_events_without_numbers_are_numbered_through_all_steps(write_ntuple, toy_branches):
    toys = toy_branches(200)
    del toys["eventNumber"]
    assert read(write_ntuple(toys), ALL, step_size="5 kB")["event"].tolist() == list(range(200))


def test_a_branch_is_read_under_its_name_in_the_file(write_ntuple, toy_branches):
    toys = toy_branches(10)
    toys["photon_transverse"] = toys.pop("photon_pt")
    arrays = read(write_ntuple(toys), **photon(pt="transverse"))
    np.testing.assert_allclose(ak.flatten(arrays["photon"].pt), ak.flatten(toys["photon_transverse"]) / 1000, rtol=1e-6)


def test_a_field_is_an_expression_of_branches(write_ntuple, toy_branches):
    """In the unit of the file, where it is an energy; for objects and for the event."""
    toys = toy_branches(20)
    change = photon(px="pt * cos(phi)", order="where(pt > 50000, 2, 1)")
    change["collections"]["photon"]["energies"] = ["px"]
    change["event"] = {"fields": {"ht": "sum(jet_pt)", "half": "entry / 2"}, "energies": ["ht"]}
    arrays = read(write_ntuple(toys), {"photon": {"pt", "px", "order"}, "": {"ht", "half"}}, **change)
    pt, phi = (ak.flatten(toys[name]).to_numpy().astype(float) for name in ("photon_pt", "photon_phi"))
    np.testing.assert_allclose(ak.flatten(arrays["photon"].px), pt * np.cos(phi) / 1000)
    assert ak.flatten(arrays["photon"].order).tolist() == [2 if value > 50000 else 1 for value in pt]
    assert ak.flatten(arrays["photon"].pt).tolist() == pt.tolist()  # no longer an energy
    np.testing.assert_allclose(arrays["ht"], [sum(jets) / 1000 for jets in toys["jet_pt"].tolist()], rtol=1e-6)
    assert arrays["half"].tolist() == [i / 2 for i in range(20)]


def test_a_constant_is_the_field_of_every_object(write_ntuple, toy_branches):
    toys = toy_branches(20)
    change = photon(mass=0, tight=1) | {"event": {"fields": {"year": 2018}}}
    arrays = read(write_ntuple(toys), {"photon": {"pt", "mass", "tight"}, "": {"year"}}, **change)
    counts = ak.num(toys["photon_pt"]).tolist()
    assert arrays["photon"].mass.tolist() == [[0.0] * n for n in counts]
    assert arrays["photon"].tight.tolist() == [[1.0] * n for n in counts] and arrays["year"].tolist() == [2018] * 20


def test_what_a_file_lacks_is_found_otherwise_if_the_format_says_how(write_ntuple, toy_branches, caplog):
    """As the energy of photons and jets without one: they are massless."""
    toys = toy_branches(20)
    with caplog.at_level(logging.INFO):
        arrays = read(write_ntuple(toys), ALL)
    photons = arrays["photon"]
    np.testing.assert_allclose(ak.flatten(photons.e), ak.flatten(photons.pt) * np.cosh(ak.flatten(photons.eta)))
    assert "no branch photon_E: photon.e is pt * cosh(eta)" in caplog.text
    given = read(write_ntuple(toys | {"photon_E": 2 * toys["photon_pt"]}, "given.root"), ALL)["photon"]
    np.testing.assert_allclose(ak.flatten(given.e), 2 * ak.flatten(given.pt))
    del toys["trigP"]
    assert read(write_ntuple(toys, "free.root"), ALL)["trigger"].tolist() == [1] * 20


@pytest.mark.parametrize("dtype", [np.uint8, np.uint32, np.int16, np.int64, bool])
def test_whole_numbers_and_truths_are_numbers(write_ntuple, toy_branches, dtype):
    """A difference of two unsigned ones may be negative."""
    toys = toy_branches(10)
    counts = ak.num(toys["photon_pt"])
    few = ak.unflatten(np.resize(np.array([0, 1], dtype), int(ak.sum(counts))), counts)
    toys |= {"photon_few": few, "n": np.resize(np.array([1, 0], dtype), 10), "one": np.ones(10, dtype)}
    change = {"collections": {"photon": {"prefix": "", "fields": {"few": "photon_few", "less": "photon_few - one"}}}}
    change["event"] = {"fields": {"n": "n", "m": "n - one - one"}}
    arrays = read(write_ntuple(toys), {"photon": {"few", "less"}, "": {"n", "m"}}, **change)
    assert arrays["photon"].few.tolist() == few.tolist() and arrays["n"].tolist() == [1, 0] * 5
    assert arrays["photon"].less.tolist() == [[int(x) - 1 for x in row] for row in few.tolist()]
    assert arrays["m"].tolist() == [-1, -2] * 5


def test_the_number_of_an_event_is_exact(write_ntuple, toy_branches):
    large = np.arange(2**60, 2**60 + 10, dtype=np.uint64)
    assert read(write_ntuple(toy_branches(10) | {"eventNumber": large}))["event"].tolist() == large.tolist()


def test_lists_of_fixed_length_are_lists(write_ntuple, toy_branches, tmp_path):
    toys = toy_branches(10)
    fixed = {name: ak.to_numpy(values[:, :2]) for name, values in toys.items() if name.startswith("photon")}
    with uproot.recreate(tmp_path / "fixed.root") as file:
        file.mktree("mini", {name: (values.dtype, (2,)) for name, values in fixed.items()} | {"mcWeight": np.float32})
        file["mini"].extend(fixed | {"mcWeight": toys["mcWeight"]})
    arrays = read(tmp_path / "fixed.root")
    assert arrays["photon"].phi.tolist() == toys["photon_phi"][:, :2].tolist()
    assert ak.num(arrays["photon"][arrays["photon"].pt > 1e6]).tolist() == [0] * 10


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tree": "nominal"}, r"no tree 'nominal', it holds mini; set the tree of the format"),
        (photon(pt="ptt"), r"no branch 'photon_ptt', in which the format has photon.pt; near names are .*photon_pt"),
        (photon(pt="2 * ptt + pt"), r"no branch 'photon_ptt', in which the format has photon.pt; near names are "),
        (photon(pt="zzz"), r"no branch 'photon_zzz', .*; correct formats of the study, or leave photon.pt out of its"),
        (weights(generator="zzz"), r"no branch 'zzz', .*; it has .*, \.\.\.; correct formats of the study"),
        (weights(generator="mcWeigth"), r"no branch 'mcWeigth', in which .* weights.generator; near .*mcWeight"),
    ],
)
def test_wrong_settings_are_one_sentence(write_ntuple, toy_branches, change, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        opened(write_ntuple(toy_branches(5)), **change)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("photon_isTightID", "photon.tight"),
        ("photon_etcone20", "photon.etcone20"),
        ("jet_pt", "jet.pt"),
        ("met_et", "missing_et"),
    ],
)
def test_a_missing_branch_is_named_with_the_way_out(write_ntuple, toy_branches, name, field):
    toys = toy_branches(5)
    del toys[name]
    way = rf"no branch '{name}', in which the format has {field}; .*; correct formats of .*leave .*{field}"
    with pytest.raises(InputError, match=way):
        opened(write_ntuple(toys), ALL)


def test_a_missing_weight_is_named_with_the_way_out(write_ntuple, toy_branches):
    toys = toy_branches(5)
    del toys["mcWeight"]
    with pytest.raises(InputError, match=r"no branch 'mcWeight', .*; correct formats of the study, or set it to null"):
        opened(write_ntuple(toys))


def test_what_is_found_otherwise_must_be_there(write_ntuple, toy_branches):
    change = {"collections": {"photon": {"otherwise": {"e": "energy"}}}}
    with pytest.raises(InputError, match=r"no branch 'photon_E', in which the format has photon.e; "):
        opened(write_ntuple(toy_branches(5)), ALL, **change)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_photon_that_is_not_a_number_is_refused_with_its_entry(write_ntuple, toy_branches, bad):
    toys = toy_branches(200)
    values = ak.to_numpy(ak.flatten(toys["photon_eta"])).copy()
    entry = 137
    values[int(ak.num(toys["photon_eta"])[:entry].to_numpy().sum())] = bad
    toys["photon_eta"] = ak.unflatten(values, ak.num(toys["photon_eta"]))
    with pytest.raises(InputError, match=rf"branch 'photon_eta' is not a number \(or infinite\) in entry {entry}"):
        read(write_ntuple(toys), ALL, step_size="5 kB")


def test_a_remote_file_reads_as_a_local_one(write_ntuple, toy_branches, serve):
    path = write_ntuple(toy_branches(300))
    local, remote = read(path, ALL), read(serve(Path(path).read_bytes()), ALL)
    assert all(ak.array_equal(local[name], remote[name]) for name in local)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"absent.root: no such file"):
        opened(tmp_path / "absent.root")


def test_a_file_that_is_not_root_is_one_sentence(tmp_path):
    path = tmp_path / "noise.root"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(InputError, match=r"noise.root: cannot be opened as ROOT"):
        opened(path)


@pytest.mark.parametrize("fraction", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_one_sentence(write_ntuple, toy_branches, fraction):
    path = Path(write_ntuple(toy_branches(3000)))
    content = path.read_bytes()
    path.write_bytes(content[: int(fraction * len(content))])
    with pytest.raises(InputError, match=r"ntuple.root: cannot be (opened|read).*copy") as error:
        read(path, ALL)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["generator", "unsculpt_chunks"])
@pytest.mark.parametrize("kept", [0, 0.2, 0.4, 0.6, 0.8, 0.99])
def test_a_file_that_ends_within_what_it_says_of_itself_is_one_sentence(write_ntuple, toy_branches, name, kept):
    """The texts stand behind the tree: a file that is cut there opens, and its tree may be complete."""
    path = Path(write_ntuple(toy_branches(30), **{name: "[]"}))
    with uproot.open(path) as file:
        key = file.key(name)
        end = key.fSeekKey + int(kept * key.fNbytes)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(InputError, match=r"ntuple.root: cannot be (opened|read).*copy") as error:
        read(path, ALL)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("form", ["TTree", "RNTuple"])
def test_a_tree_without_events_has_one_step_without_events(write_ntuple, toy_branches, tmp_path, form):
    toys = {name: values[:0] for name, values in toy_branches(5).items()}
    path = write_ntuple(toys)
    if form == "RNTuple":
        with uproot.recreate(path) as file:
            file.mkrntuple("mini", toys)
    with opened(path, ALL) as ntuple:
        (step,) = ntuple
        assert ntuple.header.entries == 0
    full = read(write_ntuple(toy_branches(5), "full.root"), ALL)
    assert {name: len(values) for name, values in step.items()} == dict.fromkeys(full, 0)
    assert all(step[name].ndim == full[name].ndim for name in full)


def test_a_tree_without_events_does_not_tell_how_many_were_generated(write_ntuple, toy_branches):
    """Unless the events in the files are all that were generated, or are data."""
    toys = {name: values[:0] for name, values in toy_branches(5).items()}
    path = write_ntuple(toys)
    with opened(path) as ntuple:
        header = ntuple.header
    assert (header.sum_weights, header.cross_section_pb) == (None, None)
    assert f"{path} has zero events" in header.unknown and "SumWeights" in header.unknown
    for settings in (weights(sum=None), {"simulated": False}):
        with opened(path, **settings) as ntuple:
            assert (ntuple.header.sum_weights, ntuple.header.unknown) == (0.0, "")


def test_a_sum_of_weights_that_changes_inside_a_file_is_none(write_ntuple, toy_branches):
    toys = toy_branches(10)
    toys["SumWeights"][5:] *= 2
    with opened(write_ntuple(toys)) as ntuple:
        assert ntuple.header.sum_weights is None
        assert "'SumWeights' of " in ntuple.header.unknown and "runs from 50 to 100" in ntuple.header.unknown


def test_a_cross_section_that_changes_inside_a_file_is_refused(write_ntuple, toy_branches):
    toys = toy_branches(10)
    toys["XSection"][5:] *= 2
    sentence = r"'XSection' runs from 0.1 to 0.2 .* of the format to null and cross_section_pb of the sample"
    with pytest.raises(InputError, match=sentence):
        opened(write_ntuple(toys))


@pytest.mark.parametrize("name", ["sum", "cross_section_pb", "generator"])
def test_what_holds_for_all_events_is_one_number_an_event(write_ntuple, toy_branches, name):
    toys = toy_branches(10)
    sentence = r"photon_pt holds var \* float64, but one number an event is expected; name another branch"
    with pytest.raises(InputError, match=sentence):
        read(write_ntuple(toys), **weights(**{"sum": None} | {name: "photon_pt"}))


def test_a_factor_of_the_weight_is_one_number_an_event(write_ntuple, toy_branches):
    with pytest.raises(InputError, match=r"photon_pt holds var \* float64, but one number an event is expected"):
        read(write_ntuple(toy_branches(10)), **weights(factors=["photon_pt"]))


def test_the_sum_of_weights_may_stand_in_another_tree(write_ntuple, toy_branches, caplog):
    """One entry for each of the files that were put together, and of those alone that are simulated."""
    name, toys = weights(sum="Runs/genEventSumw"), toy_branches(10)
    path = write_ntuple(toys, Runs={"genEventSumw": np.array([200.0, -30.0])})
    with opened(path, **name) as ntuple:
        assert (ntuple.header.sum_weights, ntuple.header.unknown) == (170.0, "")
    with opened(path, simulated=False, **name) as ntuple:
        assert ntuple.header.sum_weights == 10
    none = write_ntuple({key: v[:0] for key, v in toys.items()}, "none.root", Runs={"genEventSumw": np.array([70.0])})
    with opened(none, **name) as ntuple:  # no event is left, but it is known for how many it stands
        assert (ntuple.header.sum_weights, ntuple.header.unknown) == (70.0, "")
    with uproot.update(path) as file:  # as what uproot now writes by default
        del file["Runs"]
        file.mkrntuple("Runs", {"genEventSumw": np.array([20.0, 3.0])})
    with opened(path, **name) as ntuple:
        assert (ntuple.header.sum_weights, ntuple.header.unknown) == (23.0, "")
    with uproot.update(path) as file:
        del file["Runs"]
        file["Runs"] = np.histogram([1.0])
    with opened(path, **name) as ntuple:  # no tree at all
        assert ntuple.header.sum_weights == pytest.approx(toys["mcWeight"].sum())
    for lacking in (write_ntuple(toys, "a.root"), write_ntuple(toys, "b.root", Runs={"other": np.ones(1)})):
        with caplog.at_level(logging.INFO), opened(lacking, **name) as ntuple:
            assert ntuple.header.sum_weights == pytest.approx(toys["mcWeight"].sum())
        assert "no sum of weights: the events in the file are taken for all generated ones" in caplog.text
        caplog.clear()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (ak.Array([[1.0, 2.0], [3.0]]), r"genEventSumw holds var \* float64, but one number an event is expected"),
        (np.array([1.0, np.nan]), r"'genEventSumw' is not a number \(or infinite\) in entry 1"),
    ],
)
def test_a_sum_in_another_tree_is_numbers(write_ntuple, toy_branches, values, sentence):
    path = write_ntuple(toy_branches(10), Runs={"genEventSumw": values})
    with pytest.raises(InputError, match=sentence):
        opened(path, **weights(sum="Runs/genEventSumw"))


def test_negative_weights_are_weights(write_ntuple, toy_branches):
    toys = toy_branches(10) | {"mcWeight": np.resize(np.float32([-2.0, 1.0]), 10)}
    del toys["SumWeights"], toys["scaleFactor_PHOTON"]
    path = write_ntuple(toys)
    assert read(path)["weight"].tolist() == [-2.0, 1.0] * 5
    with opened(path) as ntuple:
        assert ntuple.header.sum_weights == -5


NAMES = ["with space", "ü", "a:b", "a::b", "x[1]", "{x}", "hash#1", "per%20cent", "quote'x", "q?", "$x", "x.root:mini"]


@pytest.mark.parametrize("name", NAMES)
def test_a_local_file_may_have_any_name(write_ntuple, toy_branches, name):
    path = Path(write_ntuple(toy_branches(10), "plain.root"))
    path = path.rename(path.with_name(name))
    assert len(read(str(path))["weight"]) == 10


def test_photons_must_be_lists_and_weights_single_numbers(write_ntuple, toy_branches):
    toys = toy_branches(10)
    single = {"collections": {"photon": {"prefix": "", "fields": {"pt": "mcWeight", "eta": "met_et"}}}}
    with pytest.raises(InputError, match=r"photon has one number an event, but lists are expected; correct formats"):
        read(write_ntuple(toys), {"photon": {"pt", "eta"}}, **single)
    with pytest.raises(InputError, match=r"run holds var \* float64, but one number an event is expected"):
        read(write_ntuple(toys), event={"fields": {"run": "photon_pt"}})
    mixed = {"collections": {"photon": {"prefix": "", "fields": {"pt": "photon_pt", "eta": "mcWeight"}}}}
    arrays = read(write_ntuple(toys), {"photon": {"pt", "eta"}}, **mixed)  # the same for all objects of an event
    assert [{*row} for row in arrays["photon"].eta.tolist()] == [{float(w)} for w in toys["mcWeight"]]


def test_lists_of_lists_and_texts_are_no_numbers(write_ntuple, toy_branches, tmp_path):
    toys = toy_branches(3)
    strange = {"lists": ak.Array([[[1.0]], [], [[2.0], []]]), "text": ["a", "b", "c"], "texts": [["a"], [], ["b", "c"]]}
    with uproot.recreate(tmp_path / "strange.root") as file:
        file.mkrntuple("mini", {"mcWeight": toys["mcWeight"]} | {name: ak.Array(v) for name, v in strange.items()})
    for name in strange:
        sentence = rf"branch '{name}' holds .*, but one number or a list of numbers an event is expected"
        with pytest.raises(InputError, match=sentence):
            read(tmp_path / "strange.root", {"": {"x"}}, event={"fields": {"x": name}})


def test_branches_of_one_collection_must_belong_together(write_ntuple, toy_branches):
    both = {"collections": {"photon": {"prefix": "", "fields": {"pt": "photon_pt", "eta": "jet_eta"}}}}
    sentence = r"branches 'photon_pt' and 'jet_eta' have different numbers of objects in entry \d+ \(and \d+ more\)"
    with pytest.raises(InputError, match=sentence):
        read(write_ntuple(toy_branches(10)), {"photon": {"pt", "eta"}}, **both)
    both["collections"]["photon"]["fields"] = {"pt": "photon_pt + jet_eta"}
    with pytest.raises(InputError, match=r"branches 'jet_eta' and 'photon_pt' have different numbers of objects"):
        read(write_ntuple(toy_branches(10)), {"photon": {"pt"}}, **both)
    both = {"event": {"fields": {"x": "sum(trigP)"}}}
    sentence = r"x has no value, 'sum\(trigP\)' of its format .*trigP is one number\); combine numbers"
    with pytest.raises(InputError, match=sentence):
        read(write_ntuple(toy_branches(10)), {"": {"x"}}, **both)


def test_real_data_are_read_whole(realdata):
    arrays = read(realdata / "data_A.GamGam.even.root", {"photon": {"pt", "etcone20"}}, simulated=False)
    assert len(arrays["weight"]) == 8900
    assert ak.all(ak.num(arrays["photon"]) >= 2)
    assert ak.max(arrays["photon"].etcone20) < 4.0 and ak.min(arrays["photon"].pt) > 25
