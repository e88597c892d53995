"""A single feature becomes a score that keeps its order."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import make_toy_events

from unsculpt.decorrelation import single
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL


@pytest.fixture(scope="module")
def table():
    return make_toy_events(3000, seed=5)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_score_rises_with_the_feature_in_the_direction_of_the_signal(table, sign):
    values, score = sign * table.features[:, 0], single.score(table, "photon1_pt", sign)
    order = np.argsort(values)
    assert (np.diff(score[order]) >= 0).all() and score.min() >= 0 and score.max() <= 1
    n_jets = single.score(table, "n_jets", sign)
    assert len(np.unique(n_jets)) == len(np.unique(table.features[:, 6]))  # equal values, equal scores


def test_the_score_is_the_rank_among_signal_and_background_in_equal_parts(table):
    score = single.score(table, "photon1_pt", 1)
    means = [np.average(score[table.where(k)], weights=table.weight[table.where(k)]) for k in (SIGNAL, BACKGROUND)]
    assert np.mean(means) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_constant_feature_is_a_constant_score_with_a_warning(table, sign, caplog):
    constant = table.features.copy()
    constant[:, 1] = 40
    score = single.score(replace(table, features=constant), "photon2_pt", sign)
    assert score.min() == score.max() == pytest.approx(0.5)
    assert "photon2_pt is 40 in all events; as a score it orders nothing" in caplog.text


def test_what_cannot_be_ranked_is_one_clear_error(table):
    broken = table.features.copy()
    broken[7, 0] = np.nan
    broken = replace(table, features=broken)
    with pytest.raises(InputError, match="photon1_pt is not a number in 1 events"):
        single.score(broken, "photon1_pt", 1)
    with pytest.raises(InputError, match="no signal of positive weight"):
        single.score(table[table.label != SIGNAL], "photon1_pt", 1)
