"""All combinations of objects: their number, what is in them, and values as a loop finds them."""

from itertools import combinations

import numpy as np
import pytest
import vector
from toy_combinations import rows, step

from unsculpt.combining.every import every


@pytest.mark.parametrize(("count", "number"), [(0, 0), (2, 0), (3, 3), (4, 12), (6, 60), (8, 168), (10, 168)])
def test_three_jets_of_which_one_is_apart(rng, count, number):
    found = every(*rows(step(rng, 2, [count, 3])))
    assert np.bincount(found.owner, minlength=2).tolist() == [number, 3]
    assert (np.diff(found.owner) >= 0).all()


def test_no_object_is_twice_in_a_combination_and_those_of_a_member_have_no_order(rng):
    found = every(*rows(step(rng, 1, [5])))
    expected = {(b, *q) for b in range(5) for q in combinations([i for i in range(5) if i != b], 2)}
    assert len(found) == len(expected) and set(map(tuple, found.places.tolist())) == expected


def test_of_other_objects_all_are_combined_with_all(rng):
    members = {"b": {"from": "jet", "count": 1}, "g": {"from": "photon", "count": 1}}
    inputs = {"m": "(b[0] + g[0]).mass"}
    changes = {"members": members, "inputs": inputs, "define": {}, "truth": "b[0].role == 1"}
    found = every(*rows(step(rng, 2, [3, 1]), features=["plain"], quantities={"plain": {"expression": "top[0].m"}},
                        reference={}, **changes))  # fmt: skip
    assert found.owner.tolist() == [0] * 6 + [1] * 2
    assert found.identity[:6].tolist() == [[b, g] for b in (0, 1, 2) for g in (8, 9)]


def test_values_are_those_of_a_loop_over_jets(rng):
    arrays = step(rng, 30)
    parts, about = rows(arrays)
    found = every(parts, about)
    jets = parts["jet"].array
    values, define, truth, total = found.values("inputs"), found.values("define"), found.truth(), found.total()
    assert set(values) == set(about["inputs"]) and truth.any() and not truth.all()
    for i in range(0, len(found), 7):
        row = jets[found.owner[i]]
        b, first, second = (
            vector.obj(pt=row.pt[p], eta=row.eta[p], phi=row.phi[p], E=row.e[p]) for p in found.places[i]
        )
        top, w = b + first + second, first + second
        assert values["top_mass"][i] == pytest.approx(top.mass) and values["w_mass"][i] == pytest.approx(w.mass)
        assert values["ratio"][i] == pytest.approx(w.mass / top.mass)
        assert values["spread"][i] == pytest.approx(first.deltaR(second))
        assert values["tagged"][i] == row.tagged[found.places[i, 0]]
        assert define["w_pt"][i] == pytest.approx(w.pt) and total.field("mass")[i] == pytest.approx(top.mass)
        assert define["of_met"][i] == pytest.approx(b.pt / arrays["missing_et"][found.owner[i]])
        photons = [vector.obj(pt=80, eta=0.5, phi=1, mass=0), vector.obj(pt=60, eta=-0.5, phi=-2, mass=0)]
        assert define["angle"][i] == pytest.approx((photons[0] + photons[1]).deltaR(b))
        assert truth[i] == (row.role[found.places[i]].tolist() == [1, 2, 2])


def test_some_of_them_have_the_values_that_they_had(rng):
    found = every(*rows(step(rng, 20)))
    index = rng.permutation(len(found))[:50]
    np.testing.assert_array_equal(found.take(index).inputs(), found.inputs()[index])


def test_the_four_vector_may_have_more_than_the_objects(rng):
    arrays = step(rng, 20)
    whole, about = rows(arrays, learns=None, sum="b[0] + q[0] + q[1] + photon[0]")
    plain, other = rows(arrays, learns=None)
    found, without = every(whole, about).total(), every(plain, other).total()
    photon = vector.obj(pt=80, eta=0.5, phi=1, mass=0)
    np.testing.assert_allclose(found.field("e"), without.field("e") + photon.E)
    np.testing.assert_allclose(found.field("px"), without.field("px") + photon.px)
