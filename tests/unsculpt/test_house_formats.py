"""Formats that many files have: numbered, fixed and counted objects, friends, weights that are lists or histograms."""

import pickle
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot
from given_selection import file_format

from unsculpt import axes, config, definitions, formats, reading
from unsculpt.errors import InputError
from unsculpt.ntuples import Ntuple

KINEMATIC = {"pt", "eta", "phi"}


def opened(path, name="atlas_open", needs=None, simulated=True, bad_events="refuse", **changes):
    about = formats.reduced(file_format(name, **changes), needs or {"photon": KINEMATIC})
    return Ntuple(str(path), about, step_size="50 MB", simulated=simulated, bad_events=bad_events)


def read(*args, **settings):
    with opened(*args, **settings) as ntuple:
        (step,) = ntuple
    return step


def checked(name, **changes):
    """The sentence with which a study refuses a format, if it does."""
    from given_selection import config

    samples = {role: {"role": role, "files": [f"{role}.root"]} for role in ("signal", "background")}
    tree = config(format=name, formats={name: changes}, samples=samples)
    formats.check(tree, "study")
    return tree["formats"][name]


def write(path, tree, branches, **others):
    """A ROOT file of arrays of fixed shapes, lists (awkward) and other objects."""
    with uproot.recreate(path) as file:
        types = {
            key: np.dtype((v.dtype, v.shape[1:])) if isinstance(v, np.ndarray) else v.type.content
            for key, v in branches.items()
        }
        counter = {"counter_name": lambda counted: f"n_{counted.replace('.', '_')}"}
        file.mktree(tree, types, **counter).extend(branches)
        for key, value in others.items():
            file[key] = value
    return path


def numbered(style="ph{}_{}", n=4):
    """Flat branches of photons: in event 1 there is one, in event 3 none."""
    pt = np.array([[60, 40], [50, -999], [70, 30], [0, np.nan]], np.float32)[:n]
    values = {
        "pt": pt,
        "eta": np.full((n, 2), 0.5, np.float32),
        "phi": np.arange(2 * n, dtype=np.float32).reshape(n, 2),
    }
    values["eta"][1, 1] = np.nan
    return {style.format(i + 1, name): column[:, i] for name, column in values.items() for i in (0, 1)}


def test_flat_branches_are_numbered_objects(tmp_path):
    branches = numbered() | {"weight": np.array([1, -1, 1, 2], np.float32), "event": np.arange(5, 9)}
    arrays = read(write(tmp_path / "flat.root", "tree", branches), "flat")
    assert arrays["photon"].pt.tolist() == [[60, 40], [50], [70, 30], []]
    assert arrays["photon"].phi.tolist() == [[0, 1], [2], [4, 5], []]
    assert arrays["weight"].tolist() == [1, -1, 1, 2] and arrays["event"].tolist() == [5, 6, 7, 8]


def test_the_number_may_stand_behind_the_name_and_be_told(tmp_path):
    """As `pt_1` and `pt_2`, of which the first `n` are there."""
    branches = {name: np.nan_to_num(v) for name, v in numbered("{1}_{0}").items()} | {"n": np.array([2, 1, 2, 0], "i4")}
    photon = {"numbered": ["*_1", "*_2"], "exists": None, "count": "n"}
    change = {"collections": {"photon": photon}, "weights": {"generator": None}}
    arrays = read(write(tmp_path / "n.root", "tree", branches), "flat", **change)
    assert arrays["photon"].pt.tolist() == [[60, 40], [50], [70, 30], []]


def test_numbered_objects_that_exist_are_numbers(tmp_path):
    change = {"collections": {"photon": {"exists": None}}, "weights": {"generator": None}}
    path = write(tmp_path / "flat.root", "tree", numbered())
    sentence = r"photon.eta is not a number \(or infinite\) in entry 1; photon.pt is negative .* in entry 1;|negative"
    with pytest.raises(InputError, match=sentence) as error:
        read(path, "flat", **change)
    assert "photon.pt is not a number (or infinite) in entry 3" in str(error.value)  # all of them at once


def test_what_is_missing_of_numbered_objects_is_named(tmp_path):
    branches = {name: values for name, values in numbered(n=3).items() if name != "ph2_eta"}
    with pytest.raises(InputError, match=r"no branch 'ph2_eta', in which the format has photon.eta"):
        opened(write(tmp_path / "flat.root", "tree", branches), "flat", weights={"generator": None})


