"""Empty bins among full ones are named and left out; honest fluctuations are not."""

import json

import numpy as np
import pyhf
import pytest
from scipy.optimize import minimize
from toy_spectrum import CENTRES, EDGES, INSIDE, TRUTH, sideband_fit

from unsculpt import axes, fits, shapes
from unsculpt.fits import deadbins, weights
from unsculpt.fits.problem import Problem

AXIS = axes.spectrum(EDGES, (120, 130))
HOLE = (CENTRES > 140) & (CENTRES < 148)
EXPONENTIALS = [shapes.function(1), shapes.function(2)]


def fit(counts, **options):
    return sideband_fit(counts, **{"engine": "glm", "max_order": 1} | options)


def find(counts, functions=EXPONENTIALS):
    counts = np.asarray(counts, float)
    problem = Problem(AXIS, counts, weights.measure(counts, counts, EDGES, ~INSIDE), np.zeros(55, bool))
    return deadbins.find(problem, counts == 0, functions)


def by_minimisation(counts, seen):
    """Window yield of an exponential fitted to some bins by a general minimiser."""
    x = (CENTRES - 132.5) / 27.5

    def nll(p):
        expected = np.exp(p[0] - p[1] * x)[seen]
        return (expected - counts[seen] * np.log(expected)).sum()

    best = minimize(
        nll, [np.log(counts[seen].mean()), 0.5], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9}
    )
    return np.exp(best.x[0] - best.x[1] * x)[INSIDE].sum()


@pytest.mark.parametrize("engine", ["glm", "pyhf"])
@pytest.mark.parametrize("blinded", [False, True])
def test_a_hole_is_left_out_of_the_fit_and_named(rng, engine, blinded):
    counts = np.where(HOLE, 0.0, rng.poisson(TRUTH))
    result = fit(counts, engine=engine, blinded=blinded)
    assert result.dead_gev == ((140.0, 148.0),)
    assert result.window_yield.value == pytest.approx(by_minimisation(counts, ~INSIDE & ~HOLE), rel=1e-4)
    assert result.ndf == 35 and result.p_value > 0.001
    (sentence,) = result.remarks
    assert "empty from 140 to 148 GeV" in sentence and "not fitted" in sentence and "range of the mass" in sentence
    interval = result.window_yield_interval
    assert (interval["high"] - interval["low"]) / 2 == pytest.approx(result.window_yield.error, rel=0.02)


def test_holes_do_not_bias_the_yield(rng):
    """Fitted as empty, they pulled it by more than five of its errors."""
    results = [fit(np.where(HOLE, 0.0, counts)) for counts in rng.poisson(TRUTH, size=(60, 55))]
    pulls = np.array([(r.window_yield.value - TRUTH[INSIDE].sum()) / r.window_yield.error for r in results])
    assert abs(pulls.mean()) < 0.45 and pulls.std() == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("events", [30, 100, 300, 1000])
def test_honest_fluctuations_are_not_dead(rng, events):
    for shape in (TRUTH, np.exp(-0.3 * (CENTRES - 105)), np.exp(-0.1 * CENTRES - 3e-3 * (CENTRES - 132.5) ** 2)):
        toys = rng.poisson(events * shape / shape.sum(), size=(60, 55))
        assert not any(find(counts).any() for counts in toys if counts[~INSIDE].sum() >= 10)


def test_a_run_is_dead_where_its_chance_is_below_one_in_a_million():
    """Six events a bin everywhere: two empty bins have a chance of 6e-6 and three of 1.5e-8."""
    for number, dead in ((2, False), (3, True)):
        counts = np.full(55, 6.0)
        counts[35 : 35 + number] = 0
        assert find(counts, EXPONENTIALS[:1]).sum() == (number if dead else 0)


def test_weighted_bins_count_in_effective_events():
    """Six events of weight a half a bin are as many as six of one; sums that cancel are not empty bins."""
    counts = np.full(55, 6.0)
    counts[35:38] = 0
    assert fit(0.5 * counts, sumw2=0.25 * counts).dead_gev == ((140.0, 143.0),)
    assert fit(0.5 * counts, sumw2=np.full(55, 1.5)).dead_gev == ()


def test_bins_narrower_than_the_steps_of_the_mass_are_refused():
    comb = np.where(np.arange(55) % 2, 500.0, 0.0)
    result = fit(comb)
    assert not result.fitted and "bins of the sidebands are empty" in result.reason and "narrower" in result.reason


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
def test_json_and_workspace_know_the_hole():
    counts = np.where(HOLE, 0.0, np.round(TRUTH))
    result = fit(counts)
    content = json.loads(json.dumps(fits.to_json(result)))
    assert content["dead_gev"] == [[140.0, 148.0]] and content["remarks"] == result.remarks
    assert fits.to_json(fits.from_json(content)) == content
    workspace = pyhf.Workspace(fits.workspace(result))
    assert len(workspace.channels) == 47 and "background_sidebands_0036" not in workspace.channels
    pdf = workspace.model(poi_name=None)
    best = pyhf.infer.mle.fit(workspace.data(pdf), pdf)
    assert best[pdf.config.par_map["N_background"]["slice"].start] == pytest.approx(1, abs=1e-2)
