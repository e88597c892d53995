"""The Jensen-Shannon divergence of histograms, and the reference tilted by its best exponential factor."""

import numpy as np
from scipy.special import rel_entr


def jensen_shannon(p, q, *, base):
    """JSD of histograms, normalised here; shape (..., bins) gives shape (...).

    Negative contents (of negative weights) count as empty bins: the divergence has no meaning for them.
    A histogram without content gives NaN; `divergence.compare_spectra` refuses it.

    Examples
    --------
    >>> float(jensen_shannon([2.0, 0.0], [0.0, 5.0], base=2)), float(jensen_shannon([1.0, 3.0], [2.0, 6.0], base=2))
    (1.0, 0.0)
    """
    p, q = _normalised(p), _normalised(q)
    middle = (p + q) / 2
    return np.maximum(np.sum(rel_entr(p, middle) + rel_entr(q, middle), axis=-1), 0) / (2 * np.log(base))


def terms(p, q, *, base):
    """What each bin adds to KL(P|M) and to KL(Q|M), M = (P + Q) / 2, of histograms as in `jensen_shannon`.

    Half of the sum of both over the bins is the JSD. Single terms may be negative, the two of a bin together are not.

    Returns
    -------
    pair of float arrays, shape (..., bins)

    Examples
    --------
    >>> [of.tolist() for of in terms([2.0, 0.0], [0.0, 5.0], base=2)]
    [[1.0, 0.0], [0.0, 1.0]]
    """
    p, q = _normalised(p), _normalised(q)
    middle = (p + q) / 2
    return rel_entr(p, middle) / np.log(base), rel_entr(q, middle) / np.log(base)


def tilted(reference, spectrum, centres):
    """The reference times its `slope_factor`, normalised to one; shapes as there."""
    return _normalised(reference) * slope_factor(reference, spectrum, centres)


def slope_factor(reference, spectrum, centres):
    """The exponential factor exp(-t m) with which the reference describes the spectrum best.

    Maximum likelihood of the one parameter t given the normalised spectrum: the tilted reference has the mean of the
    spectrum. The log-likelihood is concave; Newton steps, in units of the range, are bounded.

    Parameters
    ----------
    reference, spectrum : float arrays, shape (..., bins)
    centres : float array, shape (bins,)

    Returns
    -------
    float array, shape (..., bins)
        Scaled so that the normalised reference times it is normalised.
    """
    reference, spectrum = _normalised(reference), _normalised(spectrum)
    x = (2 * centres - centres[0] - centres[-1]) / (centres[-1] - centres[0])  # in [-1, 1]
    mean = (spectrum @ x)[..., None]
    t, factor = np.zeros_like(mean), np.ones_like(reference)
    for _ in range(60):
        model = reference * factor
        first = (model @ x)[..., None]
        second = (model @ x**2)[..., None] - first**2
        step = np.clip((first - mean) / np.maximum(second, 1e-12), -2, 2)
        t = np.clip(t + step, -100, 100)  # a spectrum in one extreme bin has no finite t
        factor = np.exp(-t * x)
        factor = factor / np.sum(reference * factor, axis=-1, keepdims=True)
        if not np.any(np.abs(step) > 1e-10):
            break
    return factor


def of_selection(passed, failed, centres, *, base, reference, free_slope=False):
    """JSD of the contents that pass, shape (..., bins), against their reference: all, or those that fail."""
    other = failed if reference == "fail" else passed + failed
    return jensen_shannon(passed, tilted(other, passed, centres) if free_slope else other, base=base)


def _normalised(content):
    content = np.maximum(np.asarray(content, float), 0)
    total = content.sum(axis=-1, keepdims=True)
    return np.divide(content, total, out=np.full_like(content, np.nan), where=total > 0)
