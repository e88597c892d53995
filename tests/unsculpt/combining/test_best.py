"""The best combinations of each row: as a loop chooses them, and as expressions of features name them."""

from dataclasses import dataclass

import numpy as np
import pytest
from toy_combinations import rows, step

from unsculpt import columns
from unsculpt.combining import best
from unsculpt.combining.every import every


@dataclass
class HeavyFirst:
    """A score that is the first input."""

    column: int = 0

    def score(self, inputs):
        return inputs[:, self.column].astype(float)


def by_hand(owner, identity, score, number):
    taken = []
    for row in np.unique(owner):
        left = np.flatnonzero(owner == row).tolist()
        for _ in range(number):
            if left:
                first = max(left, key=lambda i: score[i])
                taken.append(first)
                left = [i for i in left if not set(identity[i]) & set(identity[first])]
    return taken


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_best_are_those_of_a_loop_and_share_no_object(rng, number):
    found = every(*rows(step(rng, 40, rng.integers(0, 9, 40))))
    score = rng.random(len(found))
    assert best.chosen(found.owner, found.identity, score, number).tolist() == by_hand(
        found.owner, found.identity, score, number
    )


def test_features_name_the_best_like_objects(rng, monkeypatch):
    arrays = step(rng, 50, [*[2] * 5, *rng.integers(3, 9, 45)])
    parts, about = rows(arrays, learns=None, features=["first", "mass1", "pt2", "angle1"])
    about["trees"] = HeavyFirst()
    names = ["first", "mass1", "pt2", "angle1"]
    matrix = columns.matrix(parts, names, -9.0)
    found = every(parts, about)
    score = about["trees"].score(found.inputs())
    for row in range(50):
        mine = np.flatnonzero(found.owner == row)
        if row < 5:
            assert matrix[row].tolist() == [-9.0] * 4
            continue
        first = mine[score[mine].argmax()]
        assert matrix[row, 0] == matrix[row, 1] == pytest.approx(score[first], rel=1e-6)
        rest = [i for i in mine if not set(found.identity[i]) & set(found.identity[first])]
        second = found.take(np.array([max(rest, key=lambda i: score[i])])) if rest else None
        assert matrix[row, 2] == pytest.approx(second.total().field("pt")[0] if rest else -9.0, rel=1e-5)
    monkeypatch.setattr(best, "BLOCK", 7)
    again, about = rows(arrays, learns=None, features=names)
    about["trees"] = HeavyFirst()
    np.testing.assert_array_equal(columns.matrix(again, names, -9.0), matrix)


def test_rows_without_combinations_are_no_fault(rng):
    parts, about = rows(step(rng, 3, [0, 2, 1]), learns=None, features=["first", "mass1"])
    about["trees"] = HeavyFirst()
    assert (columns.matrix(parts, ["first", "mass1"], 0.0) == 0).all()
    none = parts.take(np.zeros(3, bool))
    assert columns.matrix(none, ["first"], 0.0).shape == (0, 1)