def test_arrays_of_fixed_length_have_so_many_objects_as_are_counted(tmp_path):
    """`float pt[4]` with a counter, or with zeros in the places that are free."""
    pt = np.array([[60e3, 40e3, 0, 0], [50e3, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    branches = {"photon_pt": pt, "photon_eta": pt * 0 + 1, "photon_phi": pt * 0, "n": np.array([2, 1, 0], "i4")}
    path = write(tmp_path / "fixed.root", "mini", branches)
    plain = {"weights": {"generator": None, "sum": None, "cross_section_pb": None}}
    for condition in ({"count": "n"}, {"exists": "pt > 0"}, {"exists": "pt > 0", "count": "n + 1"}):
        arrays = read(path, collections={"photon": condition}, **plain)
        assert arrays["photon"].pt.tolist() == [[60, 40], [50], []]
    assert ak.num(read(path, **plain)["photon"].pt).tolist() == [4, 4, 4]


def test_momenta_may_be_cartesian(tmp_path, rng):
    pt, eta, phi = rng.uniform(20, 200, 60), rng.uniform(-2, 2, 60), rng.uniform(-3, 3, 60)
    xyz = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta), "E": pt * np.cosh(eta)}
    counts = np.full(20, 3)
    branches = {f"ph_{name}": ak.unflatten(values * 1000, counts) for name, values in xyz.items()}
    fields = {
        "pt": "hypot(px, py)",
        "eta": "arctanh(pz / sqrt(px**2 + py**2 + pz**2))",
        "phi": "arctan2(py, px)",
        "e": "E",
    }
    photon = {"prefix": "ph_", "fields": fields | {"mass": 0}}
    change = {"collections": {"photon": photon}, "weights": {"generator": None, "sum": None, "cross_section_pb": None}}
    found = read(write(tmp_path / "xyz.root", "mini", branches), needs={"photon": {*KINEMATIC, "e"}}, **change)[
        "photon"
    ]
    for name, values in {"pt": pt, "eta": eta, "phi": phi, "e": pt * np.cosh(eta)}.items():
        np.testing.assert_allclose(ak.flatten(found[name]), values, rtol=1e-6)


def nominal(n=3):
    """Branches of PHYSLITE: a list of weights an event, the first of which counts."""
    pt = ak.Array([[60e3, 40e3], [50e3], []])
    photons = {f"AnalysisPhotonsAuxDyn.{name}": pt if name == "pt" else pt * 0 for name in sorted(KINEMATIC)}
    info = {"runNumber": np.full(n, 5, np.uint32), "eventNumber": np.arange(n, dtype=np.uint64) + 2**60}
    weights = ak.Array([[2.0, 9.0], [-1.0, 9.0], [3.0, 9.0]])
    return (
        photons
        | {f"EventInfoAuxDyn.{name}": v for name, v in info.items()}
        | {"EventInfoAuxDyn.mcEventWeights": weights}
    )


def test_the_first_of_a_list_of_weights_is_the_nominal_one(tmp_path):
    path = write(tmp_path / "physlite.root", "CollectionTree", nominal())
    with opened(path, "physlite") as ntuple:
        (arrays,) = ntuple
        assert ntuple.header.sum_weights == 4
    assert arrays["weight"].tolist() == [2, -1, 3] and arrays["event"].tolist() == [2**60 + i for i in range(3)]
    assert arrays["photon"].pt.tolist() == [[60, 40], [50], []]


def test_real_physlite_has_photons_and_weights(realdata):
    """292 photons in 100 events, 46 of them tight; the sum of the first weights; and a branch below another."""
    path = realdata / "PHYSLITE_example.root"
    needs = {"photon": {*KINEMATIC, "tight", "topoetcone20"}, "jet": {"pt", "mass"}, "": {"key"}}
    split = {"branches": {"smk": "xTrigDecisionAux./xTrigDecisionAux.smk"}, "event": {"fields": {"key": "smk"}}}
    with opened(path, "physlite", needs, **split) as ntuple:
        (arrays,) = ntuple
    assert {*arrays["key"].tolist()} == {2282}
    with uproot.open(path) as file:
        raw = file["CollectionTree"].arrays(["EventInfoAuxDyn.mcEventWeights", "EventInfoAuxDyn.PileupWeight_NOSYS"])
    first = raw["EventInfoAuxDyn.mcEventWeights"][:, 0]
    assert len(ak.flatten(arrays["photon"].pt)) == 292 and ak.sum(arrays["photon"].tight != 0) == 46
    assert ntuple.header.sum_weights == pytest.approx(float(ak.sum(first)))
    np.testing.assert_allclose(arrays["weight"], first * raw["EventInfoAuxDyn.PileupWeight_NOSYS"], rtol=1e-6)


def test_the_open_data_of_2025_tell_their_cross_section_by_three_branches(tmp_path):
    pt = ak.Array([[60.0, 40.0], [50.0]])
    photons = {f"photon_{name}": pt if name in ("pt", "e") else pt * 0 for name in ("pt", "eta", "phi", "e")}
    numbers = {"mcWeight": [2, -1], "ScaleFactor_PILEUP": [0.5, 1], "sum_of_weights": [70, 70]}
    numbers |= {"xsec": [3, 3], "kfac": [1.5, 1.5], "filteff": [0.5, 0.5]}
    branches = photons | {name: np.array(values, np.float32) for name, values in numbers.items()}
    with opened(write(tmp_path / "a.root", "analysis", branches), "atlas_open_2025") as ntuple:
        (arrays,) = ntuple
    assert (ntuple.header.sum_weights, ntuple.header.cross_section_pb) == (70, 2.25)
    assert arrays["weight"].tolist() == [1, -1] and arrays["photon"].pt.tolist() == pt.tolist()


def test_weights_are_products_of_expressions(tmp_path):
    branches = numbered(n=3) | {"w": np.array([1, 2, 4.0]), "f": np.array([0.5, 1, 3.0])}
    path = write(tmp_path / "flat.root", "tree", branches)
    arrays = read(path, "flat", weights={"generator": "2 * w", "factors": ["where(f > 2, 1, f)", "absent + 1"]})
    assert arrays["weight"].tolist() == [1, 4, 8]


@pytest.mark.parametrize(("text", "total"), [("hist:h", 66), ("hist:cuts/h[2]", 20), ("hist:cuts/h[0]", 1)])
def test_the_sum_of_weights_may_be_a_histogram(tmp_path, text, total):
    """Added by hadd, with those of other files; bins count from 1, as in ROOT, where 0 is below the range."""
    filled = np.histogram([0.5] * 16 + [1.5] * 20 + [2.5] * 30, bins=3, range=(0, 3))
    with uproot.recreate(tmp_path / "h.root") as file:
        file.mktree("tree", {k: v.dtype for k, v in numbered(n=3).items()}).extend(numbered(n=3))
        file["h"] = filled
        axis = uproot.writing.identify.to_TAxis("xaxis", "", 3, 0.0, 3.0)
        contents = np.array([1, 16, 20, 30, 0.0])
        below = uproot.writing.identify.to_TH1x("h", "", contents, 67, 0, 0, 0, 0, np.zeros(5), axis)
        file["cuts/h"] = below
    with opened(tmp_path / "h.root", "flat", weights={"generator": None, "sum": text}) as ntuple:
        assert ntuple.header.sum_weights == total


def test_a_bin_that_a_histogram_lacks_is_named(tmp_path):
    path = write(tmp_path / "h.root", "tree", numbered(n=3), h=np.histogram([1.0], bins=3))
    with pytest.raises(InputError, match=r"histogram 'h' has 3 bins, and weights.sum of the format asks for bin 9"):
        opened(path, "flat", weights={"generator": None, "sum": "hist:h[9]"})


def test_trees_lie_in_folders_and_the_last_cycle_counts(tmp_path):
    with uproot.recreate(tmp_path / "c.root") as file:
        for n in (2, 3):
            file.mktree("a/tree", {k: v.dtype for k, v in numbered().items()}).extend(numbered(n=n))
    plain = {"weights": {"generator": None}}
    assert len(read(tmp_path / "c.root", "flat", tree="a/tree", **plain)["photon"]) == 3
    with pytest.raises(InputError, match="no tree 'tree', it holds a/tree; set the tree of the format"):
        opened(tmp_path / "c.root", "flat", **plain)


def test_branches_whose_names_are_no_words_have_another(tmp_path):
    branches = numbered(n=3) | {"met-et": np.array([1.0, 2, 3])}
    change = {"branches": {"met": "met-et"}, "weights": {"generator": None}}
    arrays = read(
        write(tmp_path / "m.root", "tree", branches), "flat", {"photon": KINEMATIC, "": {"missing_et"}}, **change
    )
    assert arrays["missing_et"].tolist() == [1, 2, 3]


@pytest.fixture
def friendly(tmp_path):
    """A file whose events have the numbers 5, 6, 7 and, in another file, friends of these in another order."""
    write(tmp_path / "main.root", "tree", numbered(n=3) | {"run": np.ones(3, "i4"), "event": np.array([5, 6, 7])})

    def write_friend(events=(7, 5, 6, 9), name="main_nn.root"):
        scores = {"event": np.array(events), "run": np.ones(len(events), "i4"), "nn": np.array(events) / 10}
        return write(tmp_path / name, "scores", scores)

    return tmp_path / "main.root", write_friend


FRIEND = {"scores": {"tree": "scores", "file": "*_nn.root", "by": ["run", "event"]}}
WITH_SCORE = {"event": {"fields": {"nn": "scores.nn"}}, "weights": {"generator": None}, "friends": FRIEND}


def test_friends_are_found_by_numbers_or_in_order(friendly):
    path, write_friend = friendly
    write_friend()
    needs = {"photon": KINEMATIC, "": {"nn"}}
    assert read(path, "flat", needs, **WITH_SCORE)["nn"].tolist() == [0.5, 0.6, 0.7]
    write_friend((1, 2, 3))
    in_order = WITH_SCORE | {"friends": {"scores": FRIEND["scores"] | {"by": []}}}
    assert read(path, "flat", needs, **in_order)["nn"].tolist() == [0.1, 0.2, 0.3]
    assert formats.friend_files(file_format("flat", **WITH_SCORE), "/a.b/main.root") == {
        "*_nn.root": "/a.b/main_nn.root"
    }
    unused = formats.reduced(file_format("flat", **WITH_SCORE), {"photon": KINEMATIC})
    assert unused["friends"] == {}  # and is not opened


@pytest.mark.parametrize(
    ("events", "by", "sentence"),
    [
        ((5, 6), ["run", "event"], r"the friend scores \(.*main_nn.root\) has no entry for the event in entry 2"),
        ((5, 6, 6), ["run", "event"], r"main_nn.root: 1 entries have the numbers of another \(run 1, event 6, say\)"),
        ((5, 6), [], r"main_nn.root: the friend scores has 2 entries and .*main.root has 3; .* friends.scores.by"),
        ((5, 6, 7), ["number"], r"no branch 'number' of friends.scores.by"),
    ],
)
def test_friends_that_do_not_fit_are_one_sentence(friendly, events, by, sentence):
    path, write_friend = friendly
    write_friend(events)
    change = WITH_SCORE | {"friends": {"scores": FRIEND["scores"] | {"by": by}}}
    with pytest.raises(InputError, match=sentence):
        read(path, "flat", {"photon": KINEMATIC, "": {"nn"}}, **change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weights": {"sum": "hist:"}}, "formats.flat.weights.sum 'hist:' is no histogram"),
        ({"weights": {"generator": "w +"}}, "formats.flat.weights.generator: 'w .' is no expression"),
        (
            {"weights": {"factors": ["a[0] + b[1:]"]}},
            r"formats.flat.weights.factors\[0\] .* must be one number an event",
        ),
        ({"collections": {"photon": {"numbered": ["a*_*"]}}}, r"numbered has 'a\*_\*'"),
        (
            {"collections": {"photon": {"exists": "pt[0] > 3"}}},
            "collections.photon.exists .* one number for each photon",
        ),
        ({"collections": {"photon": {"exists": "1 > 0"}}}, "photon.exists '1 > 0' reads no branch"),
        ({"friends": {"f": {"tree": "tree"}}}, "friends.f: a tree is no friend of itself"),
    ],
)
def test_mistakes_in_a_format_are_found_before_a_file_is_opened(change, sentence):
    with pytest.raises(InputError, match=sentence):
        checked("flat", **change)


