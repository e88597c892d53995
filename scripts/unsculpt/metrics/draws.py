"""The JSD without sculpting by drawing which events pass, where too few carry the spectrum for a formula.

In each draw a binomial number of the events of a stratum and mass bin passes; bins with a negative content, the
normalisation and a fitted slope are then treated as in the value, by the same function.
"""

import numpy as np

from unsculpt.metrics.shannon import of_selection

DRAWS = 300
ASYMMETRIC = 0.02  # from which on the formula is off by more than about 2 %
_SEED = 20200404
_FACTOR = 3.0  # by which the efficiency of a bin may be moved so that the spectrum that passes is the expected one


def asymmetry(selected, efficiency):
    """How far the contents that pass are from scaled binomial numbers, on average over the bins.

    Of the sum of weights that pass a bin, with the moments m_r = sum w^r e, it is |m_3 / (m_1 m_2) - m_2 / m_1^2|: 0
    for equal weights, else the excess of the skewness over that of equal weights, in units of the relative error.

    Parameters
    ----------
    selected : strata.Selected, shape (T, bins)
    efficiency : float array, shape (T, bins)
    """
    third = np.divide(selected.sumw2**2, selected.sumw, out=np.zeros(selected.sumw.shape), where=selected.sumw != 0)
    m1, m2, m3 = (np.sum(part * efficiency, axis=0) for part in (selected.sumw, selected.sumw2, third))
    filled = selected.sumw2.sum(axis=0) > 0
    good = (m1 > 1e-9 * np.sqrt(np.maximum(m2, 0))) & (m2 > 0)  # else all but a rest of rounding cancels
    m1, m2, m3 = (np.where(good, part, 1) for part in (m1, m2, m3))
    excess = np.minimum(np.abs(m3 / (m1 * m2) - m2 / m1**2), 1)
    return float(np.mean(np.where(good, excess, 1)[filled]))


def draw(selected, expected, scatter, efficiency, centres, *, base, reference, free_slope):
    """JSD of selections that do not know the mass, shape (draws,), without those that keep or reject nothing.

    Parameters
    ----------
    selected : strata.Selected, shape (T, bins)
    expected : float array, shape (bins,)
        Content that passes.
    scatter : float array, shape (bins,)
        Standard deviation of the expected content: that of the composition of the bins.
    efficiency : float array, shape (T,)
    centres, base, reference, free_slope
        As in `floors.unsculpted`.
    """
    rng = np.random.default_rng(_SEED)
    content, plain = selected.sumw.sum(axis=0), efficiency @ selected.sumw
    wanted = expected + scatter * rng.standard_normal((DRAWS, len(expected)))
    move = np.divide(wanted, plain, out=np.ones_like(wanted), where=(plain > 0) & (content > 0))
    chance = np.clip(efficiency[:, None] * np.clip(move, 1 / _FACTOR, _FACTOR)[:, None], 0, 1)  # (draws, T, bins)
    mean_weight = selected.sumw / np.maximum(selected.number, 1)
    passed = np.sum(mean_weight * rng.binomial(selected.number, chance), axis=1)
    good = (np.maximum(passed, 0).sum(axis=1) > 0) & (np.maximum(content - passed, 0).sum(axis=1) > 0)
    passed = passed[good]
    return of_selection(passed, content - passed, centres, base=base, reference=reference, free_slope=free_slope)
