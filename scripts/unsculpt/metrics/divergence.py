"""The Jensen-Shannon divergence of mass spectra, the floor that statistics alone give it, and what lies above.

JSD(P, Q) = [KL(P|M) + KL(Q|M)] / 2 with M = (P + Q) / 2, of normalised weighted histograms. Base 2 gives bits,
between 0 (same shape) and 1 (disjoint). It is a divergence, not its square root. The floor is that of `floors`.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import rel_entr

from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import poisson_sums, spread
from unsculpt.metrics.floors import unsculpted
from unsculpt.weighted import bin_index, check, signed

REFERENCES = ("inclusive", "fail")


@dataclass(frozen=True)
class OverFloor:
    """A JSD and its error in units of its floor; where that does not exist, None and the reason in words."""

    value: float | None
    error: float | None
    reason: str | None = None


def over_floor(value, error, floor):
    """A JSD in units of its floor, an `OverFloor`.

    Examples
    --------
    >>> over_floor(0.003, 0.001, 0.002)
    OverFloor(value=1.5, error=0.5, reason=None)
    >>> over_floor(0.003, 0.001, 0.0).reason
    'the floor of the JSD is 0'
    """
    if value is None or floor is None:
        return OverFloor(None, None, "the JSD of this selection has no value")
    if not floor > 0:
        return OverFloor(None, None, f"the floor of the JSD is {floor:g}")
    return OverFloor(value / floor, None if error is None else error / floor)


@dataclass(frozen=True)
class Divergence:
    """A JSD between the mass spectrum of selected background and a reference, and what it is worth.

    value, error : in units of the base (2: bits); the error is that of the value, the floor included in the value.
    floor : expected value for a selection of this size that does not depend on the mass.
    over_floor : value and error in units of the floor.
    p_value : probability that such a selection shows this value or more.
    base, reference : of the logarithm; "inclusive" (all events) or "fail" (the rejected ones).
    bins : bins that hold events; range_gev : lower and upper edge.
    n_eff, n_eff_fail : effective numbers of events that pass and fail.
    All numbers but those of the last two lines are None where nothing or everything is selected.
    """

    value: float | None
    error: float | None
    floor: float | None
    over_floor: OverFloor = field(init=False)
    p_value: float | None
    base: float
    reference: str
    bins: int
    range_gev: tuple
    n_eff: float
    n_eff_fail: float

    def __post_init__(self):
        object.__setattr__(self, "over_floor", over_floor(self.value, self.error, self.floor))


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
    the floor twice and is not used; of their variance, twice the variance without sculpting is that same double
    counting and is subtracted (docs/metrics.md). What remains is at least that variance.
    """
    for name, part in (("passes", passed), ("fails", failed)):
        if not part.sumw.sum() > 0:
            raise InputError(f"divergence: no background {name} the selection; the spectra cannot be compared")
    if reference not in REFERENCES:
        raise InputError(f'divergence: the reference is "{reference}"; it must be one of {", ".join(REFERENCES)}')
    total = passed + failed
    bins, filled = int(np.count_nonzero(total.sumw2)), int(np.count_nonzero(total.sumw > 0))
    if filled - 1 - free_slope < 1:
        raise InputError(f"divergence: {filled} mass bins hold events; take narrower bins or simulate more")

    centres = (np.asarray(edges[1:], float) + np.asarray(edges[:-1], float)) / 2
    value = float(_compare(passed.sumw, failed.sumw, centres, base, reference, free_slope))
    other = failed.sumw if reference == "fail" else passed.sumw + failed.sumw
    factor = slope_factor(other, passed.sumw, centres) if free_slope else None
    alone = unsculpted(passed, failed, centres, base=base, reference=reference, factor=factor)
    scatter = spread(_compare(*replicas, centres, base, reference, free_slope))
    error = np.sqrt(max((scatter or 0.0) ** 2 - 2 * alone.variance, alone.variance))
    return Divergence(
        value=value,
        error=float(error),
        floor=alone.floor,
        p_value=alone.p_value(value),
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
    parts, drawn = selected_spectra(mass, passed, weights=weights, edges=edges, replicas=replicas, rng=rng)
    return compare_spectra(*parts, drawn, edges=edges, base=base, reference=reference, free_slope=free_slope)


def selected_spectra(mass, passed, *, weights, edges, replicas, rng):
    """The mass spectra of what passes a selection and of what fails it, of checked arrays.

    Parameters
    ----------
    As of `jsd`.

    Returns
    -------
    parts : list of two weighted.Histogram, shape (bins,)
    drawn : list of two float arrays, shape (replicas, bins)
        Bootstrap replicas of their contents.
    """
    index, bins = bin_index(mass, edges), len(edges) - 1
    parts, drawn = [], []
    for chosen in (passed, ~passed):
        chosen = chosen & (index >= 0) & (index < bins)
        layers = signed(index[chosen], weights[chosen], bins)
        parts.append(sum(layers[1:], layers[0]))
        drawn.append(sum(poisson_sums(layer, replicas, rng) for layer in layers))
    return parts, drawn


def _compare(passed, failed, centres, base, reference, free_slope):
    """JSD of contents (..., bins) against their reference."""
    other = failed if reference == "fail" else passed + failed
    return jensen_shannon(passed, tilted(other, passed, centres) if free_slope else other, base=base)


def _normalised(content):
    content = np.maximum(np.asarray(content, float), 0)
    total = content.sum(axis=-1, keepdims=True)
    return np.divide(content, total, out=np.full_like(content, np.nan), where=total > 0)
