"""What inputs gain: errors of pairs and of seeds, and the significance that the program itself quotes."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import toy_study

from unsculpt import events, files, scores
from unsculpt.categories import Settings, bootstrap, crossfit


@pytest.fixture(scope="module")
def gains():
    spec = spec_from_file_location("gains_benchmark", Path(__file__).parents[2] / "benchmarks" / "gains.py")
    module = module_from_spec(spec)
    sys.modules["gains_benchmark"] = module
    spec.loader.exec_module(module)
    return module


def estimates(rng, values, factor=1.0):
    """Estimates of some seeds, whose replicas rise and fall together."""
    common = 1 + 0.02 * rng.normal(size=400)
    return [crossfit.Estimate(factor * value, factor * value * common) for value in values]


def test_errors_are_those_of_pairs_and_of_seeds(gains):
    mine, others = ([4.0, 4.2, 4.1], [3.9, 4.0, 3.8])
    mine, others = (estimates(np.random.default_rng(1), values, f) for values, f in ((mine, 1.0), (others, 1.1)))
    value, paired, seeds = gains.gain(mine, others)
    assert value == pytest.approx(4.1 / (3.9 * 1.1) - 1) and paired == pytest.approx(0, abs=1e-12)
    expected = np.hypot(0.1 / 4.1, 0.1 / 3.9) / np.sqrt(3) * 4.1 / (3.9 * 1.1)
    assert seeds == pytest.approx(expected)
    assert gains.gain(mine[:1], others[:1])[2] == 0
    mean, scatter, error = gains.summed_up(mine)
    assert (mean, scatter) == pytest.approx((4.1, 0.1 / np.sqrt(3))) and error == pytest.approx(4.1 * 0.02, rel=0.1)


def test_the_significance_is_that_of_the_candidates_of_a_run(gains, tmp_path):
    from conftest import make_toy_events

    paths = toy_study.write(tmp_path, make_toy_events(20000, seed=1))
    toy_study.choose(tmp_path, paths)
    candidates = files.load_json(tmp_path / "working_point.json")["candidates"]
    settings = Settings.from_config(**{key: toy_study.CONFIG[key] for key in gains.KEYS})
    known = events.load(paths["events"], columns=())
    draws = bootstrap.draw(known, replicas=20, rng=np.random.default_rng(1))
    for candidate, (method, tag) in zip(candidates, toy_study.POINTS, strict=True):
        score = scores.load(paths["scores"][["nn", "ann"].index(method)])[tag]
        found = gains.quoted(known, score, settings, draws)
        assert found.value == pytest.approx(candidate["significance"], rel=0.02)  # functions by the quick fit
        assert found.error == pytest.approx(candidate["significance_error"], rel=0.1)
