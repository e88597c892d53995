"""A study and a score for the toy events."""

import numpy as np
import pytest

from unsculpt import axes, fits
from unsculpt.categories import Settings


@pytest.fixture
def study():
    """Settings of a study, with changes to the keys of `categories`."""

    def make(blind=True, borrow=0, **changes):
        categories = {
            "max_per_channel": 4,
            "score_bins": 20,
            "min_sideband_events": 10,
            "min_window_background": 0.8,
            "significance_tolerance": 0.01,
        }
        return Settings(
            axis=axes.spectrum(np.linspace(105, 160, 56), (120, 130)),
            channels={"hadronic": {"short": "Had"}, "leptonic": {"short": "Lep"}},
            categories=categories | changes,
            fit=fits.Settings(toys=0, borrow_slope_below=borrow, spurious_signal=fits.SpuriousCriteria(functions=())),
            working_point={
                **{"bias_tolerance": 1, "deviation_tolerance": 0.2, "fit_p_value_min": 0.01},
                "spurious_signal": "relaxed",
            },
            blind=blind,
            metrics={"jsd_base": 2, "bootstrap_replicas": 20},
            seed=1,
        )

    return make


@pytest.fixture
def toy_score():
    """A score from what the toys know of the signal apart from the mass, between 0 and 1."""

    def score(events):
        jet, n_jets, n_bjets = events.features[:, 5:8].T
        return (1 / (1 + np.exp(-(0.01 * (jet - 90) + 0.3 * (n_jets - 4.7) + 0.6 * (n_bjets - 1.4))))).astype(
            np.float32
        )

    return score
