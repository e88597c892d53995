"""Bump hunts with a known answer: what is injected is found, and a bump that was there is found as well."""

from types import SimpleNamespace

import numpy as np
import pytest

from unsculpt import axes, fits
from unsculpt.fits import injection
from unsculpt.likelihood import combined
from unsculpt.likelihood.models import Channel

AXIS = axes.mass({"min_gev": 50, "max_gev": 300, "window_gev": [70, 95], "bin_width_gev": 5})
MASS = (AXIS.edges[1:] + AXIS.edges[:-1]) / 2
SETTINGS = fits.Settings(max_order=1, toys=0)


def spectrum(sumw, weight=1.0):
    return SimpleNamespace(sumw=np.asarray(sumw, float), sumw2=weight * np.asarray(sumw, float))


def falling(events):
    """The integrals of a falling exponential in the bins."""
    shape = -np.diff(np.exp(-AXIS.edges / 60))
    return events * shape / shape.sum()


def peak(events, at=82, width=6):
    shape = np.exp(-0.5 * ((MASS - at) / width) ** 2)
    return events * shape / shape.sum()


def hunted(background, signal, strengths=(0, 1)):
    fit = fits.fit_spectrum(background.sumw, background.sumw2, AXIS, settings=SETTINGS)
    return injection.study(background, signal, fit, strengths=strengths), fit


@pytest.mark.parametrize("strengths", [(0, 1), (0, 0.5, 3)])
def test_what_is_injected_into_a_background_of_the_function_is_found(strengths):
    found, fit = hunted(spectrum(falling(20000)), spectrum(peak(500)), strengths)
    for row, strength in zip(found["injected"], strengths, strict=True):
        assert row["strength"] == strength
        assert row["fitted"]["value"] == pytest.approx(strength, abs=2e-3)
    nothing = found["injected"][0]
    assert nothing["limit"] == pytest.approx(found["limit_expected"], rel=1e-2)
    assert nothing["significance"] == pytest.approx(0, abs=0.05)
    alone = combined([Channel("c", AXIS, fit.expected, fit.function, signal=peak(500))])
    assert found["limit_band"] == pytest.approx(list(alone.limit_band))
    if 1 in strengths:
        assert found["injected"][1]["significance"] == pytest.approx(alone.significance, rel=2e-2)


def test_a_bump_that_a_cut_made_is_found_where_nothing_was_injected():
    sculpted = falling(20000) + peak(1000)
    nothing, injected = hunted(spectrum(sculpted), spectrum(peak(500)))[0]["injected"]
    assert nothing["fitted"]["value"] == pytest.approx(2, abs=0.02)
    assert nothing["significance"] > 5
    assert injected["fitted"]["value"] == pytest.approx(3, abs=0.02)


def test_the_error_of_the_template_is_the_spread_over_templates():
    """Templates of events of weight 1/4: the strength scatters half as much as in data."""
    rng, signal, weight, values = np.random.default_rng(1), spectrum(peak(500)), 0.25, []
    for _ in range(60):
        background = spectrum(weight * rng.poisson(falling(20000) / weight), weight)
        row = hunted(background, signal, (0,))[0]["injected"][0]
        values.append(row["fitted"]["value"])
    assert np.std(values) == pytest.approx(row["error_template"], rel=0.3)
    assert abs(np.mean(values)) < 3 * row["error_template"] / np.sqrt(len(values))
    assert row["error_template"] == pytest.approx(np.sqrt(weight) * row["fitted"]["error"], rel=0.1)


def test_nothing_is_hunted_without_a_fit_without_signal_or_unasked():
    background = spectrum(falling(20000))
    assert hunted(background, spectrum(peak(0)))[0] is None
    assert hunted(background, spectrum(peak(500)), ())[0] is None
    assert hunted(spectrum(falling(3)), spectrum(peak(500)))[0] is None
