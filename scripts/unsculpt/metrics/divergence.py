"""The Jensen-Shannon divergence of mass spectra, the floor that statistics alone give it, and what lies above.

JSD(P, Q) = [KL(P|M) + KL(Q|M)] / 2 with M = (P + Q) / 2, of normalised weighted histograms. Base 2 gives bits,
between 0 (same shape) and 1 (disjoint). It is a divergence, not its square root. The floor is that of `floors`.
"""

from dataclasses import dataclass, field

import numpy as np

from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import poisson_sums, spread
from unsculpt.metrics.floors import unsculpted
from unsculpt.metrics.shannon import of_selection, slope_factor
from unsculpt.metrics.strata import stratify
from unsculpt.weighted import bin_index, check, signed

REFERENCES = ("inclusive", "fail")


@dataclass(frozen=True)
class OverFloor:
    """A JSD and its errors in units of its floor; where that does not exist, None and the reason in words."""

    value: float | None
    error: float | None
    reason: str | None = None
    error_events: float | None = None
    error_training: float | None = None


def over_floor(value, error, floor, *, error_events=None, error_training=None):
    """A JSD and its errors in units of its floor, an `OverFloor`.

    Examples
    --------
    >>> found = over_floor(0.003, 0.001, 0.002)
    >>> found.value, found.error
    (1.5, 0.5)
    >>> over_floor(0.003, 0.001, 0.0).reason
    'the floor of the JSD is 0'
    """
    if value is None or floor is None:
        return OverFloor(None, None, "the JSD of this selection has no value")
    if not floor > 0:
        return OverFloor(None, None, f"the floor of the JSD is {floor:g}")
    errors = {"error": error, "error_events": error_events, "error_training": error_training}
    return OverFloor(value / floor, **{key: part if part is None else part / floor for key, part in errors.items()})


@dataclass(frozen=True)
class Divergence:
    """A JSD between the mass spectrum of selected background and a reference, and what it is worth.

    value, error : in units of the base (2: bits); the error is that of the value, the floor included in the value.
    error_events, error_training : parts of the error, in quadrature (`folds`): that of the finite number of events, and
        what another training would change, None where it is not known.
    floor : expected value for a selection of this size that does not depend on the mass.
    over_floor : value and errors in units of the floor.
    p_value : probability that such a selection shows this value or more.
    base, reference : of the logarithm; "inclusive" (all events) or "fail" (the rejected ones).
    bins : bins that hold events; range_gev : lower and upper edge.
    n_eff, n_eff_fail : effective numbers of events that pass and fail.
    floor_from : "formula" or "draws", where too few events carry the spectrum (`floors`).
    All numbers but those after over_floor and p_value are None where nothing or everything is selected.
    """

    value: float | None
    error: float | None
    error_events: float | None = field(default=None, kw_only=True)  # by default all of the error
    error_training: float | None = field(default=None, kw_only=True)
    floor: float | None
    over_floor: OverFloor = field(init=False)
    p_value: float | None
    base: float
    reference: str
    bins: int
    range_gev: tuple
    n_eff: float
    n_eff_fail: float
    floor_from: str | None

    def __post_init__(self):
        if self.error_events is None and self.error_training is None:
            object.__setattr__(self, "error_events", self.error)
        parts = {"error_events": self.error_events, "error_training": self.error_training}
        object.__setattr__(self, "over_floor", over_floor(self.value, self.error, self.floor, **parts))


def compare_spectra(passed, failed, replicas, *, edges, base, reference, free_slope=False, strata=None):
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
    strata : strata.Selected, shape (T, bins), or None
        The same events by sample and weight, for the floor; None is one sample of equal weights.

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
    options = {"base": base, "reference": reference, "free_slope": free_slope}
    value = float(of_selection(passed.sumw, failed.sumw, centres, **options))
    other = failed.sumw if reference == "fail" else passed.sumw + failed.sumw
    factor = slope_factor(other, passed.sumw, centres) if free_slope else None
    alone = unsculpted(passed, failed, centres, base=base, reference=reference, factor=factor, strata=strata)
    scatter = spread(of_selection(*replicas, centres, **options))
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
        floor_from=alone.source,
    )


def jsd(mass, passed, *, weights, edges, base, reference, replicas, rng, free_slope=False, sample=None):
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
    sample : array, shape (n,), or None
        Name or number of the sample of each event; None is one sample.
    """
    mass, weights = check("jsd", mass, weights)
    passed = np.asarray(passed, bool)
    if passed.shape != mass.shape:
        raise InputError(f"jsd: {mass.shape} masses and {passed.shape} decisions; give one decision for each event")
    parts, drawn = selected_spectra(mass, passed, weights=weights, edges=edges, replicas=replicas, rng=rng)
    strata = selected_strata(mass, passed, weights=weights, edges=edges, sample=sample)
    return compare_spectra(
        *parts, drawn, edges=edges, base=base, reference=reference, free_slope=free_slope, strata=strata
    )


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


def selected_strata(mass, passed, *, weights, edges, sample=None):
    """The same events by sample and weight, `strata.Selected`, or None for one sample of equal weights."""
    index, bins = bin_index(mass, edges), len(edges) - 1
    inside = (index >= 0) & (index < bins)
    if sample is not None:
        sample = np.unique(np.asarray(sample)[inside], return_inverse=True)[1]
    strata = stratify(index[inside], weights[inside], bins, sample)
    return None if strata is None else strata.selected(passed[inside])