def test_numbers_and_lists_of_the_event_go_together():
    assert checked("flat", weights={"generator": "weights[0] * scale * sum(jet_w)"})["weights"]["generator"]


def reference_jets(path, n=60, seed=3):
    """A file of the layout of the reference data of top taggers, with jets of up to 200 constituents."""
    rng = np.random.default_rng(seed)
    number, place = rng.integers(3, 201, n), np.arange(200)
    there = place < number[:, None]
    pt = -np.sort(-rng.exponential(1, there.shape) * there, axis=1)
    pt *= 600 / pt.sum(1, keepdims=True)
    eta, phi = (rng.normal(0, 0.25, there.shape) + rng.uniform(-1, 1, (n, 1)) for _ in range(2))
    vectors = np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], 2).astype(np.float32)
    names = [f"{kind}_{i}" for i in range(200) for kind in ("E", "PX", "PY", "PZ")]
    names += ["truthE", "truthPX", "truthPY", "truthPZ"]
    blocks = {  # pandas puts columns of one type together
        "values_block_0": (np.concatenate([vectors.reshape(n, -1), np.zeros((n, 4), np.float32)], 1), names),
        "values_block_1": (np.stack([np.zeros(n), np.arange(n) % 2], 1).astype(np.int64), ["ttv", "is_signal_new"]),
    }
    records = np.empty(n, [("index", np.int64), *((key, v.dtype, v.shape[1:]) for key, (v, _) in blocks.items())])
    records["index"] = np.arange(n)
    for key, (values, _) in blocks.items():
        records[key] = values
    with h5py.File(path, "w") as file:
        file.create_group("table").attrs["pandas_type"] = b"frame_table"
        file["table/table"] = records
        for key, (_, of) in blocks.items():
            file["table/table"].attrs[f"{key}_kind"] = np.bytes_(pickle.dumps(of, protocol=0))
    return number, pt, eta, phi


