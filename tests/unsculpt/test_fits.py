"""Sideband fits: extrapolation, guards, order choice, weighted templates, spurious signal, signal shape, real data."""

import json

import numpy as np
import pyhf
import pytest
from toy_spectrum import sideband_fit as fit

from unsculpt import axes, files, fits, likelihood, shapes
from unsculpt.fits.extrapolation import fit_asimov, sideband_yields
from unsculpt.fits.goodness import deviance, merge

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
CENTRES = shapes.centres(EDGES)
INSIDE = AXIS.in_window
FALLING = np.exp(-0.025 * CENTRES) / np.exp(-0.025 * CENTRES).sum()


def curved(events, b):
    """Exponential with a quadratic term b (GeV^-2) in the exponent around the centre, shape (55,)."""
    shape = np.exp(-0.025 * CENTRES - b * (CENTRES - 132.5) ** 2)
    return events * shape / shape.sum()


def test_an_exact_exponential_is_recovered_with_its_window_and_slope():
    result = fit(10000 * FALLING)
    assert result.fitted and result.order == 1 and result.function == "exp1"
    assert result.window_yield.value == pytest.approx(10000 * FALLING[INSIDE].sum(), rel=1e-6)
    assert result.slope.value == pytest.approx(0.025, rel=1e-5)
    assert result.pull == pytest.approx(0.0, abs=1e-3)
    assert result.chi2 == pytest.approx(0.0, abs=1e-6) and result.ndf == 43
    assert result.expected == pytest.approx(10000 * FALLING, rel=1e-6)
    assert result.parameters["a"].value == pytest.approx(0.025 * 27.5, rel=1e-5)


def test_both_engines_give_the_same_numbers(rng):
    counts = rng.poisson(10000 * FALLING).astype(float)
    for order in (1, 2):
        one, other = fit(counts, function=order), fit(counts, function=order, engine="glm")
        assert one.window_yield.value == pytest.approx(other.window_yield.value, rel=1e-5)
        assert one.window_yield.error == pytest.approx(other.window_yield.error, rel=1e-3)
        assert one.cross_check["window_yield"]["value"] == other.window_yield.value
        assert (one.engine, other.engine) == ("pyhf loglinear, minuit", "poisson_glm")


def test_weights_times_seven_are_yields_times_seven_and_nothing_else(rng):
    counts = rng.poisson(3000 * FALLING).astype(float)
    one, seven = fit(counts), fit(7 * counts, 49 * counts)
    assert seven.kappa == pytest.approx(7.0)
    for name in ("window_yield", "window_simulated"):
        assert getattr(seven, name).value == pytest.approx(7 * getattr(one, name).value, rel=1e-6)
        assert getattr(seven, name).error == pytest.approx(7 * getattr(one, name).error, rel=1e-3)
    for name in ("chi2", "p_value", "pull"):
        assert getattr(seven, name) == pytest.approx(getattr(one, name), rel=1e-3)
    assert seven.slope.value == pytest.approx(one.slope.value, rel=1e-6)


@pytest.mark.parametrize("negative, width", [(0.0, 0.06), (0.1, 0.1)])
def test_window_yields_of_weighted_templates_have_pulls_of_width_one(rng, negative, width):
    """Lognormal weights, some negative: the kappa scaling makes the Poisson errors right."""
    n = 2000
    events = rng.poisson(5000 * FALLING, size=(n, 55))
    sumw, sumw2 = np.zeros((n, 55)), np.zeros((n, 55))
    cell = np.repeat(np.arange(n * 55), events.ravel())
    weight = rng.lognormal(-3, 0.5, cell.size) * np.where(rng.random(cell.size) < negative, -1, 1)
    sumw, sumw2 = (np.bincount(cell, w, minlength=n * 55).reshape(n, 55) for w in (weight, weight**2))
    kappa = sumw2[:, ~INSIDE].sum(1) / sumw[:, ~INSIDE].sum(1)
    value, error, converged = sideband_yields(np.maximum(sumw / kappa[:, None], 0), AXIS, function=1)
    truth = 5000 * FALLING[INSIDE].sum() * np.exp(-3 + 0.125) * (1 - 2 * negative)
    pull = (kappa * value - truth) / (kappa * error)
    assert converged.all()
    assert abs(pull.mean()) < 0.1
    assert pull.std() == pytest.approx(1.0, abs=width)
    single = fit(sumw[0], sumw2[0], function=1)
    assert single.window_yield.value == pytest.approx(kappa[0] * value[0], rel=1e-5)
    assert single.window_yield.error == pytest.approx(kappa[0] * error[0], rel=0.03)  # by the weights of each bin


