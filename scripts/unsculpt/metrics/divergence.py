"""The Jensen-Shannon divergence of mass spectra, the floor that statistics alone give it, and what lies above.

JSD(P, Q) = [KL(P|M) + KL(Q|M)] / 2 with M = (P + Q) / 2, of normalised weighted histograms. Base 2 gives bits,
between 0 (same shape) and 1 (disjoint). It is a divergence, not its square root. docs/metrics.md derives the floor.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, rel_entr

from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import poisson_sums, spread
from unsculpt.metrics.weighted import check, histogram

REFERENCES = ("inclusive", "fail")


@dataclass(frozen=True)
class Divergence:
    """A JSD between the mass spectrum of selected background and a reference, and what it is worth.

    value, error : in units of the base (2: bits); the error is that of the value, the floor included in the value.
    floor : expected value for a selection of this size that does not depend on the mass.
    p_value : probability that such a selection shows this value or more.
    base, reference : of the logarithm; "inclusive" (all events) or "fail" (the rejected ones).
    bins : bins that hold events; range_gev : lower and upper edge.
    n_eff, n_eff_fail : effective numbers of events that pass and fail.
    All numbers but the last four are None where nothing or everything is selected.
    """

    value: float | None
    error: float | None
    floor: float | None
    p_value: float | None
    base: float
    reference: str
    bins: int
    range_gev: tuple
    n_eff: float
    n_eff_fail: float


def jensen_shannon(p, q, *, base):
    """JSD of histograms, normalised here; shape (..., bins) gives shape (...).

    Negative contents (of negative weights) count as empty bins: the divergence has no meaning for them.
    A histogram without content gives NaN; `compare_spectra` refuses it.

    Examples
    --------
    >>> float(jensen_shannon([2.0, 0.0], [0.0, 5.0], base=2)), float(jensen_shannon([1.0, 3.0], [2.0, 6.0], base=2))
    (1.0, 0.0)
    """
    p, q = _normalised(p), _normalised(q)
    middle = (p + q) / 2
    return np.maximum(np.sum(rel_entr(p, middle) + rel_entr(q, middle), axis=-1), 0) / (2 * np.log(base))


def floor(dof, noise, *, base):
    """Expected JSD without sculpting, to first order in 1 / (events in a bin): dof * noise / (8 ln base)."""
    return dof * noise / (8 * np.log(base))


def p_value(value, dof, noise, *, base):
    """Probability of at least this JSD without sculpting: 8 ln(base) JSD / noise follows chi2 of dof degrees.

    Examples
    --------
    >>> float(p_value(0.0, 54, 1e-3, base=2))
    1.0
    """
    return chdtrc(dof, 8 * np.log(base) * value / noise)


def tilted(reference, spectrum, centres):
    """The reference times the exponential factor exp(-t m) with which it describes the spectrum best.

    Maximum likelihood of the one parameter t given the normalised spectrum: the tilted reference has the mean of the
    spectrum. The log-likelihood is concave; Newton steps, in units of the range, are bounded.

    Parameters
    ----------
    reference, spectrum : float arrays, shape (..., bins)
    centres : float array, shape (bins,)

    Returns
    -------
    float array, shape (..., bins)
        Normalised to one.
    """
    reference, spectrum = _normalised(reference), _normalised(spectrum)
    x = (2 * centres - centres[0] - centres[-1]) / (centres[-1] - centres[0])  # in [-1, 1]
    mean = (spectrum @ x)[..., None]
    t, model = np.zeros_like(mean), reference
    for _ in range(60):
        first = (model @ x)[..., None]
        second = (model @ x**2)[..., None] - first**2
        step = np.clip((first - mean) / np.maximum(second, 1e-12), -2, 2)
        t = np.clip(t + step, -100, 100)  # a spectrum in one extreme bin has no finite t
        model = _normalised(reference * np.exp(-t * x))
        if not np.any(np.abs(step) > 1e-10):
            break
    return model


def compare_spectra(passed, failed, replicas, *, edges, base, reference, free_slope=False):
    """Divergence of selected background from its reference, with floor, p-value and bootstrap error.

    Parameters
    ----------
    passed, failed : weighted.Histogram, shape (bins,)
        Background that the selection keeps and rejects.
    replicas : pair of float arrays, shape (replicas, bins)
        Poisson replicas of both (`bootstrap`).
    edges : float array, shape (bins + 1,)
        In GeV.
    base : float
    reference : "inclusive" or "fail"
    free_slope : bool
        Compare with the reference tilted by its best exponential factor, which takes one more degree of freedom.

    Notes
    -----
    The replicas fluctuate around the observed spectra, which have fluctuated already. Their mean JSD therefore holds
    the floor twice and is not used; of their variance, 4 floor^2 / dof is that same double counting and is subtracted
    (docs/metrics.md). What remains is at least 2 floor^2 / dof, the variance without sculpting.
    """
    for name, part in (("passes", passed), ("fails", failed)):
        if not part.sumw.sum() > 0:
            raise InputError(f"divergence: no background {name} the selection; the spectra cannot be compared")
    if reference not in REFERENCES:
        raise InputError(f'divergence: the reference is "{reference}"; it must be one of {", ".join(REFERENCES)}')
    bins = int(np.count_nonzero((passed + failed).sumw2))
    dof = bins - 1 - free_slope
    if dof < 1:
        raise InputError(f"divergence: {bins} mass bins hold events; take narrower bins or simulate more")

    centres = (np.asarray(edges[1:], float) + np.asarray(edges[:-1], float)) / 2
    value = float(_compare(passed.sumw, failed.sumw, centres, base, reference, free_slope))
    noise = _noise(passed, failed, centres, reference, free_slope)
    lowest = floor(dof, noise, base=base)
    scatter = spread(_compare(*replicas, centres, base, reference, free_slope))
    error = np.sqrt(max((scatter or 0.0) ** 2 - 4 * lowest**2 / dof, 2 * lowest**2 / dof))
    return Divergence(
        value=value,
        error=float(error),
        floor=float(lowest),
        p_value=float(p_value(value, dof, noise, base=base)),
        base=base,
        reference=reference,
        bins=bins,
        range_gev=(float(edges[0]), float(edges[-1])),
        n_eff=passed.n_eff,
        n_eff_fail=failed.n_eff,
    )


def jsd(mass, passed, *, weights, edges, base, reference, replicas, rng, free_slope=False):
    """Divergence of the background that a fixed selection keeps, from arrays of events.

    Parameters
    ----------
    mass, weights : float arrays, shape (n,)
        In GeV, and of either sign; masses outside the edges are left out.
    passed : bool array, shape (n,)
    edges : float array
        Of the mass bins, in GeV.
    base, reference, free_slope
        As in `compare_spectra`.
    replicas : int
        Bootstrap replicas.
    rng : numpy.random.Generator
    """
    mass, weights = check("jsd", mass, weights)
    passed = np.asarray(passed, bool)
    if passed.shape != mass.shape:
        raise InputError(f"jsd: {mass.shape} masses and {passed.shape} decisions; give one decision for each event")
    parts, drawn = [], []
    for chosen in (passed, ~passed):
        signs = [
            histogram(mass[m], weights=weights[m], edges=edges)
            for m in (chosen & (weights > 0), chosen & (weights < 0))
        ]
        parts.append(signs[0] + signs[1])
        drawn.append(sum(poisson_sums(part, replicas, rng) for part in signs))
    return compare_spectra(*parts, drawn, edges=edges, base=base, reference=reference, free_slope=free_slope)


def _compare(passed, failed, centres, base, reference, free_slope):
    """JSD of contents (..., bins) against their reference."""
    other = failed if reference == "fail" else passed + failed
    return jensen_shannon(passed, tilted(other, passed, centres) if free_slope else other, base=base)


def _noise(passed, failed, centres, reference, free_slope):
    """Variance of the difference of two spectra of the same shape over the content of a bin, as a mean over bins.

    It is 1/N_pass + 1/N_fail between pass and fail, and (1 - efficiency)^2 of it between pass and inclusive. A tilt
    makes the efficiency a function of the mass and scales the noise of the reference (docs/metrics.md).
    """
    share = passed.sumw.sum() / (passed.sumw.sum() + failed.sumw.sum())
    other = _normalised(failed.sumw if reference == "fail" else passed.sumw + failed.sumw)
    model, seen = tilted(other, passed.sumw, centres) if free_slope else other, other > 0
    factor = model[seen] / other[seen]
    if reference == "fail":
        return np.mean(1 / passed.n_eff + factor / failed.n_eff)
    lost = np.maximum(1 - share * factor, 0)
    return np.mean(lost**2 / passed.n_eff + (1 - share) * factor * lost / failed.n_eff)


def _normalised(content):
    content = np.maximum(np.asarray(content, float), 0)
    total = content.sum(axis=-1, keepdims=True)
    return np.divide(content, total, out=np.full_like(content, np.nan), where=total > 0)
