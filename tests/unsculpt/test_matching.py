"""A signal with the spectrum of a background."""

import logging

import numpy as np
import pytest

from unsculpt import matching
from unsculpt.errors import InputError
from unsculpt.weighted import auc


@pytest.fixture
def classes(rng):
    """Values and weights: a signal that is flat, a background that falls by four orders of magnitude."""
    signal = rng.uniform(200, 2000, 20000), rng.uniform(0.5, 1.5, 20000)
    values = rng.uniform(200, 2000, 20000)
    return signal, (values, (values / 200) ** -4.0)


def test_the_spectrum_is_that_of_the_background_and_the_yield_stays(classes):
    signal, background = classes
    found = matching.match("pt", *classes, bins=36)
    weights = signal[1] * found.of(signal[0])
    assert weights.sum() == pytest.approx(signal[1].sum())
    one, other = (np.histogram(v, found.edges, weights=w)[0] for v, w in ((signal[0], weights), background))
    np.testing.assert_allclose(one / one.sum(), other / other.sum(), rtol=1e-9)


def test_a_classifier_gains_nothing_from_the_column(classes):
    """Its AUC is a half but for the width of the bins."""
    signal, background = classes
    weights = signal[1] * matching.match("pt", *classes, bins=200).of(signal[0])
    assert auc(signal[0], background[0], weights=(signal[1], background[1])) > 0.8
    assert auc(signal[0], background[0], weights=(weights, background[1])) == pytest.approx(0.5, abs=0.01)


def test_what_the_signal_lacks_is_said(rng, caplog):
    signal, background = rng.uniform(1000, 2000, 1000), rng.uniform(200, 2000, 1000)
    with caplog.at_level(logging.WARNING):
        found = matching.match("pt", (signal, np.ones(1000)), (background, np.ones(1000)), bins=18)
    assert "of the background lies where the signal has no events in pt" in caplog.text
    assert found.of(np.array([1500.0])) == pytest.approx(1, rel=0.5) and found.factors[0] == 0


@pytest.mark.parametrize(("signal", "background", "said"), [([1.0], [9.0], "no bin"), ([2.0], [2.0], "one value")])
def test_spectra_that_cannot_be_matched_are_refused(signal, background, said):
    one, other = ((np.array(values), np.ones(1)) for values in (signal, background))
    with pytest.raises(InputError, match=said):
        matching.match("pt", one, other, bins=4)
