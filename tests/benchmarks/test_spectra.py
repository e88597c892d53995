"""The benchmarks of spectra and of the combination: what their pages quote, from independent calculations."""

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pyhf
import pytest

from unsculpt import likelihood, shapes
from unsculpt.likelihood.models import numpy_backend

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name):
    spec = spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def stock(spec, mu=None):
    """mu and twice the negative log-likelihood of a plain workspace by pyhf alone; mu may be fixed."""
    workspace = pyhf.Workspace(spec)
    with numpy_backend():
        pdf = workspace.model()
        data = workspace.data(pdf)
        fit = pyhf.infer.mle.fit if mu is None else lambda *a, **k: pyhf.infer.mle.fixed_poi_fit(mu, *a, **k)
        best, value = fit(data, pdf, return_fitted_val=True)
    return float(best[pdf.config.poi_index]), float(value)


@pytest.fixture(scope="module")
def real():
    return load("real_spectra")


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")  # inside pyhf 0.7
def test_the_higgs_bosons_of_the_inclusive_spectrum_are_signal_as_stock_pyhf_says_too(real, realdata):
    counts, edges = real.inclusive(realdata)
    signal, inside = real.higgs(realdata), real.in_window(edges)
    assert signal[inside].sum() == pytest.approx(371, abs=1)
    rows = {row["function"]: row for row in real.with_signal(counts, edges, signal)}
    assert [name for name, row in rows.items() if row["chosen"]] == ["exp3", "pow1"]
    axis = real.fit(counts, edges).axis
    for name in ("exp3", "pow1"):
        row = rows[name]
        channel = likelihood.Channel("h", axis, np.array(row["background"]), name, signal, counts)
        spec = likelihood.workspace([channel])
        mu, free = stock(spec)
        assert mu == pytest.approx(row["mu"][0], abs=0.03 * row["mu"][1])
        assert row["significance"] == pytest.approx(np.sqrt(stock(spec, 0.0)[1] - free), abs=0.02)
        one, other = row["one"]["deviance"] - row["free"]["deviance"], stock(spec, 1.0)[1] - free
        assert one == pytest.approx(other, abs=0.02)
        assert row["one"]["p_value"] > 0.4 and abs(row["mu"][0] - 1) < row["mu"][1]
    assert rows["exp1"]["one"]["p_value"] < 1e-3  # what the order has to rise from


def test_the_expected_signal_is_no_background_of_the_closure(real, realdata):
    """The pull by hand: what is observed, less the signal, less the prediction, over both errors."""
    found = real.measure(realdata)
    signal = float(real.higgs(realdata)[real.in_window(real.inclusive(realdata)[1])].sum())
    for name, pull in (("exp1", -4.2), ("exp2", -1.25), ("order by likelihood ratio", -0.3)):
        result = found[f"inclusive, {name}"][2]
        row = real.describe(name, result, signal)
        by_hand = (16924 - 371.2 - result.window_yield.value) / np.sqrt(16924 + result.window_yield.error**2)
        assert row["pull"] == pytest.approx(by_hand, abs=0.01) == pytest.approx(pull, abs=0.06)
    assert found["inclusive, order by likelihood ratio"][2].function == "exp3"


def test_a_signal_in_a_toy_is_found_at_the_order_that_the_toy_has(real, rng):
    edges = np.linspace(105, 160, 31)
    x = shapes.reduced(shapes.centres(edges), edges)
    background = 3000 * np.exp(-0.8 * x + 0.2 * x**2)
    signal = 1000 * shapes.CrystalBall(1.0, 125.0, 2.4, 1.6, 6.0, 1.5, 15.0).bins(edges)
    rows = {row["function"]: row for row in real.with_signal(background + signal, edges, signal)}
    assert rows["exp2"]["chosen"] and rows["exp2"]["mu"][0] == pytest.approx(1.0, abs=1e-4)
    assert rows["exp2"]["one"]["deviance"] == pytest.approx(0.0, abs=1e-6)
    assert rows["exp1"]["p_order"] is None and rows["exp3"]["p_order"] == pytest.approx(1.0, abs=0.01)


def test_wide_toys_of_a_power_law_pull_as_a_normal_distribution(rng):
    wide = load("wide_spectra")
    edges = np.arange(100, 221.0)
    background, signal = wide.spectrum("m^-4", edges, 10000)
    inside = (edges[:-1] >= 105) & (edges[1:] <= 160)
    assert background[inside].sum() == pytest.approx(10000)
    counts = rng.poisson(background + signal, size=(300, 120)).astype(float)
    power = wide.summary(*wide.by_likelihood_ratio(counts, edges, signal, wide.FAMILIES["power law"]))
    assert abs(power["mean"]) < 0.25 and power["width"] == pytest.approx(1.0, abs=0.15)
    assert power["order"] < 1.2 and power["rejected"] < 0.05
    one = wide.summary(*wide.by_likelihood_ratio(counts, edges, signal, ("exp1",)))
    assert one["rejected"] > 0.9  # one exponential does not describe it, and the p-value says so
    few = wide.summary(*wide.by_envelope(counts[:5], edges, signal, ("pow1", "pow2")))
    assert few["failed"] == 0 and few["order"] is None


def test_a_bump_is_pulled_as_far_as_its_size_in_the_combination(rng):
    """In closed form: a bump of the signal's shape moves mu by its events over those of the signal."""
    combination = load("combination")
    channels, uncertain = combination.categories(20.0)
    bump = [0.3 * c.background[c.axis.in_window].sum() for c in channels]
    model = combination.build(channels, uncertain.without("spurious_signal", "signal_template", "luminosity"))
    ratios = [b / c.signal.sum() for b, c in zip(bump, channels, strict=True)]
    for i, ratio in enumerate(ratios):
        alone = model.only(i)
        data = alone.expected(1.0) + ratio * alone.signal
        assert combination.fit(alone, data).mu[0] == pytest.approx(1 + ratio, rel=1e-4)


def test_the_injected_shapes_have_the_spurious_signal_that_they_are_given(rng):
    combination = load("combination")
    for name, shape in combination.truths().items():
        channels, uncertain, truth = combination.injected(shape, 20.0)
        window = truth[:, combination.AXIS.in_window].sum(1)
        smooth = 20 * np.array(combination.BACKGROUNDS)
        assert window == pytest.approx((1.3 if "bump" in name else 1.0) * smooth)
        sizes = np.array([uncertain.spurious_signal[c.name] for c in channels])
        if name == "one exponential":
            assert sizes.max() < 1e-3
            continue
        model = combination.build(channels, replace(uncertain, spurious_signal={}))
        for i, channel in enumerate(channels):  # at 125 GeV the fit finds no more than the largest of the scan
            found = combination.fit(model.only(i), truth[i : i + 1], lower=-5.0).mu[0] * channel.signal.sum()
            assert abs(found) <= sizes[i] * (1 + 1e-3)
    rows = list(combination.injections(5, rng))
    assert len(rows) == 24 and sum(row["quoted"] for row in rows) == 12
