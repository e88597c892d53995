"""Verdicts on points: toys of known sculpting, and the two ways in which a p-value misleads."""

from itertools import pairwise

import numpy as np
import pytest

from unsculpt import acceptance, axes, fits, shapes

SETTINGS = {"bias_tolerance": 1.0, "deviation_tolerance": 0.2, "fit_p_value_min": 0.01}
AXIS = axes.spectrum(np.arange(105.0, 161), (120, 130))
FALLING = shapes.relative_widths(AXIS.edges) * np.exp(-0.025 * (shapes.centres(AXIS.edges) - 105))
POINT = {"jsd": {"value": 1e-3, "error": 2e-4, "floor": 9e-4, "base": 2}}


def fit(simulated, predicted=100.0, *, kappa, error=None, p_value=0.5):
    """The fits JSON of a template of so many events, each of the weight kappa; by default errors of equal weights."""
    own = (kappa * simulated) ** 0.5
    return {
        **{"status": "fitted", "reason": "", "p_value": p_value, "kappa": kappa},
        "window_yield": {"value": predicted, "error": 0.5 * (kappa * predicted) ** 0.5 if error is None else error},
        "window_simulated": {"value": simulated, "error": own},
    }


def judge(given, point=POINT, **changes):
    return acceptance.judge(point, given, settings=SETTINGS | changes)


def toys(rng, number, background, bump, kappa):
    """Verdicts on templates of so much background in the window and a bump there, fitted in their sidebands."""
    inside = AXIS.in_window
    expected = FALLING * background / FALLING[inside].sum()
    expected[inside] += bump / inside.sum()
    counts = rng.poisson(expected / kappa, size=(number, len(expected))).astype(float)
    value, error, _ = fits.sideband_yields(counts, AXIS, function="exp1")
    found = counts[:, inside].sum(1)
    rows = kappa * np.column_stack([found, value, error])
    return [judge(fit(n, v, kappa=kappa, error=e)) for n, v, e in rows]


def share(verdicts, word):
    return np.mean([verdict["verdict"] == word for verdict in verdicts])


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("background", "kappa"), [(10.0, 0.06), (40.0, 0.06), (400.0, 0.06), (40.0, 0.002)])
def test_a_bias_of_the_tolerance_is_accepted_in_at_most_five_per_cent_of_toys(rng, background, kappa, sign):
    """The bump is as large as tolerated; the error of the share is .004."""
    verdicts = toys(rng, 3000, background, sign * background**0.5, kappa)
    assert share(verdicts, "accepted") < 0.05 + 0.012
    assert share(verdicts, "excluded") < 0.05 + 0.02


def test_without_a_bias_a_template_of_enough_events_is_accepted(rng):
    """At 17 times the statistics of data nearly always; at those of data never, as that is too little to tell."""
    shares = [share(toys(rng, 1000, 40.0, 0.0, kappa), "accepted") for kappa in (0.06, 0.012, 1.0)]
    assert shares[0] > 0.9 and shares[1] > 0.999 and shares[2] == 0


def test_a_bias_twice_the_tolerance_is_excluded(rng):
    assert share(toys(rng, 1000, 40.0, 2 * 40**0.5, 0.06), "excluded") > 0.8


def test_a_large_template_of_tiny_bias_is_accepted_though_its_p_value_is_tiny():
    found = judge(fit(102.0, kappa=1e-3))
    assert found["p_value"] < 1e-7
    assert found["verdict"] == "accepted" and found["reasons"] == [] and found["more_events"] is None
    assert found["bias"] == pytest.approx(0.2) and found["data_error"] == 10


def test_a_small_template_is_undecided_though_its_p_value_is_large():
    found = judge(fit(100.0, kappa=1.0))
    assert found["p_value"] == pytest.approx(1)
    assert found["verdict"] == "undecided"
    sigma = (1 + 0.25) ** 0.5
    assert found["bias_error"] == pytest.approx(sigma)
    assert found["more_events"] == pytest.approx((1.645 * sigma) ** 2, rel=1e-3)
    assert judge(fit(100.0, kappa=0.999 / found["more_events"]))["verdict"] == "accepted"
    assert judge(fit(100.0, kappa=1.001 / found["more_events"]))["verdict"] == "undecided"
    assert acceptance.describe(found).endswith("; about 4 times as many simulated events would decide if it stays so")


