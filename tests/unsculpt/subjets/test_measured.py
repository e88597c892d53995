"""The jet of each row: fields when they are asked for, of those rows that are left."""

import awkward as ak
import numpy as np
import pytest
from given_selection import config, selection

from unsculpt import definitions
from unsculpt.errors import InputError
from unsculpt.fourvectors import Objects
from unsculpt.subjets import measured, observables
from unsculpt.substructure import FIELDS


@pytest.fixture
def objects(simulated):
    """The constituents of jets, and of a row with two and of one with none."""
    p = simulated.p
    pt = np.hypot(p[:, 0], p[:, 1])
    fields = {"pt": pt, "eta": np.arcsinh(p[:, 2] / pt), "phi": np.arctan2(p[:, 1], p[:, 0]), "e": p[:, 3]}
    own = {name: ak.unflatten(values, simulated.size) for name, values in fields.items()}
    two = {"pt": [50.0, 40.0], "eta": [0.0, 0.1], "phi": [0.0, 0.1], "e": [50.0, 41.0]}
    return Objects(ak.zip({name: ak.concatenate([own[name][:6], [two[name], []], own[name][6:]]) for name in own}))


def test_the_jet_is_the_sum_of_its_constituents(objects, simulated):
    jet = measured.of(objects, 0.8, ("tau2",))
    known = np.delete(np.arange(len(jet)), [6, 7])
    for name, values in zip(("pt", "eta", "phi"), simulated.spherical, strict=True):
        np.testing.assert_allclose(jet.field(name)[known], values, rtol=1e-9)
    np.testing.assert_allclose(jet.field("mass")[known], simulated.mass, rtol=1e-6)
    assert jet.field("constituents")[6:8].tolist() == [2, 0]
    assert jet.field("pt")[6] > 80


def test_every_field_has_a_value_but_for_jets_of_few_constituents(objects):
    jet = measured.of(objects, 0.8, ())
    for name in set(FIELDS) - {"constituents", "pt", "eta", "phi", "mass", "e", "px", "py", "pz", "p", "rapidity"}:
        missing = np.isnan(jet.field(name))
        assert missing[6:8].all() and missing.sum() == 2, name
    with pytest.raises(KeyError):
        jet.field("tau9")


def test_rows_that_are_taken_keep_their_fields_and_find_others(objects):
    jet = measured.of(objects, 0.8, ("tau2", "tau3"))
    tau2 = jet.field("tau2")
    for rows in (np.array([9, 6, 2]), np.arange(len(jet)) % 3 == 0):
        part = jet[rows]
        place = np.flatnonzero(rows) if rows.dtype == bool else rows
        np.testing.assert_array_equal(part.field("tau2"), tau2[place])
        np.testing.assert_allclose(part.field("tau3"), jet.field("tau3")[place], rtol=1e-12)
        np.testing.assert_array_equal(part.field("mass"), jet.field("mass")[place])


def test_what_is_found_together_is_found_once(objects, monkeypatch):
    calls = []
    plain = observables.subjettiness

    def counted(jets, names, radius):
        calls.append(sorted(names))
        return plain(jets, names, radius)

    groups = tuple((group, counted if measure is plain else measure) for group, measure in measured._GROUPS)
    monkeypatch.setattr(measured, "_GROUPS", groups)
    jet = measured.of(objects, 0.8, ("tau2", "tau1_half"))
    for name in ("tau2", "tau1_half", "tau2"):
        jet.field(name)
    assert calls == [["tau1_half", "tau2"]]


def test_mistakes_are_sentences():
    jet = {"of": "jet", "radius": 0.8}
    quantities = {"x": {"expression": "fat.tau3", "latex": "x", "meaning": "x"}}
    study, about = selection(substructure={"fat": jet}, quantities=quantities, features=["x"])
    assert study["substructure"] == {"fat": jet | {"fields": ["tau3"]}}
    assert {"pt", "eta", "phi", "e"} <= about["collections"]["jet"]["fields"].keys()
    image = {"image": {"of": "fat"}, "shape": [4, 4]}
    for changes, sentence in (
        ({"substructure": {"fat": {"of": "jet[0]"}}}, "must be the constituents, several objects"),
        ({"quantities": {"x": {**quantities["x"], "expression": "fat.tau9"}}}, "fat has no tau9; did you mean tau"),
        ({"arrays": {"a": image | {"image": {"of": "jet"}}}}, "arrays.a.image.of 'jet' is no jet of substructure"),
        ({"arrays": {"a": image | {"values": ["jet.pt"]}}}, "has values and image; give exactly one"),
        ({"arrays": {"a": {"shape": [4]}}}, "has neither values nor image"),
        ({"arrays": {"a": image | {"shape": [4]}}}, "needs two numbers; give rows and columns"),
        ({"substructure": {"jet": jet}}, "substructure.jet is one of objects as well"),
    ):
        with pytest.raises(InputError, match=sentence):
            tree = {"substructure": {"fat": jet}, "quantities": quantities, "features": ["x"]} | changes
            definitions.check(config(**tree), "study")