def spoilt(position, value):
    counts = 1000 * FALLING
    return np.where(np.arange(55) == position, value, counts)


GUARDED = {
    "five events": (np.where(np.isin(np.arange(55), (2, 9, 30, 40, 50)), 1.0, 0.0), "5 effective events, fewer than"),
    "one event": (np.where(np.arange(55) == 3, 1.0, 0.0), "1 effective events"),
    "no events": (np.zeros(55), "the sidebands are empty"),
    "events in the window only": (np.where(INSIDE, 100.0, 0.0), "the sidebands are empty"),
    "events on one side": (np.where(CENTRES < 125, 1000 * FALLING, 0.0), "0 above; each needs one"),
    "two bins": (np.where(np.isin(np.arange(55), (0, 54)), 50.0, 0.0), "2 bins of the sidebands hold events"),
    "negative bin": (spoilt(40, -50.0), "negative by more than three"),
    "missing bin": (spoilt(40, np.nan), "not finite"),
    "infinite bin": (spoilt(3, np.inf), "not finite"),
    "all in one bin but one": (
        np.where(np.arange(55) == 0, 1e6, np.where(np.arange(55) > 52, 1e-3, 0.0)),
        "each needs",
    ),
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_degenerate_spectrum_is_not_fitted_and_says_why(name):
    counts, reason = GUARDED[name]
    result = fit(counts, np.abs(counts))
    assert result.status == "not_fitted" and reason in result.reason
    assert result.window_yield is None and result.chi2 is None
    assert fits.to_json(result)["model"] is None
    assert fits.workspace(result)["status"] == "not_fitted"


def test_a_count_that_is_negative_is_not_fitted():
    counts = np.round(1000 * FALLING)
    counts[40] = -1
    assert fit(counts).reason == "a bin of the spectrum is negative by more than three of its errors"


def test_a_coefficient_beyond_its_bound_is_not_a_fit():
    assert fit(1e30 * np.exp(105.0 - CENTRES)).reason == "a coefficient of the fit is at its bound"


def test_a_steep_but_sound_spectrum_is_fitted(rng):
    shape = np.exp(-0.3 * (CENTRES - 105))
    result = fit(rng.poisson(1e5 * shape / shape.sum()).astype(float))
    assert abs(result.slope.value - 0.3) < 4 * result.slope.error


def test_a_failure_of_the_minimiser_is_a_reason_and_not_an_exception(monkeypatch):
    def fail(*arguments):
        raise pyhf.exceptions.FailedMinimization(type("Result", (), {"message": "no"})())

    monkeypatch.setattr("unsculpt.fits.problem.fit_sidebands", fail)
    assert fit(1000 * FALLING).reason == "the fit did not converge"


def test_the_window_of_a_blinded_spectrum_is_never_looked_at():
    counts = 1000 * FALLING
    results = [fit(np.where(INSIDE, value, counts), blinded=True) for value in (0.0, 1e6, np.nan)]
    for result in results:
        assert result.window_simulated is None and result.pull is None
        assert result.window_yield == results[0].window_yield
        assert result.window_yield.value == pytest.approx(counts[INSIDE].sum(), rel=1e-5)
        spectrum = fits.to_json(result)["spectrum"]
        assert [v is None for v in spectrum["sumw"]] == INSIDE.tolist()


def test_a_fit_survives_its_json_form(tmp_path, rng):
    counts = rng.poisson(1000 * FALLING).astype(float)
    for result in (fit(counts), fit(np.zeros(55)), fit(counts, blinded=True)):
        files.save_json(fits.to_json(result), tmp_path / "fit.json")
        content = files.load_json(tmp_path / "fit.json")
        assert fits.to_json(fits.from_json(content)) == content
    assert "spectrum" not in fits.to_json(result, spectra=False)


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
def test_the_workspace_of_a_fit_is_one_that_stock_pyhf_loads_and_fits(rng):
    counts = rng.poisson(4000 * FALLING).astype(float)
    result = fit(0.05 * counts, 0.0025 * counts)
    workspace = pyhf.Workspace(json.loads(json.dumps(fits.workspace(result))))
    side = workspace.prune(channels=[name for name in workspace.channels if "window" in name])
    pdf = side.model(poi_name=None)
    best = pyhf.infer.mle.fit(side.data(pdf), pdf)
    assert best[pdf.config.par_map["N_background"]["slice"].start] == pytest.approx(1.0, abs=1e-4)
    window = workspace.prune(channels=[name for name in workspace.channels if "sidebands" in name])
    predicted = window.model(poi_name=None).expected_actualdata(best.tolist()).sum()
    assert result.kappa * predicted == pytest.approx(result.window_yield.value, rel=1e-5)


def test_a_higher_order_is_taken_falsely_as_often_as_its_p_value_says(rng):
    toys = rng.poisson(10000 * FALLING, size=(1000, 55))[:, ~INSIDE]
    one, two = (likelihood.poisson_glm(toys, shapes.basis(EDGES, order)[~INSIDE]) for order in (1, 2))
    chosen = np.mean(2 * (one.nll - two.nll) > 3.841)
    assert chosen == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize("events, b, low, high", [(10000, 1e-4, 0.3, 0.65), (100000, 1e-4, 0.97, 1.0)])
def test_curvature_is_found_when_there_are_events_enough(rng, events, b, low, high):
    orders = [fit(rng.poisson(curved(events, b)).astype(float), engine="glm").order for _ in range(100)]
    assert low <= np.mean(np.array(orders) == 2) <= high


def test_a_fixed_order_is_kept_and_the_choice_is_still_reported():
    result = fit(curved(1e6, 3e-4), function=1)
    assert result.order == 1 and result.function == "exp1"
    assert result.order_choice["p_value"] < 1e-6
    assert set(result.orders) == {"1", "2"} and result.orders["1"]["chi2"] == result.chi2
    assert fit(curved(1e6, 3e-4)).order == 2


def test_every_order_says_its_criteria():
    row = fit(10000 * FALLING).orders["2"]
    assert row["aic"] == pytest.approx(row["deviance"] + 6)
    assert row["bic"] == pytest.approx(row["deviance"] + 3 * np.log(10000 * FALLING[~INSIDE].sum()))


@pytest.mark.parametrize("events", [300, 3000])
def test_the_p_value_of_toys_is_flat(rng, events):
    p = [fit(c, function=1, engine="glm").p_value for c in rng.poisson(events * FALLING, size=(120, 55)).astype(float)]
    assert np.mean(np.array(p) < 0.1) == pytest.approx(0.1, abs=0.09)
    assert np.mean(p) == pytest.approx(0.5, abs=0.08)


def test_bins_merge_on_each_side_of_the_window_until_five_events_are_expected():
    positions = np.array([0, 1, 2, 3, 8, 9, 10])
    assert merge(np.array([6.0, 3, 3, 1, 2, 2, 2]), positions).tolist() == [0, 1, 1, 1, 2, 2, 2]
    assert merge(np.array([9.0, 9, 9, 9, 9, 9, 9]), positions).tolist() == list(range(7))
    assert merge(np.array([1.0, 1, 1, 1, 1, 1, 1]), positions).tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_the_deviance_of_a_perfect_fit_is_zero():
    assert deviance(np.array([0.0, 4.0]), np.array([1e-300, 4.0])) == pytest.approx(0.0)


def test_the_asimov_fit_has_the_error_that_data_have(rng):
    expected = fit_asimov(1000 * FALLING, AXIS, function=1)
    assert expected.value == pytest.approx(1000 * FALLING[INSIDE].sum(), rel=1e-5)
    values, _, _ = sideband_yields(rng.poisson(1000 * FALLING, size=(2000, 55)), AXIS, function=1)
    assert values.std() == pytest.approx(expected.error, rel=0.05)


def test_an_asimov_fit_without_sidebands_has_no_finite_error():
    assert fit_asimov(np.where(INSIDE, 3.0, 0.0), AXIS, function=1).error == np.inf


def gaussian(mass, width=1.7):
    return shapes.CrystalBall(1.0, mass, width, 5.0, 5.0, 5.0, 5.0).bins(EDGES)


def test_a_background_of_the_fitted_form_has_no_spurious_signal():
    background = 10000 * FALLING
    result = fits.spurious_signal(
        background, background, EDGES, gaussian, function=1, expected_signal=50, criteria=fits.SpuriousCriteria()
    )
    assert abs(result.n_sp) < 0.1 and result.passes


def test_spurious_signals_of_other_forms_are_those_of_the_references():
    """Curvature 1e-4: +31 events of 50; power law m^-4: -38 with one exponential, -3 with two; turn-on: fails."""
    quadratic, power = curved(10000, 1e-4), CENTRES**-4.0 / np.sum(CENTRES**-4.0) * 10000
    cases = ((quadratic, 1, 31, False), (quadratic, 2, 0, True), (power, 1, -38, False), (power, 2, -3, True))
    for background, order, expected, passes in cases:
        result = fits.spurious_signal(
            background,
            background,
            EDGES,
            gaussian,
            function=order,
            expected_signal=50,
            criteria=fits.SpuriousCriteria(),
        )
        assert result.n_sp == pytest.approx(expected, abs=1.5)
        assert result.passes == passes
    assert (
        fits.spurious_signal(
            np.zeros(55),
            np.zeros(55),
            EDGES,
            gaussian,
            function=1,
            expected_signal=50,
            criteria=fits.SpuriousCriteria(),
        )
        is None
    )


def test_the_shape_of_a_weighted_signal_is_found(rng):
    truth = shapes.CrystalBall(1.0, 125.1, 1.4, 1.6, 6.0, 1.5, 12.0)
    counts = rng.poisson(20000 * truth.bins(EDGES))
    result = fits.fit_signal(0.003 * counts, 9e-6 * counts, EDGES)
    for name in ("mean", "sigma", "alpha_low", "alpha_high"):
        found = result.parameters[name]
        assert abs(found.value - getattr(truth, name)) < 4 * found.error
    assert result.parameters["mean"].error == pytest.approx(1.4 / np.sqrt(20000), rel=0.4)
    assert result.shape.bins(EDGES).sum() == pytest.approx(0.003 * counts.sum())
    assert fits.fit_signal(np.zeros(55), np.zeros(55), EDGES) is None


def inclusive(realdata):
    uproot = pytest.importorskip("uproot")
    with uproot.open(realdata / "hyy2020_hists_runA" / "data.root") as file:
        counts, edges = file["hist_mYY_bin1"].to_numpy()
    first, last = np.flatnonzero((shapes.centres(edges) > 120) & (shapes.centres(edges) < 130))[[0, -1]]
    return counts.astype(float), axes.spectrum(edges, (edges[first], edges[last + 1]))


def test_the_inclusive_spectrum_of_real_data_rejects_one_exponential(realdata):
    counts, axis = inclusive(realdata)
    result = fit(counts, axis=axis, max_order=3)
    assert counts.sum() == 76394
    assert result.axis.window == pytest.approx((119.667, 130.667), abs=1e-3)  # the bins whose centres lie in 120-130
    rows = result.orders
    for order, value, error, dev, ndf in (
        ("1", 17178, 70, 45.3, 22),
        ("2", 16769, 114, 25.5, 21),
        ("3", 16606, 129, 18.7, 20),
    ):
        assert rows[order]["window_yield"]["value"] == pytest.approx(value, abs=1)
        assert rows[order]["window_yield"]["error"] == pytest.approx(error, abs=1)
        assert rows[order]["deviance"] == pytest.approx(dev, abs=0.06)
        assert rows[order]["ndf"] == ndf
    assert rows["1"]["p_value"] == pytest.approx(0.0025, abs=0.0005)
    assert rows["1"]["slope"]["value"] == pytest.approx(0.0310, abs=5e-5)
    assert result.window_simulated.value == 16924
    default = fit(counts, axis=axis)
    assert default.order == 2 and default.order_choice["p_values"]["2"] < 1e-4
    assert default.p_value == pytest.approx(0.23, abs=0.01)


@pytest.mark.parametrize(
    "name, slope, error, dev",
    [
        ("ttH_had_BDT1", 0.0191, 0.0042, 33.0),
        ("ttH_had_BDT2", 0.0209, 0.0018, 20.1),
        ("ttH_had_BDT3", 0.0240, 0.0009, 22.2),
        ("tH_had_4j1b", 0.0298, 0.0016, 16.6),
    ],
)
def test_control_regions_of_real_data_fall_as_one_exponential(realdata, name, slope, error, dev):
    content = files.load_json(realdata / "atlas2025_tth_hadronic_category_mgg.json")
    edges, counts = np.array(content["edges_GeV"]), np.array(content["categories"][name]["nti_counts"], float)
    full = likelihood.poisson_glm(counts, shapes.basis(edges, 1))
    assert full.beta[0, 1] / 27.5 == pytest.approx(slope, abs=6e-5)
    assert np.sqrt(full.covariance[0, 1, 1]) / 27.5 == pytest.approx(error, abs=6e-5)
    assert deviance(counts, full.expected[0]) == pytest.approx(dev, abs=0.06)
    sidebands = np.array(content["categories"][name]["ti_data_sidebands"], float)
    result = fit(sidebands, axis=axes.spectrum(edges, (120, 130)), blinded=True)
    assert result.fitted == (sidebands.sum() >= 10)
    assert result.pull is None


def categories(realdata):
    content = files.load_json(realdata / "atlas2025_tth_hadronic_category_mgg.json")
    return np.array(content["edges_GeV"]), content["categories"]


@pytest.mark.parametrize("name, borrows", [("ttH_had_BDT1", True), ("ttH_had_BDT2", True), ("ttH_had_BDT3", False)])
def test_few_data_in_real_sidebands_borrow_the_slope_of_their_control_region(realdata, name, borrows):
    """4, 36 and 144 events: the first two cannot measure a slope, and agree with the borrowed one."""
    edges, spectra = categories(realdata)
    axis = axes.spectrum(edges, (120, 130))
    control, data = (np.array(spectra[name][key], float) for key in ("nti_counts", "ti_data_sidebands"))
    slope = fit(control, axis=axis).slope
    prior = (slope.value, slope.error) if fits.Settings().borrows_slope(data.sum()) else None
    result = fit(data, axis=axis, blinded=True, slope_prior=prior)
    assert result.fitted and (result.slope_from == "control region") == borrows
    assert abs(result.slope.value - slope.value) < 2 * np.hypot(result.slope.error, slope.error)
    if borrows:
        assert result.slope.error <= slope.error < result.slope_own.error
        factor = result.window_yield.value / data.sum()
        interval = result.window_yield_interval
        assert 0.2 < factor < 0.3 and interval["low"] < result.window_yield.value < interval["high"]


@pytest.mark.parametrize("name", ["ttH_had_BDT2", "ttH_had_BDT3", "tH_had_4j1b"])
def test_real_control_regions_hardly_fake_a_signal(realdata, name):
    """Scaled to the data, one exponential finds less signal in them than twice the error of the template."""
    edges, spectra = categories(realdata)
    control = np.array(spectra[name]["nti_counts"], float)
    scale = 0.0319  # of the sidebands of data to those of the control regions, all categories together

    def shape(mass):
        return shapes.CrystalBall(1.0, mass, 1.7, 1.6, 6.0, 1.5, 15.0).bins(edges)

    options = {
        "function": 1,
        "criteria": fits.SpuriousCriteria(),
        "expected_signal": max(np.sum(spectra[name]["sig_ttH_tH_36fb"]), 0.1),
    }
    result = fits.spurious_signal(scale * control, scale**2 * control, edges, shape, **options)
    assert abs(result.n_sp) < 2.5 * result.template_error
    assert result.template_error < 0.2 * result.error


def test_the_inclusive_spectrum_of_real_data_prefers_two_exponentials_in_the_f_test_too(realdata):
    counts, axis = inclusive(realdata)
    rows = fit(counts, axis=axis, max_order=3).orders
    assert rows["2"]["f_test"] < 0.001
    assert rows["2"]["aic"] < rows["1"]["aic"] - 10 and rows["2"]["bic"] < rows["1"]["bic"] - 8