def test_a_window_that_is_empty_by_chance_is_no_proof():
    """Three expected events leave none once in twenty; the root of what was found would be an error of zero."""
    found = judge(fit(0.0, 3.0, kappa=1.0, error=0.1), bias_tolerance=2.0)
    assert found["verdict"] == "undecided" and found["bias_error"] > 1


@pytest.mark.parametrize("signal", [0.0, 26.0, 1e6])
def test_a_peak_beside_a_dominant_signal_is_not_accepted(signal):
    """The plain classifier against ttyy alone: 2.35 events where .84 are predicted is 4 % of the signal."""
    spurious = {"passes": True, "n_sp_over_expected": 0.04, "expected_signal": signal}
    found = judge(fit(2.35, 0.84, kappa=0.0017, error=0.05) | {"spurious_signal": spurious})
    assert found["verdict"] == "excluded" and found["bias_verdict"] == "excluded"
    assert found["bias"] == pytest.approx(1.51 / 0.84**0.5) and found["limit"] > found["bias"] > 1


def test_the_fit_must_describe_the_sidebands_and_exist():
    assert judge(fit(100.0, kappa=1e-3, p_value=0.009))["reasons"] == ["the sideband fit has p = 0.009, not above 0.01"]
    assert judge(fit(100.0, kappa=1e-3, p_value=0.009))["verdict"] == "excluded"
    assert judge(fit(100.0, kappa=1e-3, p_value=0.009), fit_p_value_min=0.005)["verdict"] == "accepted"
    for missing in ({"status": "not_fitted", "reason": "too few"}, {"window_yield": None}, {"p_value": None}):
        found = judge(fit(100.0, kappa=1e-3) | missing)
        assert found["verdict"] == "undecided" and found["more_events"] is None and found["reasons"]


def test_the_deviation_is_the_root_mean_square_of_the_ratio_to_the_reference():
    ratio = 1 + 0.1 * np.sin(np.linspace(0, 8 * np.pi, 4000, endpoint=False))
    q = np.full(4000, 1 / 4000)
    middle = (q * ratio + q) / 2
    jsd = 0.5 * sum((p * np.log2(p / middle)).sum() for p in (q * ratio, q))
    found = judge(None, {"jsd": {"value": jsd + 1e-3, "error": 0.0, "floor": 1e-3, "base": 2}})["deviation"]
    assert found["value"] == pytest.approx(0.1 / 2**0.5, rel=2e-3)
    in_nats = {"value": jsd * np.log(2), "error": 0.0, "floor": 0.0, "base": np.e}
    assert judge(None, {"jsd": in_nats})["deviation"]["value"] == pytest.approx(found["value"])


@pytest.mark.parametrize(
    ("excess", "error", "verdict"),
    [(0.0, 1e-3, "accepted"), (0.009, 1e-3, "excluded"), (0.0, 5e-3, "undecided"), (0.0065, 1e-3, "undecided")],
)
def test_without_fits_the_deviation_judges(excess, error, verdict):
    """A deviation of 20 % is a JSD of .0072 bits beyond the floor, however large this is."""
    for floor in (1e-5, 1e-2):
        found = judge(None, {"jsd": {"value": floor + excess, "error": error, "floor": floor, "base": 2}})
        assert found["verdict"] == verdict
        assert found["bias"] is None and found["fit_verdict"] is None and found["p_value"] is None


def test_a_deviation_that_is_not_known_is_undecided():
    found = judge(fit(100.0, kappa=1e-3), {"jsd": {"value": None, "error": None, "floor": None, "base": 2}})
    assert found["verdict"] == "undecided" and found["bias_verdict"] == "accepted"


def test_corrected_p_values_rise_with_their_number_and_keep_their_order(rng):
    assert acceptance.corrected([0.2]) == [0.2]
    p_values = [0.001, *rng.uniform(size=9)]
    found = acceptance.corrected(p_values)
    assert found[0] == pytest.approx(0.01) and max(found) <= 1
    order = np.argsort(p_values)
    assert all(a <= b for a, b in pairwise(np.array(found)[order]))
    claimed = [min(acceptance.corrected(row)) < 0.05 for row in rng.uniform(size=(2000, 10)).tolist()]
    assert np.mean(claimed) == pytest.approx(0.05, abs=0.02)
