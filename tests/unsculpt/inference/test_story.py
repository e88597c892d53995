"""The numbers and words of a study that fits simulators, from contents whose numbers are known."""

import numpy as np
import pytest

from unsculpt.inference import story
from unsculpt.tables import to_csv


def model(seed, gamma, expected, *, controlled=True, best=(1.0,)):
    return {
        "seed": seed,
        "gamma": gamma,
        "controlled": controlled,
        "mean": [0.0],
        "width": [0.1],
        "spread": [0.7],
        "expected": list(expected),
        "at_mean": [1.5],
        "best": list(best),
        "truth": [0.9],
        "error": [0.1],
        "jsd": {"value": 2e-4, "floor": 1e-4, "over_floor": 2.0},
    }


def fits(name="toy", dispersion=1, variances=()):
    return {
        "kind": "fits",
        "simulator": name,
        "process": "poisson",
        "events": 100,
        "dispersion": dispersion,
        "calls": 1000,
        "parameters": ["log_rate"],
        "interest": ["rate"],
        "models": [model(1, 0, [1.3]), model(2, 0, [0.6]), model(1, 5, [1.1]), model(2, 5, [1.0], controlled=False)],
        "variances": list(variances),
    }


def test_offsets_are_in_errors_of_the_best_estimate_and_pulls_in_those_to_the_truth():
    one = story.content([fits()])["fits"][0]
    free, held, uncontrolled = one["groups"]
    assert free["rms_to_best"] == pytest.approx(np.sqrt((9 + 16) / 2)) and free["largest_pull"] == pytest.approx(4)
    assert held["rms_to_best"] == pytest.approx(1) and held["largest_pull_at_mean"] == pytest.approx(6)
    assert not uncontrolled["controlled"] and uncontrolled["rms_to_best"] == 0


def test_contenders_are_compared_with_the_same_estimates():
    results = [
        {"contender": name, "seed": 1, "estimate": [value], "width": width, "calls": 900}
        for name, value, width in (("rejection", 1.2, [0.4]), ("ratio", 0.5, None))
    ]
    found = story.content([fits(), {"kind": "contenders", "simulator": "toy", "results": results}])
    rows = {row["contender"]: row for row in found["contenders"][0]["rows"]}
    assert rows["avo"]["rms_to_best"] == pytest.approx(1) and rows["avo"]["calls"] == 1000
    assert rows["rejection"]["rms_to_best"] == pytest.approx(2)
    assert rows["rejection"]["width_in_errors"] == pytest.approx(4) and rows["ratio"]["width_in_errors"] is None
    assert (
        "nearest to maximum likelihood with as many simulated events is AVO (1.00 errors rms)"
        in story.headline(found)[-1]
    )


def test_pulls_have_mean_and_width_with_errors():
    pulls = {"avo": [[1.0], [-1.0], [3.0]], "likelihood": [[0.0], [0.0], [1.5]]}
    measured = {
        "kind": "coverage",
        "simulator": "toy",
        "interest": ["rate"],
        "entropy_weight": 5,
        "calls": 10,
        "pulls": pulls,
    }
    row = story.content([fits(), measured])["coverage"]["rows"][0]
    assert row["mean"]["value"] == 1 and row["width"] == {"value": 2.0, "error": 1.0}
    assert row["within_two"] == pytest.approx(2 / 3) and row["rms_to_best"] == pytest.approx(np.sqrt(4.25 / 3))


def test_the_gain_about_the_hundredth_step_is_a_median():
    rows = [
        {"iteration": i, "plain": [[g, g]], "controlled": [[1.0, 1.0]]}
        for i, g in ((1, 2.0), (60, 9.0), (140, 30.0), (300, 1e3))
    ]
    found = story.content([fits(variances=rows)])["variance"]
    assert found["around_100"] == pytest.approx(19.5) and [row["gain"] for row in found["gains"]] == [2, 9, 30, 1000]


def test_a_study_has_the_sections_that_it_asked_for():
    small = story.sections(story.content([fits()]))
    assert [section.title for section in small] == ["Fits of simulators"]
    both = story.sections(story.content([fits(), fits("wide", 1.7)]))
    assert [section.title for section in both] == ["Fits of simulators", "Misspecified simulators"]
    lines = to_csv(both[1].tables[0]).splitlines()
    assert len(lines) == 1 + 3 and lines[1].startswith("wide,0,1.7,1.49,")  # 1 + .7^2 / mean of 1
    assert "wide" not in to_csv(both[0].tables[0])
