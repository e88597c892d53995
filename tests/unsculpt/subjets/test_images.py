"""Images of jets whose constituents are known: where each of them must be."""

import numpy as np
import pytest

from unsculpt.subjets import images

PRONGS = np.array([[0.30, 0.10], [-0.20, 0.25], [0.05, -0.35]])  # eta and phi about a point
SHARES = np.array([310.0, 180.0, 120.0])


def rows(places, shares=SHARES, eta=0.0, phi=0.0):
    return [(pt, eta + x, phi + y) for pt, (x, y) in zip(shares, places, strict=True)]


def turned(places, angle):
    c, s = np.cos(angle), np.sin(angle)
    return places @ np.array([[c, s], [-s, c]])


def test_the_mean_is_in_the_middle_wherever_the_jet_is(jets_of):
    for eta, phi in ((0.0, 0.0), (-1.3, 3.1)):  # the second across the seam of the azimuth
        x, y, pt = images.oriented(jets_of(rows(PRONGS, eta=eta, phi=phi)), images.CENTRE)
        mean = SHARES @ PRONGS / SHARES.sum()
        np.testing.assert_allclose(np.stack([x, y], 1), PRONGS - mean, atol=1e-12)
        np.testing.assert_allclose(pt, SHARES)


def test_the_longer_axis_is_upright(jets_of):
    """Two prongs lie on one line, and the second moments of any jet have no mixed part, the larger one upright."""
    for angle in np.linspace(0, np.pi, 7):
        pair = turned(np.array([[0.2, 0.0], [-0.3, 0.0]]), angle)
        x, y, _ = images.oriented(jets_of(rows(pair, (300.0, 200.0))), images.ROTATE)
        np.testing.assert_allclose(x, 0, atol=1e-12)
        np.testing.assert_allclose(np.abs(y), (0.2, 0.3), atol=1e-12)
        x, y, pt = images.oriented(jets_of(rows(turned(PRONGS, angle))), images.ROTATE)
        assert pt @ (x * y) == pytest.approx(0, abs=1e-9)
        assert pt @ (y * y) > pt @ (x * x)


def test_a_jet_that_is_turned_or_mirrored_has_the_same_image(jets_of):
    mirrored = PRONGS * (-1, 1)
    variants = [turned(places, angle) for places in (PRONGS, mirrored) for angle in (0.0, 0.4, 2.0, 4.0)]
    found = images.oriented(jets_of(*(rows(places) for places in variants)))
    x, y, pt = (values.reshape(len(variants), -1) for values in found)
    np.testing.assert_allclose(x, x[:1].repeat(len(x), 0), atol=1e-12)
    np.testing.assert_allclose(y, y[:1].repeat(len(y), 0), atol=1e-12)
    assert (pt * np.sign(x)).sum(1).min() >= 0 and (pt * np.sign(y)).sum(1).min() >= 0, "most is right and above"


def test_each_constituent_is_in_its_pixel_and_shared_pixels_add_up(jets_of):
    square = [(100.0, 0.25, 0.25), (60.0, 0.25, 0.26), (40.0, -0.25, -0.3), (200.0, -0.07, -0.069)]
    jets = jets_of(square)
    (image,) = images.pixels(jets, (8, 8), 0.8, images.CENTRE)
    x, y, _ = images.oriented(jets, images.CENTRE)
    expected = np.zeros((8, 8))
    for pt, at_x, at_y in zip((100, 60, 40, 200), x, y, strict=True):
        expected[int((at_y + 0.8) / 0.2), int((at_x + 0.8) / 0.2)] += pt / 400
    np.testing.assert_allclose(image, expected, atol=1e-6)
    assert np.count_nonzero(image) == 3


def test_pixels_add_up_to_one_and_what_is_outside_is_cut_off(jets_of, simulated):
    np.testing.assert_allclose(images.pixels(simulated, (40, 40), 0.8).sum((1, 2)), 1, atol=1e-5)
    far = jets_of([(500.0, 0.0, 0.0), (100.0, 0.0, 0.6), (1.0, 0.9, 0.0)])
    (image,) = images.pixels(far, (40, 30), 0.8)
    assert image.shape == (40, 30) and np.count_nonzero(image) == 2
    assert image.sum() == pytest.approx(1) and image.max() == pytest.approx(5 / 6, abs=1e-6)


def test_many_jets_are_taken_block_by_block(simulated, monkeypatch):
    whole = images.pixels(simulated, (12, 12), 0.8)
    monkeypatch.setattr(images, "BLOCK", 7)
    np.testing.assert_array_equal(images.pixels(simulated, (12, 12), 0.8), whole)
