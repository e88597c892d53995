"""Reading ROOT files: what comes out, and one sentence for each way in which a file can be wrong."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from unsculpt import branches
from unsculpt.errors import InputError
from unsculpt.ntuples import Ntuple

ALL = {"jets", "btags", "leptons", "met", "conversions"}


def opened(path, groups=(), simulated=True, **settings):
    settings = {"tree": "mini", "energy_unit": "MeV", "step_size": "50 MB", "branches": {}} | settings
    return Ntuple(path, groups=set(groups), simulated=simulated, **settings)


def read(path, *args, **settings):
    """All steps of a file as one dict of arrays."""
    with opened(path, *args, **settings) as ntuple:
        steps = list(ntuple)
    return {name: ak.concatenate([step[name] for step in steps]) for name in steps[0]}


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
    mev = read(write_ntuple(toys, "mev.root"))
    gev_toys = {n: v / 1000 if n in branches.BRANCHES and branches.BRANCHES[n].energy else v for n, v in toys.items()}
    gev = read(write_ntuple(gev_toys, "gev.root"), energy_unit="GeV")
    np.testing.assert_allclose(ak.flatten(mev["photon_pt"]), ak.flatten(toys["photon_pt"]) / 1000, rtol=1e-6)
    np.testing.assert_allclose(ak.flatten(mev["photon_etcone20"]), ak.flatten(gev["photon_etcone20"]), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_and_double_precision_files_are_read_in_double_precision(write_ntuple, toy_branches, dtype):
    arrays = read(write_ntuple(toy_branches(10, dtype=dtype)), ALL)
    assert ak.flatten(arrays["jet_pt"]).layout.dtype == np.float64
    assert arrays["weight"].layout.dtype == np.float64


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
    for name in names:
        assert ak.array_equal(counted[name], vectors[name])


def test_fields_of_a_record_read_as_branches(tmp_path, write_ntuple, toy_branches):
    toys = toy_branches(30)
    record = ak.zip({name.removeprefix("photon_"): toys[name] for name in toys if name.startswith("photon")})
    with uproot.recreate(tmp_path / "records.root") as file:
        file.mkrntuple("mini", {"photon": record, "info": ak.zip({"weight": toys["mcWeight"]})})
    names = {name: name.replace("_", ".") for name in toys if name.startswith("photon")} | {"mcWeight": "info.weight"}
    plain, records = read(write_ntuple(toys)), read(tmp_path / "records.root", branches=names)
    assert {"photon_pt", "photon_isTightID", "mcWeight"} <= plain.keys() & names.keys()
    for name in plain.keys() & names.keys():
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


def test_only_the_groups_that_a_study_uses_are_read(write_ntuple, toy_branches):
    toys = {name: values for name, values in toy_branches(10).items() if not name.startswith(("jet", "lep", "met"))}
    assert "jet_pt" not in read(write_ntuple(toys))


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
    assert read(write_ntuple(toys), ALL, step_size="5 kB")["eventNumber"].tolist() == list(range(200))


def test_a_mapped_branch_is_read_under_its_name_in_the_file(write_ntuple, toy_branches):
    toys = toy_branches(10)
    toys["ph_transverse"] = toys.pop("photon_pt")
    arrays = read(write_ntuple(toys), branches={"photon_pt": "ph_transverse"})
    np.testing.assert_allclose(ak.flatten(arrays["photon_pt"]), ak.flatten(toys["ph_transverse"]) / 1000, rtol=1e-6)


def test_null_says_that_a_branch_is_absent(write_ntuple, toy_branches, caplog):
    toys = toy_branches(10)
    del toys["photon_ptcone30"]
    with caplog.at_level(logging.INFO):
        arrays = read(write_ntuple(toys), ALL, branches={"photon_ptcone30": None, "jet_n": None})
    assert "photon_ptcone30" not in arrays and "jet_pt" not in arrays and "jet_MV2c10" not in arrays
    assert "isolation by calorimeter alone" in caplog.text


@pytest.mark.parametrize("name", ["jet_n", "jet_pt", "jet_eta", "jet_phi"])
def test_jets_without_momentum_or_direction_are_no_jets(write_ntuple, toy_branches, name):
    arrays = read(write_ntuple(toy_branches(10)), ALL, branches={name: None})
    assert not any(name.startswith("jet") for name in arrays) and "lep_pt" in arrays


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tree": "nominal"}, r"no tree 'nominal', it holds mini; set ntuples.tree"),
        ({"branches": {"photon_pt": "photon_ptt"}}, r"no branch 'photon_ptt', near names are .*photon_pt"),
        ({"branches": {"photn_pt": "x"}}, r"ntuples.branches.photn_pt is not a branch.*photon_pt"),
        ({"branches": {"photon_pt": None}}, r"ntuples.branches.photon_pt is null"),
        ({"branches": {"XSection": "sigma"}}, r"no branch 'sigma'"),
    ],
)
def test_wrong_settings_are_one_sentence(write_ntuple, toy_branches, change, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        opened(write_ntuple(toy_branches(5)), **change)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["photon_isTightID", "photon_etcone20", "mcWeight", "jet_pt", "met_et"])
def test_a_missing_branch_is_named_with_the_way_out(write_ntuple, toy_branches, name):
    toys = toy_branches(5)
    del toys[name]
    with pytest.raises(InputError, match=rf"no branch '{name}'.*set ntuples.branches.{name} to its name, or to null"):
        opened(write_ntuple(toys), ALL)


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


def test_an_address_that_does_not_answer_is_one_sentence():
    with pytest.raises(InputError, match=r"nowhere.root: cannot be opened as ROOT .*check the address") as error:
        opened("http://127.0.0.1:9/nowhere.root")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"absent.root: no such file"):
        opened(tmp_path / "absent.root")


def test_a_file_that_is_not_root_is_one_sentence(tmp_path):
    path = tmp_path / "text.root"
    path.write_text("pT,eta\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"text.root: cannot be opened as ROOT"):
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
    for settings in ({"branches": {"SumWeights": None}}, {"simulated": False}):
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
    with pytest.raises(InputError, match=r"'XSection' runs from 0.1 to 0.2 .*null and cross_section_pb of the sample"):
        opened(write_ntuple(toys))


@pytest.mark.parametrize("name", ["SumWeights", "XSection"])
def test_what_holds_for_all_events_is_one_number_an_event(write_ntuple, toy_branches, name):
    toys = toy_branches(10)
    with pytest.raises(InputError, match=r"'photon_pt' holds var \* float32 but one number an event is expected"):
        opened(write_ntuple(toys), branches={name: "photon_pt"})


NAMES = ["with space", "ü", "a:b", "a::b", "x[1]", "{x}", "hash#1", "per%20cent", "quote'x", "q?", "$x", "x.root:mini"]


@pytest.mark.parametrize("name", NAMES)
def test_a_local_file_may_have_any_name(write_ntuple, toy_branches, name):
    path = Path(write_ntuple(toy_branches(10), "plain.root"))
    path = path.rename(path.with_name(name))
    assert len(read(str(path))["weight"]) == 10


def test_photons_must_be_lists_and_weights_single_numbers(write_ntuple, toy_branches):
    toys = toy_branches(10)
    with pytest.raises(InputError, match=r"'mcWeight' holds float32 but a list of numbers an event is expected"):
        read(write_ntuple(toys), branches={"photon_pt": "mcWeight"})
    with pytest.raises(InputError, match=r"'photon_pt' holds var \* float32 but one number an event is expected"):
        read(write_ntuple(toys), branches={"mcWeight": "photon_pt"})


def test_branches_of_one_collection_must_belong_together(write_ntuple, toy_branches):
    with pytest.raises(InputError, match=r"'photon_pt' and 'jet_eta' have different numbers of objects"):
        read(write_ntuple(toy_branches(10)), branches={"photon_eta": "jet_eta"})


def test_every_null_of_the_schema_says_what_is_done_without_the_branch():
    for branch in branches.BRANCHES.values():
        assert branch.without or not branch.nullable


def test_the_table_of_branches_in_the_documentation_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "ntuples.md"
    assert branches.markdown() in page.read_text(encoding="utf-8"), (
        "put the output of `python -m unsculpt.branches` there"
    )


def test_real_data_are_read_whole(realdata):
    arrays = read(realdata / "data_A.GamGam.even.root", simulated=False, branches={"photon_ptcone30": None})
    assert len(arrays["weight"]) == 8900
    assert ak.all(ak.num(arrays["photon_pt"]) >= 2)
    assert ak.max(arrays["photon_etcone20"]) < 4.0 and ak.min(arrays["photon_pt"]) > 25
