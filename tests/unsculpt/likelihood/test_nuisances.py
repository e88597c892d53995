"""The likelihood with systematic uncertainties is the same in its three forms."""

from dataclasses import replace

import numpy as np
import pyhf
import pytest
from toy_categories import channel, seven, uncertain

from unsculpt.likelihood import Nuisances, models, workspace
from unsculpt.likelihood.combination import cls, discovery, lowest_mu
from unsculpt.likelihood.crosscheck import by_pyhf, pyhf_model
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.nuisances import KINDS
from unsculpt.likelihood.simultaneous import COEFFICIENTS, COMMON, LUMINOSITY, SPURIOUS, TEMPLATE, build

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")


@pytest.fixture
def three():
    """Channels of different order, one with a borrowed slope."""
    return [channel("a", 5, 20), channel("b", 7, 40, 2), channel("c", 3, 5, slope_prior=(0.036, 0.004))]


def pyhf_parameters(pdf, model, mu, shared, local):
    """The same point in the parameters of pyhf."""
    values = np.array(pdf.config.suggested_init())
    index = {name: pdf.config.par_map[name]["slice"].start for name in pdf.config.par_names}
    values[index["mu"]], values[index["luminosity"]] = mu, shared[LUMINOSITY]
    if "spurious" in index:
        values[index["spurious"]] = shared[COMMON]
    for name, own, start in zip(model.names, local, model.start, strict=True):
        values[index[f"template_{name}"]] = own[TEMPLATE]
        if f"spurious_{name}" in index:
            values[index[f"spurious_{name}"]] = own[SPURIOUS]
        values[index[f"N_{name}"]] = np.exp(own[COEFFICIENTS] - start[COEFFICIENTS])
        for letter, value in zip("ab", own[COEFFICIENTS + 1 :], strict=False):
            if f"{letter}_{name}" in index:
                values[index[f"{letter}_{name}"]] = value
    return values.tolist()


@pytest.mark.parametrize("common", [False, True])
def test_pyhf_computes_the_same_likelihood_everywhere(three, rng, common):
    nuisances = replace(uncertain(three), common_spurious_signal=common)
    model, pdf = build(three, nuisances), pyhf_model(three, nuisances)
    data = rng.poisson(model.expected(1.0)).astype(float)
    ours, theirs = [], []
    for mu in (0.3, 1.0, 2.2):
        found = fit(model, data, mu=mu)
        ours.append(2 * found.nll[0])
        point = pyhf_parameters(pdf, model, mu, found.shared[0], found.local[0])
        with models.numpy_backend():
            theirs.append(float(pyhf.infer.mle.twice_nll(point, data.ravel().tolist() + pdf.config.auxdata, pdf)[0]))
    assert np.diff(ours) == pytest.approx(np.diff(theirs), abs=1e-6)


@pytest.mark.parametrize("common", [False, True])
def test_pyhf_finds_the_same_minima(three, rng, common):
    nuisances = replace(uncertain(three, spurious=0.3), common_spurious_signal=common)
    model = build(three, nuisances)
    for data in (model.expected(1.0), rng.poisson(model.expected(1.5)).astype(float)):
        significance, mu = by_pyhf(three, nuisances, data)
        assert significance == pytest.approx(discovery(model, data)[0], abs=1e-4)
        assert mu == pytest.approx(fit(model, data).mu[0], abs=2e-3)


@pytest.mark.parametrize("common", [False, True])
def test_stock_pyhf_finds_the_same_from_the_plain_workspace(rng, common):
    channels = [channel("a", 8, 60), channel("b", 12, 200), channel("c", 6, 40, slope_prior=(0.036, 0.002))]
    nuisances = replace(uncertain(channels, spurious=0.3, luminosity=0.1), common_spurious_signal=common)
    model = build(channels, nuisances)
    data = rng.poisson(model.expected(1.0)).astype(float)
    stock = pyhf.Workspace(workspace([replace(c, counts=n) for c, n in zip(channels, data, strict=True)], nuisances))
    with models.numpy_backend():
        pdf = stock.model()
        observed = stock.data(pdf)
        best, free = pyhf.infer.mle.fit(observed, pdf, return_fitted_val=True)
        _, without = pyhf.infer.mle.fixed_poi_fit(0.0, observed, pdf, return_fitted_val=True)
    found = fit(model, data)
    assert abs(best[pdf.config.poi_index] - found.mu[0]) < 0.01 * found.mu_error[0]
    assert np.sqrt(float(without - free)) == pytest.approx(discovery(model, data)[0], abs=0.01)


def test_the_file_names_every_uncertainty(three):
    spec = workspace(three, uncertain(three))
    names = {m["name"] for part in spec["channels"] for sample in part["samples"] for m in sample["modifiers"]}
    assert {"luminosity", "spurious_a", "spurious_b", "spurious_c", "template_a", "mu", "N_c"} <= names
    assert len(spec["channels"]) == 3 * 55


def test_a_common_spurious_signal_is_one_parameter_of_the_file(three):
    spec = workspace(three, replace(uncertain(three), common_spurious_signal=True))
    names = {m["name"] for part in spec["channels"] for sample in part["samples"] for m in sample["modifiers"]}
    assert {name for name in names if name.startswith("spurious")} == {"spurious"}


def test_what_is_left_out_is_not_in_the_model(three):
    nothing = uncertain(three).without(*KINDS)
    assert nothing == Nuisances()
    assert not any("spurious" in name for name in pyhf_model(three, nothing).config.par_names)


def test_cls_is_that_of_pyhf(rng):
    channels = [channel("a", 5, 20)]
    nuisances = uncertain(channels)
    model, pdf = build(channels, nuisances), pyhf_model(channels, nuisances)
    for truth in (0.0, 1.0):
        data = rng.poisson(model.expected(truth)).astype(float)
        with models.numpy_backend():
            values = data.ravel().tolist() + pdf.config.auxdata
            theirs = pyhf.infer.hypotest(1.3, values, pdf, test_stat="qtilde")
        assert cls(model, data, 1.3)[0] == pytest.approx(float(theirs), abs=5e-4)


def test_seven_categories_keep_their_background_positive():
    model = build(seven(), uncertain(seven()))
    assert (model.expected(lowest_mu(model)) > 0).all()
    assert -1 < lowest_mu(model) < 0
