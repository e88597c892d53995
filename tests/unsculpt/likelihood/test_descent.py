"""The fast fit of the combined likelihood: derivatives, minima, robustness, limits in closed form."""

import time
from dataclasses import replace

import numpy as np
import pytest
from iminuit import Minuit
from toy_categories import channel, seven, uncertain

from unsculpt import shapes
from unsculpt.likelihood import Nuisances, poisson_glm
from unsculpt.likelihood.combination import combined, discovery
from unsculpt.likelihood.descent import _State, fit
from unsculpt.likelihood.simultaneous import build, constraint_centres


@pytest.mark.parametrize("common", [False, True])
def test_derivatives_are_those_of_differences(rng, common):
    channels = [channel("a", 5, 20), channel("b", 7, 40, 2)]
    nuisances = uncertain(channels, spurious=0.3, template=0.2, luminosity=0.1)
    model = build(channels, replace(nuisances, common_spurious_signal=common))
    data = rng.poisson(model.expected(1.0)).astype(float)[None]
    base = _State.begin(model, data, None, 0.0, None, None)
    local = base.local + 0.1 * rng.standard_normal(base.local.shape)
    shape = local.shape

    def at(x):
        return base.evaluate(x[:1], x[None, 1:3], x[3:].reshape(shape))[0]

    point = np.concatenate([[1.3, 0.4, -0.7], local.ravel()])
    base.mu, base.shared, base.local = point[:1], point[None, 1:3], local
    background, total = base.expectation(base.mu, base.shared, base.local)
    ratio = data / total
    overall, own, scale = base.gradient(background, ratio)
    steps = 1e-5 * np.eye(len(point))
    numeric = [(at(point + h) - at(point - h)) / 2e-5 for h in steps]
    assert np.concatenate([overall[0], own.ravel()]) == pytest.approx(numeric, abs=1e-5)
    second = base.curvature(background, ratio, ratio / total, scale)
    steps = 1e-4 * np.eye(len(point))[:4]
    numeric = [
        [(at(point + h + k) - at(point + h - k) - at(point - h + k) + at(point - h - k)) / 4e-8 for k in steps]
        for h in steps
    ]
    assert second[0][0] == pytest.approx(np.array(numeric)[:3, :3], rel=1e-3, abs=1e-3)
    assert second[1][0, 0, 0] == pytest.approx(np.array(numeric)[3, :3], rel=1e-3, abs=1e-3)
    assert second[2][0, 0, 0, 0] == pytest.approx(numeric[3][3], rel=1e-3)


@pytest.mark.parametrize("common", [False, True])
def test_minuit_finds_the_same_minimum(rng, common):
    channels = [channel("a", 5, 20), channel("b", 7, 40)]
    model = build(channels, replace(uncertain(channels, spurious=0.3), common_spurious_signal=common))
    data = rng.poisson(model.expected(1.0)).astype(float)
    found = fit(model, data)
    state = _State.begin(model, data[None], None, 0.0, None, None)
    shape = state.local.shape

    def nll(x):
        return state.evaluate(x[:1], x[None, 1:3], x[3:].reshape(shape))[0]

    minuit = Minuit(nll, np.concatenate([[1.0, 0.0, 0.0], model.start.ravel()]))
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.migrad(ncall=20000)
    minuit.hesse()
    assert found.nll[0] == pytest.approx(minuit.fval, abs=1e-3)
    assert abs(found.mu[0] - minuit.values[0]) < 0.01 * found.mu_error[0]
    assert found.mu_error[0] == pytest.approx(minuit.errors[0], rel=0.01)


def test_one_channel_without_uncertainties_is_the_regression(rng):
    one = channel("a", 8, 30)
    toys = rng.poisson(build([one]).expected(1.0), size=(20, 1, 55)).astype(float)
    found, other = (
        fit(build([one]), toys, lower=-0.2),
        poisson_glm(toys[:, 0], shapes.basis(one.edges, 1), one.signal),
    )
    inside = other.mu > -0.15
    assert found.mu[inside] == pytest.approx(other.mu[inside], abs=1e-4)
    assert found.mu_error[inside] == pytest.approx(np.sqrt(other.covariance[inside, 0, 0]), rel=1e-3)