def test_the_reference_data_of_top_taggers_are_jets_of_constituents(tmp_path):
    number, pt, eta, phi = reference_jets(tmp_path / "test.h5")
    needs = {"constituent": {"pt", "eta", "phi", "e"}, "": {"top"}}
    found = read(tmp_path / "test.h5", "top_tagging", needs)
    assert ak.num(found["constituent"]).tolist() == number.tolist()
    assert found["top"].tolist() == [i % 2 for i in range(60)]
    there = np.arange(200) < number[:, None]
    for field, expected in (("pt", pt), ("eta", eta), ("phi", phi), ("e", pt * np.cosh(eta))):
        values = ak.to_numpy(ak.flatten(found["constituent"][field]))
        np.testing.assert_allclose(values, expected[there], rtol=2e-5, atol=2e-6)


def test_the_study_of_top_taggers_reads_the_reference_data(tmp_path):
    """As docs/toptagging.md says: regions tell tops from others, and everything is made of the constituents."""
    number, *_ = reference_jets(tmp_path / "test.h5")
    files = {"files": [str(tmp_path / "test.h5")], "cross_section_pb": 1}
    study = {"study": "reference", "base": "config/studies/toptagging.yaml", "format": "top_tagging"}
    study |= {"regions": {"tops": "top == 1", "others": "top == 0"}}
    study["samples"] = {"top": files | {"region": "tops"}, "qcd": files | {"region": "others"}}
    config.resolve_in_place(study, Path(__file__).parents[2])
    used, needs = definitions.used(study, formats.fields(study["formats"]["top_tagging"]))
    about = formats.reduced(study["formats"]["top_tagging"], needs)
    settings = {"axis": axes.mass(study["mass"]), "blind": False, "simulated": True, "features": study["features"]}
    settings |= {"padding": -1, "folds": 3, "step_size": "50 MB", "bad_events": "refuse"}
    for name, role, parity in (("top", "signal", 1), ("qcd", "background", 0)):
        region = {"sample": name, "role": role, "region": study["samples"][name]["region"]}
        (table,), _ = reading.read(study["samples"][name]["files"], about, used, **region, **settings)
        rows = [i for i in range(60) if i % 2 == parity]
        assert table.entry.tolist() == rows
        np.testing.assert_array_equal(table.column("constituents"), number[rows])
        np.testing.assert_allclose(table.column("jet_mass"), table.mass, rtol=1e-6)
        np.testing.assert_allclose(table.arrays["image"].sum((1, 2)), 1, atol=1e-5)
        assert (np.diff(table.arrays["hardest"][..., 0]) <= 0).all() and np.isfinite(table.features).all()
