"""The quoted significance against a closed truth, and its error against repetitions of the experiment."""

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from unsculpt.categories import bootstrap, crossfit, table
from unsculpt.categories.parts import divide, everything

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "optimism.py"


@pytest.fixture(scope="module")
def toys():
    """The toy grid of equal points of the benchmark."""
    spec = spec_from_file_location("optimism", BENCHMARK)
    module = module_from_spec(spec)
    sys.modules["optimism"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["optimism"]


def test_the_quote_of_many_equal_points_is_their_truth_and_the_best_on_the_quoted_half_is_above_it(toys, rng):
    found = toys.closed(8, 8, rng, toys.toy_settings(max_per_channel=2, score_bins=10))
    former, error = found["former_optimism"], found["former_optimism_error"]
    assert former > 2 * error and former > found["quoted_error"]
    assert abs(found["optimism"]) < 2 * found["optimism_error"]


def test_the_error_is_the_spread_of_repeated_experiments(toys, rng):
    settings, quotes, errors = toys.toy_settings(max_per_channel=2, score_bins=10), [], []
    for _ in range(50):
        events, (score,) = toys.simulate(1, rng, {1: 4000, 0: 8000})
        draws = bootstrap.draw(events, replicas=100, rng=rng)
        (crossed,) = toys.cross(events, [score], settings, draws)
        quoted, _ = crossfit.quote(toys.candidates(1), [crossed])
        quotes.append(quoted.value)
        errors.append(quoted.error)
    assert np.std(quotes, ddof=1) == pytest.approx(np.mean(errors), rel=0.3)  # three errors of a spread of fifty


def test_copies_of_a_point_change_nothing(toys, rng):
    events, some = toys.simulate(2, rng, {1: 4000, 0: 8000})
    settings = toys.toy_settings()
    draws = bootstrap.draw(events, replicas=50, rng=rng)
    one, two = toys.cross(events, some, settings, draws)
    alone, chosen = crossfit.quote(toys.candidates(2), [one, two])
    many, copies = crossfit.quote(toys.candidates(7), [one, two, two, one, one, two, one])
    assert copies == chosen and many.value == alone.value and many.error == alone.error


def test_replicas_are_those_of_a_bootstrap_event_by_event(toys, rng):
    """The same category, each event drawn again with replacement and fitted as the table fits it."""
    events, (score,) = toys.simulate(1, rng, {1: 3000, 0: 6000})
    settings, whole = toys.toy_settings(), everything(events)
    found = {toys.CHANNEL: toys.all_boundaries((events, [score]), 0, settings)[toys.CHANNEL]}
    options = {"settings": settings, "part": whole}
    draws = bootstrap.draw(events, replicas=400, rng=rng)
    fast = crossfit.together(crossfit.by_category(events, score, found, {}, draws=draws, **options).values(), draws)
    slow, boundaries = [], found[toys.CHANNEL]
    for _ in range(100):
        again = replace(events, weight=events.weight * rng.poisson(1, len(events)))
        expected = table.expected(boundaries, table.count(again, score, boundaries, settings, whole), settings)
        slow.append(np.sqrt(sum(category.significance**2 for category in expected)))
    assert fast.error == pytest.approx(np.std(slow, ddof=1), rel=0.25)  # of a hundred and four hundred replicas
    assert np.mean(fast.replicas) == pytest.approx(np.mean(slow), abs=4 * fast.error / 10)


def test_replicas_are_paired(toys, rng):
    """Two points whose scores hardly differ rise and fall together."""
    events, (score,) = toys.simulate(1, rng, {1: 4000, 0: 8000})
    settings = toys.toy_settings()
    near = np.clip(score + rng.normal(0, 0.003, len(score)), 0, 1)
    draws = bootstrap.draw(events, replicas=100, rng=rng)
    one, two = (
        crossfit.mean([part.measured for part in point]) for point in toys.cross(events, [score, near], settings, draws)
    )
    assert np.std(one.replicas - two.replicas) < 0.75 * one.error


def test_the_parts_are_disjoint_and_together_all_events(toys, rng):
    events, _ = toys.simulate(1, rng, {1: 500, 0: 500})
    for number in (2, 3):
        pairs = divide(events, number)
        assert np.all(sum(own.rows.astype(int) for _, own in pairs) == 1)
        for others, own in pairs:
            assert np.all(others.rows != own.rows)
            assert 1 / others.scale + 1 / own.scale == pytest.approx(1)


@pytest.mark.parametrize("simulated", [{1: 3, 0: 40}, {1: 200, 0: 150}, {1: 0, 0: 500}])
def test_few_events_give_a_number_or_none_but_never_an_error(toys, rng, simulated):
    events, some = toys.simulate(3, rng, {label: max(n, 1) for label, n in simulated.items()})
    settings = toys.toy_settings(min_sideband_events=0)
    draws = bootstrap.draw(events, replicas=20, rng=rng)
    crossed = toys.cross(events, some, settings, draws)
    quoted, chosen = crossfit.quote(toys.candidates(3), crossed)
    assert np.isfinite([quoted.value, quoted.error]).all() and len(chosen) == crossfit.PARTS
    found = toys.all_boundaries((events, some), 0, settings)
    parts = divide(events, crossfit.PARTS)
    rows = crossfit.published(events, some[0], found, {}, crossed[0], parts=parts, settings=settings, draws=draws)
    assert len(rows) == sum(len(boundaries.cuts) - 1 for boundaries in found.values())
