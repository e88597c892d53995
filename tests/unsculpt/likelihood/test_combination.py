"""Significance, signal strength and limits of a combination."""

import time
from dataclasses import replace

import numpy as np
import pyhf
import pytest
from toy_categories import channel, seven, uncertain

from unsculpt.likelihood import combination, models
from unsculpt.likelihood.combination import cls, combined, discovery, impacts, profile, strength
from unsculpt.likelihood.crosscheck import pyhf_model
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.nuisances import KINDS
from unsculpt.likelihood.simultaneous import build, constraint_centres

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")


def test_the_likelihood_rises_by_one_half_at_the_errors(rng):
    channels = seven()
    model = build(channels, uncertain(channels))
    data = rng.poisson(model.expected(1.0)).astype(float)
    found = strength(model, data)
    assert found.error_high > found.error_low  # few events: skewed
    edges = [found.value - found.error_low, found.value, found.value + found.error_high]
    assert profile(model, data, edges) == pytest.approx([1.0, 0.0, 1.0], abs=1e-3)


def test_an_error_beyond_the_bound_is_not_a_number():
    model = build([channel("a", 20, 0.5)])
    found = strength(model, model.expected(0.0))
    assert found.value == pytest.approx(0.0, abs=1e-4)
    assert found.error_low is None
    assert found.error_high > 0


def test_pyhf_excludes_the_observed_limit_at_95_percent(rng):
    channels = [channel("a", 6, 20), channel("b", 6, 60)]
    nuisances = uncertain(channels)
    data = rng.poisson(build(channels, nuisances).expected(0.5)).astype(float)
    seen = [replace(c, counts=n) for c, n in zip(channels, data, strict=True)]
    limit = combined(seen, nuisances).observed_limit
    with models.numpy_backend():
        pdf = pyhf_model(channels, nuisances, mu_max=20.0)
        values = data.ravel().tolist() + pdf.config.auxdata
        assert float(pyhf.infer.hypotest(limit, values, pdf, test_stat="qtilde")) == pytest.approx(0.05, abs=1e-3)


def test_systematic_uncertainties_only_cost():
    channels = seven()
    bare, full = combined(channels), combined(channels, uncertain(channels))
    assert full.significance < bare.significance
    assert full.limit_expected > bare.limit_expected
    assert full.mu.error_high > bare.mu.error_high
    assert list(full.limit_band) == sorted(full.limit_band)


def test_impacts_add_up_to_the_difference_between_everything_and_statistics():
    channels = seven()
    rows = {row["name"]: row for row in impacts(channels, uncertain(channels, spurious=0.2, luminosity=0.1))}
    assert list(rows) == ["all", *KINDS, "statistics"]
    squares = sum(rows[kind]["impact_high"] ** 2 for kind in KINDS)
    assert squares == pytest.approx(rows["statistics"]["impact_high"] ** 2, rel=0.1)
    assert rows["all"]["significance"] < rows["spurious_signal"]["significance"]
    assert rows["spurious_signal"]["significance"] == pytest.approx(rows["statistics"]["significance"], abs=1e-6)
    assert rows["luminosity"]["significance"] == pytest.approx(rows["all"]["significance"], abs=1e-6)


def test_without_signal_there_is_a_sentence():
    with pytest.raises(ValueError, match="no signal is expected"):
        combined([channel("a", 0, 20)])


def test_a_fit_that_does_not_converge_is_said_so(monkeypatch):
    monkeypatch.setattr(combination, "discovery", lambda *_, **__: np.array([np.nan]))
    with pytest.raises(ValueError, match="did not converge"):
        combined([channel("a", 5, 20)])


def test_the_signal_strength_of_toys_has_the_right_pulls_and_coverage(rng):
    channels = [channel("a", 20, 40), channel("b", 30, 150), channel("c", 20, 400, 2)]
    model = build(channels, uncertain(channels))
    toys = rng.poisson(model.expected(1.0), size=(1500, 3, 55)).astype(float)
    centres = constraint_centres(model, len(toys), rng)
    best = fit(model, toys, lower=-0.5, centres=centres)
    there = fit(model, toys, mu=1.0, centres=centres)
    pull = (best.mu - 1) / best.mu_error
    assert best.converged.all()
    assert abs(pull.mean()) < 0.1
    assert pull.std() == pytest.approx(1.0, abs=0.06)
    assert np.mean(2 * (there.nll - best.nll) < 1) == pytest.approx(0.683, abs=0.04)


def test_a_limit_covers_at_least_as_often_as_it_says(rng):
    channels = [channel("a", 6, 20), channel("b", 6, 60)]
    model = build(channels, uncertain(channels))
    mu = combined(channels, uncertain(channels)).limit_expected
    toys = rng.poisson(model.expected(mu), size=(1000, 2, 55)).astype(float)
    centres = constraint_centres(model, len(toys), rng)
    assert np.mean(cls(model, toys, mu, centres=centres) > 0.05) > 0.94


def test_significances_of_background_toys_are_half_a_normal_distribution(rng):
    channels = [channel("a", 20, 100), channel("b", 20, 300)]
    model = build(channels, uncertain(channels))
    toys = rng.poisson(model.expected(0.0), size=(2000, 2, 55)).astype(float)
    found = discovery(model, toys, centres=constraint_centres(model, len(toys), rng))
    assert np.mean(found > 1e-3) == pytest.approx(0.5, abs=0.04)
    assert np.mean(found > 1) == pytest.approx(0.159, abs=0.03)


def test_the_limits_of_seven_categories_take_seconds():
    channels = seven()
    start = time.process_time()
    combined(channels, uncertain(channels))
    assert time.process_time() - start < 10