def test_a_spurious_signal_adds_to_the_error_in_quadrature():
    one = channel("a", 300, 40000)
    statistical = fit(build([one]), build([one]).expected(1.0)).mu_error[0]
    for events in (30.0, 300.0):
        model = build([one], Nuisances(spurious_signal={"a": events}))
        error = fit(model, model.expected(1.0)).mu_error[0]
        assert error == pytest.approx(np.hypot(statistical, events / 300), rel=1e-3)


def test_an_uncertain_normalisation_adds_in_proportion_to_the_signal():
    one = channel("a", 3000, 40000)
    statistical = fit(build([one]), build([one]).expected(1.0)).mu_error[0]
    for nuisances in (Nuisances(luminosity=0.03), Nuisances(signal_template={"a": 0.03})):
        model = build([one], nuisances)
        assert fit(model, model.expected(1.0)).mu_error[0] == pytest.approx(np.hypot(statistical, 0.03), rel=0.01)
        assert discovery(model, model.expected(1.0))[0] == pytest.approx(combined([one]).significance, rel=1e-6)


def test_a_borrowed_slope_sharpens_a_small_category():
    free, borrowed = channel("a", 3, 3), channel("a", 3, 3, slope_prior=(1 / 28, 0.002))
    errors = [fit(build([c]), build([c]).expected(1.0)).mu_error[0] for c in (free, borrowed)]
    assert errors[1] < errors[0]
    loose = channel("a", 3, 3, slope_prior=(1 / 28, 10.0))
    assert fit(build([loose]), build([loose]).expected(1.0)).mu_error[0] == pytest.approx(errors[0], rel=1e-4)


def test_the_signal_strength_stops_at_its_bound():
    model = build([channel("a", 50, 200)])
    deficit = np.maximum(model.expected(0.0) - 0.3 * model.signal, 0)
    assert fit(model, deficit).mu[0] == 0.0
    assert fit(model, deficit, lower=-1.0).mu[0] == pytest.approx(-0.3, abs=1e-4)
    assert discovery(model, deficit)[0] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("background", [2.0, 4.0, 50.0])
def test_no_fit_of_ten_thousand_fails(background, rng):
    one = channel("a", 5, background)
    model = build([one], uncertain([one], spurious=0.3))
    toys = rng.poisson(model.expected(0.5), size=(3500, 1, 55)).astype(float)
    centres = constraint_centres(model, len(toys), rng)
    assert np.isfinite(discovery(model, toys, centres=centres)).all()
    assert fit(model, toys, lower=-0.1, centres=centres).converged.all()


def test_data_without_any_event_are_fitted():
    model = build([channel("a", 5, 20)], uncertain([channel("a", 5, 20)]))
    found = fit(model, np.zeros((1, 55)))
    assert found.converged.all()
    assert found.mu[0] == 0.0


def test_counts_that_no_poisson_gives_are_refused():
    model = build([channel("a", 5, 20)])
    for wrong in (np.nan, -1.0):
        with pytest.raises(ValueError, match="finite and not negative"):
            fit(model, np.full((1, 55), wrong))


def test_seven_categories_are_fitted_in_a_tenth_of_a_second():
    model = build(seven(), uncertain(seven()))
    times = []
    for _ in range(5):
        start = time.process_time()
        assert fit(model, model.expected(1.0)).converged.all()
        times.append(time.process_time() - start)
    assert min(times) < 0.1


def test_a_common_spurious_signal_does_not_average_out():
    """Three equal categories: independent ones add in quadrature, a common one in full."""
    channels = [channel(name, 300, 40000) for name in "abc"]
    statistical = fit(build(channels), build(channels).expected(1.0)).mu_error[0]
    events = {c.name: 60.0 for c in channels}
    for common, share in ((False, 0.2 / np.sqrt(3)), (True, 0.2)):
        model = build(channels, Nuisances(spurious_signal=events, common_spurious_signal=common))
        assert fit(model, model.expected(1.0)).mu_error[0] == pytest.approx(np.hypot(statistical, share), rel=1e-3)
