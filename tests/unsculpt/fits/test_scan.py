"""A hunt in all windows finds what is there, and its global significance counts how many places were looked at."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from unsculpt import shapes
from unsculpt.fits import scan
from unsculpt.likelihood import asimov_significance

EDGES = np.arange(50, 301, 10.0)
MASS = (EDGES[1:] + EDGES[:-1]) / 2
FALLING = 3000 * np.exp(-MASS / 60) / np.exp(-MASS / 60).sum()
PEAK = np.exp(-0.5 * ((MASS - 175) / 10) ** 2) / np.exp(-0.5 * ((MASS - 175) / 10) ** 2).sum()
FUNCTIONS = [shapes.function(k) for k in (1, 2)]
OPTIONS = {"functions": FUNCTIONS, "order_p_value": 0.05, "widths_gev": [20, 40]}


def test_windows_leave_three_bins_on_either_side():
    parts = scan.windows(EDGES, [20, 40, 22])
    assert {part.stop - part.start for part in parts} == {2, 4} and len(parts) == len(set(map(str, parts)))
    assert min(part.start for part in parts) == 3 and max(part.stop for part in parts) == len(MASS) - 3


def test_the_background_of_a_window_does_not_see_what_is_in_it():
    part = slice(11, 13)
    for events in (0, 500):
        counts = FALLING + events * np.eye(len(MASS))[12]
        z, background, error = scan.scan(counts[None], EDGES, FUNCTIONS[0], [part])
        assert background[0, 0] == pytest.approx(FALLING[part].sum(), rel=1e-3)
        assert z[0, 0] == pytest.approx(asimov_significance(events, background[0, 0], error[0, 0]), abs=0.05)


def test_the_error_of_the_background_is_its_spread_over_toys():
    toys = np.random.default_rng(1).poisson(FALLING, (4000, len(MASS))).astype(float)
    z, background, error = scan.scan(toys, EDGES, FUNCTIONS[1], [slice(11, 14)])
    assert background.std() == pytest.approx(error.mean(), rel=0.05)
    assert np.mean(z > 1) == pytest.approx(norm.sf(1), abs=0.02)


def test_a_bump_is_found_where_it_is_and_the_global_significance_is_below_the_local_one():
    counts = np.round(FALLING + 100 * PEAK)
    found = scan.hunt(counts, EDGES, toys=400, rng=np.random.default_rng(1), **OPTIONS)
    assert found.window[0] < 175 < found.window[1] and found.observed > found.background
    assert found.local > 4 and found.significance < found.local
    assert found.significance == pytest.approx(norm.isf(1 / 401)) and found.at_limit
    assert found.p_value > 0.05  # the function is good, and the bump no argument against it


def test_without_a_bump_global_p_values_are_uniform_and_local_ones_are_not():
    rng, found = np.random.default_rng(2), []
    for counts in rng.poisson(FALLING, (60, len(MASS))):
        found.append(scan.hunt(counts, EDGES, toys=60, rng=rng, **OPTIONS | {"functions": FUNCTIONS[:1]}))
    assert kstest([one.global_p for one in found], "uniform").pvalue > 0.01
    assert kstest([one.p_value for one in found], "uniform").pvalue > 0.01
    assert np.median([one.local for one in found]) > 1.2


def test_a_function_that_does_not_describe_the_spectrum_says_so():
    hump = 3000 * np.exp(-0.5 * ((MASS - 170) / 30) ** 2) / 10
    found = scan.hunt(np.round(hump), EDGES, toys=100, rng=np.random.default_rng(1), **OPTIONS)
    bent = scan.hunt(
        np.round(hump), EDGES, toys=100, rng=np.random.default_rng(1), **OPTIONS | {"functions": FUNCTIONS[:1]}
    )
    assert bent.p_value == pytest.approx(1 / 101) and found.p_value > bent.p_value
    assert (found.function, bent.function) == ("exp2", "exp1")


def test_a_higher_function_is_taken_only_where_it_is_needed():
    bent = FALLING * np.exp(-((MASS - 175) ** 2) / 2e4)
    assert scan.choose(FALLING, EDGES, FUNCTIONS, 0.05)[0].name == "exp1"
    assert scan.choose(bent, EDGES, FUNCTIONS, 0.05)[0].name == "exp2"


@pytest.mark.parametrize("counts", [np.zeros(len(MASS)), np.eye(len(MASS))[4] * 20])
def test_nothing_to_fit_is_no_hunt(counts):
    assert scan.hunt(counts, EDGES, toys=10, rng=np.random.default_rng(1), **OPTIONS) is None
