"""The toy of the choice of the function: its rules are those of the program, and the new one scatters less."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from unsculpt import fits


@pytest.fixture(scope="module")
def toy():
    path = Path(__file__).parents[2] / "benchmarks" / "function_choice.py"
    spec = spec_from_file_location("function_choice", path)
    module = module_from_spec(spec)
    sys.modules["function_choice"] = module
    spec.loader.exec_module(module)
    return module


def test_the_likelihood_ratio_is_that_of_the_sideband_fit(toy, rng):
    shapes = np.repeat([toy.truths()[name] for name in ("one exponential", "two exponentials")], 4, axis=0)
    sumw = rng.poisson(4000 * shapes) / 20
    found = toy.by_likelihood_ratio(sumw, sumw / 20)
    settings = fits.Settings(toys=0)
    fitted = [fits.fit_spectrum(row, row / 20, toy.AXIS, settings=settings, engine="glm").function for row in sumw]
    assert [toy.SETTINGS.family[index] for index in found] == fitted and len(set(fitted)) == 2


def test_a_bend_that_data_cannot_see_scatters_by_likelihood_ratio_only(toy, rng):
    found, shares = toy.measure(toy.truths()["a little bent"], 1500, 60, rng)
    scatter = {rule: z.std() for rule, z in found.items()}
    assert scatter["spurious signal"] < 0.2 * scatter["likelihood ratio"]
    assert np.mean(shares["further, likelihood ratio"]) > 0.2
    assert np.mean(shares["further, spurious signal"]) < 0.02 and np.mean(shares["undecided"]) < 0.05


def test_what_a_small_template_does_not_know_costs_significance(toy, rng):
    for truth in ("one exponential", "two exponentials"):
        means = [toy.measure(toy.truths()[truth], n, 40, rng)[0]["spurious signal"].mean() for n in (4, 16, 1500)]
        assert means[0] < means[1] < means[2]
