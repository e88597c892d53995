"""What an adversary of a categorical nuisance gains, with the trainer and the metric of a study (arXiv:1611.01046)."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from unsculpt.metrics import threshold


@pytest.fixture(scope="module")
def toy():
    path = Path(__file__).parents[2] / "benchmarks" / "threshold.py"
    spec = spec_from_file_location("threshold_benchmark", path)
    module = module_from_spec(spec)
    sys.modules["threshold_benchmark"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_significance_rises_with_the_strength_and_the_strongest_is_flat(toy):
    """The published ordering, by pairs of seeds, each difference by more than two of its errors."""
    found = toy.run(100_000, 10, 600_000, range(1, 5), others=False)
    told = {name: threshold.summed_up(trials) for name, trials in found.items()}
    peaks = {name: point["max"]["of_seeds"] for name, point in told.items()}
    for high, low in (("1", "0"), ("10", "1"), ("10", "0")):
        value, error = toy.paired(peaks[high], peaks[low])
        assert value > 2 * error > 0, (high, low, value, error)
    assert 1.1 < told["10"]["max"]["value"] / told["0"]["max"]["value"] < 1.45
    assert told["500"]["plateau"] > 1.5 * told["10"]["plateau"]
    assert told["500"]["max"]["error_training"] > 2 * told["10"]["max"]["error_training"]
    assert told["500"]["auc"]["clean"]["value"] > 0.75
    choice = threshold.compare(list(found), list(found.values()))
    assert all(list(found)[part["point"]] in ("10", "500") for part in choice["parts"])


def test_the_sample_has_a_quarter_of_each_class_and_category(toy):
    events = toy.simulate(40_000, 1, 0)
    for label in (0, 1):
        for channel in ("clean", "pile_up"):
            assert abs(events.where(label, channel).mean() - 0.25) < 0.01
