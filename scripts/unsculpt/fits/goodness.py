"""Goodness of fit of binned spectra."""

import numpy as np
from scipy.special import rel_entr
from scipy.stats import chi2 as chi2_distribution
from scipy.stats import f as f_distribution

from unsculpt.files import finite
from unsculpt.likelihood.glm import poisson_glm

MIN_EXPECTED = 5.0  # effective events in a merged bin of the Pearson chi2


def goodness(counts, expected, side, parameters, *, scale=None, columns=None):
    """How well a fit describes the bins it saw.

    Parameters
    ----------
    counts, expected : arrays, shape (B,)
        Effective events and their expectation.
    side : bool array, shape (B,)
        The bins of the fit.
    parameters : int
        Number of fitted parameters that have no constraint.
    scale, columns : arrays, shapes (B,) and (B, parameters), optional
        For unequal weights: the variance of each bin over its expectation, and the derivatives of the expectation by
        these parameters (see `pearson`).

    Returns
    -------
    dict
        deviance (-2 ln of the likelihood ratio to a perfect fit), Pearson chi2 of merged bins, ndf, p_value,
        aic and bic (deviance + 2 k and + k ln(events)); None for what is infinite, where events are and none are
        expected. chi2, ndf and p_value hold for unequal weights, the others for effective events of one weight.
    """
    n, e, scale = counts[side], expected[side], np.ones(int(side.sum())) if scale is None else scale[side]
    value = deviance(n, e)
    groups = merge(e / scale, np.flatnonzero(side))
    chi2 = pearson(n, e, scale, groups, None if columns is None else columns[side])
    ndf = groups[-1] + 1 - parameters
    return {
        "chi2": finite(chi2),
        "ndf": int(ndf),
        "p_value": finite(chi2_distribution.sf(chi2, ndf)) if ndf > 0 else None,
        "deviance": finite(value),
        "aic": finite(value + 2 * parameters),
        "bic": finite(value + float(np.log(n.sum())) * parameters),
    }


def pearson(n, e, scale, groups, columns=None):
    """Pearson's chi2 of merged bins, each with its variance, scale x expectation.

    Parameters
    ----------
    n, e, scale : arrays, shape (B,)
        Effective events, their expectation, and the variance over it.
    groups : int array, shape (B,)
        From `merge`.
    columns : array, shape (B, K), optional
        Derivatives of the expectation by the fitted parameters, where variances are not those that the fit took: its
        curve is then not the one of least chi2, and the number of degrees of freedom holds for that one only. The
        difference, to first order, is taken off.
    """
    residual, variance = np.bincount(groups, n) - np.bincount(groups, e), np.bincount(groups, scale * e)
    chi2 = float((residual**2 / variance).sum())
    if columns is None or not np.isfinite(chi2):
        return chi2
    merged = np.stack([np.bincount(groups, column) for column in columns.T], axis=1) / np.sqrt(variance)[:, None]
    return float(chi2 - ((np.linalg.qr(merged)[0].T @ (residual / np.sqrt(variance))) ** 2).sum())


def deviance(n, e):
    """Minus twice the logarithm of the Poisson likelihood over that of a perfect fit; summed over the last axis."""
    terms = e - n + rel_entr(np.maximum(n, 0), e)  # n ln(n / e), also where that ratio is too small for a number
    value = 2 * terms.sum(-1)
    return float(value) if value.ndim == 0 else value


def f_test(counts, lower, higher, side, parameters, *, scale=None, columns=(None, None)):
    """p-value of Fisher's F-test for one more parameter: is the fall of chi2 more than its share?

    Parameters
    ----------
    counts, lower, higher : arrays, shape (B,)
        Effective events, and their expectations without and with the parameter; bins are merged as for `lower`.
    side : bool array, shape (B,)
        The bins of the fit.
    parameters : int
        Number of parameters of the higher function.
    scale : array, shape (B,), optional
        As in `goodness`.
    columns : pair of arrays, optional
        As in `goodness`, of either function.

    Returns
    -------
    float or None
        None where no degree of freedom is left, or events are where a curve expects none.
    """
    scale = np.ones(int(side.sum())) if scale is None else scale[side]
    groups = merge(lower[side] / scale, np.flatnonzero(side))
    ndf = groups[-1] + 1 - parameters
    chi2 = [
        pearson(counts[side], expected[side], scale, groups, None if own is None else own[side])
        for expected, own in zip((lower, higher), columns, strict=True)
    ]
    if ndf <= 0 or not chi2[1] > 0 or not np.isfinite(chi2).all():
        return None
    return float(f_distribution.sf(max(chi2[0] - chi2[1], 0.0) / (chi2[1] / ndf), 1, ndf))


def toy_p_value(counts, expected, side, basis, widths, *, toys, rng, constraint=None, scale=1.0):
    """Share of toys of the fitted curve, each fitted again, whose deviance is at least that of the spectrum.

    Parameters
    ----------
    counts, expected : arrays, shape (B,)
        Effective events and the fitted curve.
    side : bool array, shape (B,)
        The bins of the fit.
    basis, widths : arrays, shapes (B, P) and (B,)
        As in `poisson_glm`.
    toys : int
        Number of toys.
    rng : numpy.random.Generator
    constraint : pair of arrays, optional
        Mean and precision of the coefficients; the means are drawn anew around the fitted values in each toy.
    scale : array, shape (B,), optional
        As in `goodness`: a toy is a Poisson count of so much smaller a mean, times the scale.

    Returns
    -------
    float or None
        (1 + toys that are worse) / (1 + toys) of the toys whose deviance is a number; None where that of the spectrum
        is none.
    """
    scale = np.broadcast_to(scale, len(expected))[side]
    drawn = scale * rng.poisson(expected[side] / scale, size=(toys, int(side.sum()))).astype(float)
    if constraint is not None:
        precision = constraint[1]
        best = np.linalg.lstsq(basis, np.log(expected / widths), rcond=None)[0]
        errors = np.where(precision > 0, 1 / np.sqrt(np.where(precision > 0, precision, 1.0)), 0.0)
        constraint = rng.normal(best, errors, size=(toys, len(best))), precision
    with np.errstate(all="ignore"):
        fit = poisson_glm(drawn, basis[side], exposure=widths[side], prior=constraint)
        found, own = deviance(drawn, fit.expected), deviance(counts[side], expected[side])
    if not np.isfinite(own):
        return None
    return float((1 + (found >= own).sum()) / (1 + np.isfinite(found).sum()))


def merge(expected, positions):
    """Group number of each bin: neighbours on one side of the window, merged to at least five expected events."""
    groups, group, content = np.zeros(len(expected), int), 0, 0.0
    start = 0  # first group on this side of the window
    for i, value in enumerate(expected):
        if i and positions[i] != positions[i - 1] + 1:
            group, start = _close(groups, i, group, start, content)
            content = 0.0
        elif content >= MIN_EXPECTED:
            group, content = group + 1, 0.0
        groups[i] = group
        content += value
    _close(groups, len(expected), group, start, content)
    return groups


def _close(groups, end, group, start, content):
    """End one side: a last group below five events joins its neighbour. Returns the first group of the next side."""
    if content < MIN_EXPECTED and group > start:
        groups[:end][groups[:end] == group] = group - 1
        group -= 1
    return group + 1, group + 1
