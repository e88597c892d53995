"""Signal that counts as background in a training: as much as was asked for, and in all folds."""

from dataclasses import replace

import numpy as np
import pytest
import toy_images

from unsculpt import examples
from unsculpt.contamination import contaminated
from unsculpt.decorrelation import transforms
from unsculpt.decorrelation.samples import MapSettings
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}


@pytest.fixture(scope="module")
def table():
    return toy_images.table(6000)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3])
def test_the_share_of_signal_in_number_and_weight_is_the_one_that_was_asked_for(table, share):
    found = contaminated(table, share)
    background, drawn = found.where(BACKGROUND), found.where(BACKGROUND) & table.where(SIGNAL)
    assert drawn.sum() / background.sum() == pytest.approx(share, abs=1 / 3000)
    assert found.weight[drawn].sum() / found.weight[background].sum() == pytest.approx(share, rel=1e-9)
    for fold in range(3):
        of_fold = background & (table.fold == fold)
        assert (drawn & of_fold).sum() / of_fold.sum() == pytest.approx(share, abs=0.025)
    same = ~drawn
    assert np.array_equal(found.label[same], table.label[same])
    assert np.array_equal(found.weight[same], table.weight[same])
    assert np.ptp(found.weight[drawn] / table.weight[drawn]) < 1e-12


def test_which_events_are_drawn_is_a_matter_of_their_identifiers_alone_and_more_are_drawn_beside_them(table):
    order = np.random.default_rng(1).permutation(len(table))
    drawn = {share: contaminated(table, share).label != table.label for share in (0.05, 0.1)}
    assert np.array_equal(contaminated(table[order], 0.1).label != table[order].label, drawn[0.1][order])
    assert (drawn[0.1] | ~drawn[0.05]).all() and drawn[0.1].sum() > drawn[0.05].sum()
    assert contaminated(table, 0) is table


def test_too_little_signal_is_one_sentence(table):
    few = table[table.where(BACKGROUND) | (table.event < 400)]
    with pytest.raises(InputError, match=r"contamination of 0\.1 takes 334 signal events for 3000 .* there are 200"):
        contaminated(few, 0.1)


def test_a_training_takes_them_for_background_and_scores_them_by_models_that_have_not_seen_them(table):
    method = {"contamination": 0.1}
    data = examples.from_events(examples.training_events(table, method, MASS), mass_range=(105, 160), folds=3)
    learnt = data.rows(BACKGROUND, 1, held_out=False).numpy()
    drawn = table.where(SIGNAL)[learnt]
    assert 0.08 < drawn.mean() < 0.12 and (table.fold[learnt] != 1).all()


def test_a_map_learns_from_them_too(table):
    """Of scores in which signal is high, more background passes below where signal is, as its ranks are lower there."""
    near = np.exp(-0.5 * ((table.mass - 125) / 3) ** 2)
    score = np.random.default_rng(2).random(len(table)) ** (1 - 0.5 * table.where(SIGNAL))
    settings = MapSettings(105, 160, 1, 0.5)
    of = [contaminated(table, share) for share in (0, 0.3)]
    clean, mixed = (transforms.transform("cdf", score, known, settings) for known in of)
    background = table.where(BACKGROUND)
    moved = np.average((clean - mixed)[background], weights=near[background])
    assert moved > 0.03 > abs(np.average((clean - mixed)[background], weights=1 - near[background]))
    everything = of[1].where(BACKGROUND) & (near > 0.6)
    means = [np.average(mapped[everything], weights=of[1].weight[everything]) for mapped in (mixed, clean)]
    assert means[0] == pytest.approx(0.5, abs=0.03) and means[1] > means[0] + 0.03


def test_events_without_weight_are_neither_counted_nor_drawn(table):
    void = replace(table, weight=np.where(table.event % 3 == 0, 0.0, table.weight))
    found = contaminated(void, 0.2)
    drawn = found.label != void.label
    assert (void.weight[drawn] > 0).all() and drawn.sum() == pytest.approx(0.25 * 2000, abs=1)
