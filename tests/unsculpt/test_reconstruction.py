"""What trees of combinations learn, and how often they find the true one."""

import numpy as np
import pytest
from toy_combinations import TOP, rows, step

from unsculpt import reconstruction
from unsculpt.combining import trees
from unsculpt.errors import InputError
from unsculpt.events.folds import part

ABOUT = TOP | {"training": TOP["training"] | {"learning_rate": 0.1}}


@pytest.fixture(scope="module")
def known():
    rng = np.random.default_rng(7)
    return reconstruction.examples(*rows(step(rng, 2500)))


def test_examples_are_the_combinations_with_their_rows(known):
    assert len(known.inputs) == len(known.truth) == len(known.owner)
    assert known.truth.sum() == len(np.unique(known.owner[known.truth]))  # a row has one top
    assert known.half.tolist() == part(np.ones(2500, int), np.arange(2500), 2).tolist()
    assert known.objects.min() == 3 and known.objects.max() == 8


def test_blocks_of_rows_do_not_matter(known, monkeypatch):
    monkeypatch.setattr(reconstruction, "BLOCK", 333)
    again = reconstruction.examples(*rows(step(np.random.default_rng(7), 2500)))
    for name in ("inputs", "truth", "owner", "weight", "objects", "half"):
        np.testing.assert_array_equal(getattr(again, name), getattr(known, name))


def test_trees_find_more_than_a_chi_squared_and_each_is_counted_right(known):
    found = reconstruction.efficiencies(known, ABOUT, 1)
    lines = {line["objects"]: line for line in found["rows"]}
    assert next(iter(lines)) == "3" and list(lines)[-1] == "all"
    assert sum(line["rows"] for name, line in lines.items() if name != "all") == lines["all"]["rows"]
    true = np.unique(known.owner[known.truth])
    assert lines["all"]["rows"] == len(true)
    assert lines["all"]["sum_weights"] == pytest.approx(known.weight[true].sum())
    assert lines["all"]["gain"]["value"] > 5 * lines["all"]["gain"]["error"] > 0
    value = known.inputs[known.truth, list(TOP["inputs"]).index("w_mass")]
    assert found["centres"]["w_mass"]["centre"] == pytest.approx(np.median(value))


def test_the_chi_squared_is_that_of_a_loop(known):
    found = reconstruction.efficiencies(known, ABOUT, 1)["rows"][-1]
    names, hits, total = list(TOP["inputs"]), 0.0, 0.0
    centre = {}
    for half in (0, 1):
        of = known.inputs[known.truth & (known.half[known.owner] != half)].astype(float)
        low, middle, high = np.quantile(of, [0.1587, 0.5, 0.8413], axis=0)
        centre[half] = middle, (high - low) / 2
    for row in np.unique(known.owner[known.truth]):
        mine = np.flatnonzero(known.owner == row)
        middle, width = centre[known.half[row]]
        columns = [names.index("w_mass"), names.index("top_mass")]
        chi2 = (((known.inputs[mine] - middle) / width)[:, columns] ** 2).sum(axis=1)
        hits += known.weight[row] * known.truth[mine[chi2.argmin()]]
        total += known.weight[row]
    assert found["chi-squared"]["value"] == pytest.approx(hits / total, abs=0.002)


def test_no_row_is_judged_by_trees_that_have_seen_it(known):
    """Trees with leaves of one combination know noise by heart where they have seen it, and nowhere else."""
    rng = np.random.default_rng(3)
    noise = reconstruction.Examples(
        rng.random((len(known.truth), 5), np.float32), known.truth, known.owner, known.weight, known.objects, known.half
    )
    about = ABOUT | {
        "training": {"trees": 60, "leaves": 300, "learning_rate": 0.5, "min_leaf": 1},
        "reference": {"fields": []},
    }
    whole = reconstruction.efficiencies(noise, about, 1)["rows"][-1]["trees"]
    row_true = np.bincount(known.owner, known.truth) > 0
    chance = 1 / np.bincount(known.owner)[row_true]
    assert whole["value"] == pytest.approx(np.average(chance, weights=known.weight[row_true]), abs=4 * whole["error"])


def test_trees_come_back_from_their_file(known, tmp_path):
    learnt = trees.train(ABOUT, known.inputs, known.truth, known.weight[known.owner], 1)
    trees.save(learnt, tmp_path / "top.joblib")
    again = trees.load(tmp_path / "top.joblib")
    np.testing.assert_array_equal(again.score(known.inputs), learnt.score(known.inputs))
    assert again.inputs == TOP["inputs"] and len(again.score(known.inputs[:0])) == 0
    trees.save(trees.train(ABOUT, known.inputs, known.truth, known.weight[known.owner], 1), tmp_path / "again.joblib")
    assert (tmp_path / "top.joblib").read_bytes() == (tmp_path / "again.joblib").read_bytes()


def test_without_truth_nothing_can_be_learnt(known):
    none = reconstruction.Examples(
        known.inputs, np.zeros(len(known.truth), bool), known.owner, known.weight, known.objects, known.half
    )
    with pytest.raises(
        InputError, match=r"combinations.top: 0 of .* are true, and trees need both kinds; correct truth"
    ):
        reconstruction.check(none, "top")
