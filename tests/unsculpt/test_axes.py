"""The axis of a mass spectrum: who is inside the window, whatever the edges are as floating-point numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsculpt import axes, metrics
from unsculpt.errors import InputError

AXIS = axes.spectrum(np.arange(105, 161), (120, 130))
WIDTHS = (0.1, 0.25, 0.3, 1 / 3, 0.7, 1.1, 2.5)  # of bins; most are no binary numbers


def tree(low, width, bins, window):
    """A configuration `mass`, with edges as a user writes them: decimal, not summed."""
    edges = [float(f"{low + i * width:.10g}") for i in range(bins + 1)]
    first, last = window or (0, 0)
    own = {"window_gev": [edges[first], edges[last]] if window else None}
    return {"latex": "m", "min_gev": low, "max_gev": edges[-1], "bin_width_gev": width, **own}


@st.composite
def spectra(draw):
    """An axis as a study gives it, with masses: anywhere, exactly on edges, and one floating-point number beside."""
    low, width = draw(st.sampled_from((60.0, 99.9, 105.0))), draw(st.sampled_from(WIDTHS))
    bins = draw(st.integers(3, 80))
    first = draw(st.integers(1, bins - 2))
    axis = axes.mass(tree(low, width, bins, (first, draw(st.integers(first + 1, bins - 1)))))
    inner = axis.edges[:-1]
    beside = np.concatenate([inner, np.nextafter(axis.edges[1:], 0), np.nextafter(inner, 1e9)])
    anywhere = draw(st.lists(st.floats(*axis.range, exclude_max=True), max_size=20))
    return axis, np.concatenate([beside, anywhere])


@given(spectra())
def test_every_event_is_in_the_window_or_in_one_sideband_as_its_bin_is(given_axis):
    axis, mass = given_axis
    inside, (low, high) = axis.inside(mass), axis.window
    below, above = mass < low, mass >= high
    np.testing.assert_array_equal(1 * inside + below + above, 1)
    assert axis.covers(mass).all()
    masks = [axis.in_window, *axis.sidebands]
    np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
    weights = np.arange(1.0, len(mass) + 1)  # whole numbers: sums are exact
    spectrum = metrics.histogram(mass, weights=weights, edges=axis.edges).sumw
    for bins, events in zip(masks, (inside, below, above), strict=True):
        alone = metrics.histogram(mass[events], weights=weights[events], edges=axis.edges).sumw
        np.testing.assert_array_equal(np.where(bins, spectrum, 0), alone)
        assert spectrum[bins].sum() == weights[events].sum()
    np.testing.assert_array_equal(spectrum[axis.window_bins], spectrum[axis.in_window])


@given(st.sampled_from(WIDTHS), st.integers(4, 600), st.data())
def test_the_window_of_a_study_ends_on_its_own_bins(width, bins, data):
    first = data.draw(st.integers(1, bins - 2))
    last = data.draw(st.integers(first + 1, bins - 1))
    axis = axes.mass(tree(105.0, width, bins, (first, last)))
    assert axis.window == (axis.edges[first], axis.edges[last])
    assert axis.window_bins == slice(first, last)


def test_edges_are_the_decimal_numbers_that_a_study_writes():
    axis = axes.mass({"min_gev": 60, "max_gev": 160, "bin_width_gev": 0.1, "window_gev": [80.1, 92.3]})
    assert 60 + 323 * 0.1 != 92.3  # the sum is not
    assert axis.edges.tolist() == [float(f"{60 + i / 10:.1f}") for i in range(1001)]
    assert axis.window == (80.1, 92.3)
    assert axis.inside([80.1, 92.3]).tolist() == [True, False]


def test_lower_edges_are_in_and_upper_edges_are_not():
    assert AXIS.inside([119.9, 120.0, 129.9, 130.0]).tolist() == [False, True, True, False]
    assert AXIS.covers([104.9, 105.0, 159.9, 160.0]).tolist() == [False, True, True, False]
    assert AXIS.range == (105, 160)


def test_without_a_window_nothing_is_inside():
    axis = axes.spectrum(AXIS.edges)
    assert axis.window is None and not axis.inside(np.arange(100, 170)).any()
    assert not axis.in_window.any() and axis.window_bins == slice(0, 0)
    assert axis.covers(125.0)
    with pytest.raises(ValueError, match="has no sidebands"):
        _ = axis.sidebands


def test_the_window_is_moved_by_rounding_only():
    close = axes.spectrum(AXIS.edges, (120 + 1e-9, 130 - 1e-9))
    assert close.window == (120.0, 130.0) and close.inside(120.0)


@pytest.mark.parametrize(
    ("edges", "window", "sentence"),
    [
        ([105, 120, 120, 160], None, "do not rise"),
        ([105], None, "do not rise"),
        ([105, np.nan, 160], None, "do not rise"),
        (AXIS.edges, (120.5, 130), "the edge 120.5 GeV of the window is no edge of a bin; the nearest is 120"),
        (AXIS.edges, (120, 130.001), "130.001 GeV of the window is no edge of a bin; the nearest is 130"),
        (AXIS.edges, (130, 120), "is no part of 105 to 160 GeV with a sideband on either side"),
        (AXIS.edges, (105, 120), "is no part of 105 to 160 GeV with a sideband on either side"),
        (AXIS.edges, (120, np.nan), "is no part of 105 to 160 GeV"),
        (AXIS.edges, (120, 120 + 1e-8), "both edges of the window .* are one edge of a bin"),
    ],
)
def test_a_wrong_axis_gets_one_sentence(edges, window, sentence):
    with pytest.raises(InputError, match=sentence):
        axes.spectrum(edges, window)


def test_an_axis_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        AXIS.edges[0] = 100
