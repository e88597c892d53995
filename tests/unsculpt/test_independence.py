"""What scores of a table know of a column, among background or among all events; what adversaries found."""

import numpy as np
import pytest
from conftest import make_toy_events

from unsculpt import independence
from unsculpt.events import SIGNAL

ABOUT = {"column": "mass", "slices": [[110, 120], [130, 140]], "score_bins": 20, "variable_bins": 8}


@pytest.fixture(scope="module")
def table():
    return make_toy_events(12000, seed=2)


def measured(score, table, events):
    rng = np.random.default_rng(1)
    return independence.of_score(score, table, ABOUT | {"events": events}, replicas=20, rng=rng)


def test_a_score_that_knows_the_variable_in_signal_alone_is_seen_among_all_events_only(table, rng):
    signal = table.label == SIGNAL
    score = np.where(signal, 0.5 + np.clip((table.mass - 125) / 8, -0.4, 0.4), rng.random(len(table)))
    among = {events: measured(score, table, events) for events in ("background", "all")}
    assert among["background"]["information"].p_value > 1e-3
    assert among["all"]["information"].value > 20 * among["all"]["information"].floor
    assert among["all"]["cross_entropy"] == among["background"]["cross_entropy"]


def test_what_an_adversary_found_is_the_entropy_less_its_loss():
    models = [
        {"tag": "3", "best_epoch": 2, "adversary_validation": [3.4, 3.3, 3.0]},
        {"tag": "3", "best_epoch": 3, "adversary_validation": [3.4, 3.3, 3.2]},
        {"tag": "30", "best_epoch": 1, "adversary_validation": [3.5]},
    ]
    found = independence.of_adversary([{"reference": {"entropy": 3.5}, "models": models}])
    assert found["3"]["value"] == pytest.approx(0.25) and found["3"]["error"] == pytest.approx(0.05)
    assert found["30"] == {"value": 0.0, "error": None}
    assert independence.of_adversary([{"reference": {"entropy": None}, "models": models}]) == {}
