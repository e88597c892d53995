"""A background of several samples: what each keeps of its share, and the divergence that a change of the shares makes.

A cut that is flat in the mass for each sample still changes the spectrum of their sum when it keeps more of one sample
than of another. docs/metrics.md, "Mixtures", derives the formulas.
"""

import logging
from dataclasses import dataclass

import numpy as np

from unsculpt.axes import bins_to_merge
from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import crossing, passing_at, replicate, spread, tabulate
from unsculpt.metrics.classes import EventClass
from unsculpt.metrics.curves import CELLS
from unsculpt.metrics.divergence import Divergence
from unsculpt.metrics.efficiencies import cut_at_efficiency
from unsculpt.metrics.floors import Unsculpted, floor
from unsculpt.metrics.sculpting import divergence_or_none
from unsculpt.metrics.shannon import jensen_shannon
from unsculpt.weighted import Measured, attempt


@dataclass(frozen=True)
class SampleShare:
    """One sample of a background at the working point; errors are bootstrap spreads, the cut found again.

    share_before, share_after : of the weight of the background before and after the cut.
    background_efficiency : of the sample.
    jsd : of what passes of the sample against the same sample, as for the whole background.
    """

    name: str
    share_before: Measured
    share_after: Measured
    background_efficiency: Measured
    jsd: Divergence


@dataclass(frozen=True)
class CompositionDivergence(Divergence):
    """The divergence that the change of composition alone makes; fields and units of `Divergence`.

    There is nothing to see where the samples have in truth equal efficiencies, or equal shapes: each has a floor. floor
    and p_value are the larger ones, so that neither chance alone passes for a change.

    floor_equal_efficiencies : what equal efficiencies show.
    floor_equal_shapes : what equal shapes show at the measured efficiencies.
    """

    floor_equal_efficiencies: float | None
    floor_equal_shapes: float | None


@dataclass(frozen=True)
class Composition:
    """samples : list of `SampleShare`; jsd_composition : `CompositionDivergence`; profile : shares in mass bins."""

    samples: list
    jsd_composition: CompositionDivergence | None
    profile: dict | None


_FLOORS = ("floor_equal_efficiencies", "floor_equal_shapes")
ONE_SAMPLE = Composition([], None, None)


def samples_of(names):
    """The samples in order of appearance, and the index of the sample of each row; none and None of fewer than two.

    Examples
    --------
    >>> samples_of(np.array(["b", "a", "b"]))
    (['b', 'a'], array([0, 1, 0]))
    >>> samples_of(np.array(["b", "b"]))
    ([], None)
    """
    if not len(names) or np.all(names == names[0]):
        return [], None
    known = list(dict.fromkeys(names.tolist()))
    return known, np.argmax([names == name for name in known], axis=0)


def compose(name, signal, background, names, index, *, cut, signal_efficiency, edges, base, reference, replicas, rng):
    """What the samples of a background are at a working point.

    Parameters
    ----------
    name : str
        Of the score, for warnings.
    signal, background : classes.EventClass
        The background with its strata.
    names, index
        Of the samples of the background, as `samples_of` gives them.
    cut, signal_efficiency : float
        The cut, and the efficiency at which it is found again in each replica.
    edges : float array, in GeV
    base, reference
        As in `divergence.compare_spectra`.
    replicas : int
    rng : numpy.random.Generator
        Untouched for one sample.

    Returns
    -------
    Composition
    """
    if not names:
        return ONE_SAMPLE
    passes = background.score >= cut
    parts = [
        tuple(background.spectrum((index == i) & chosen) for chosen in (passes, ~passes)) for i in range(len(names))
    ]
    passed, failed = _replicas(signal, background, index, len(names), signal_efficiency, replicas, rng)
    options, strata = {"edges": edges, "base": base, "reference": reference}, background.selected(passes)
    of_samples = [strata.of_sample(i) for i in range(len(names))]
    inclusive = [passing + failing for passing, failing in parts]
    content = np.stack([passing.sumw for passing, _ in parts]), np.stack([total.sumw for total in inclusive])
    drawn = passed, passed + failed
    measured = {key: _measured(part(*content), part(*drawn)) for key, part in _NUMBERS.items()}
    nothing = CompositionDivergence(
        **dict.fromkeys(("value", "error", "floor", "p_value", "n_eff", "n_eff_fail", "floor_from", *_FLOORS)),
        **{"base": base, "reference": reference, "bins": int(np.count_nonzero(content[1].sum(axis=0)))},
        range_gev=(float(edges[0]), float(edges[-1])),
    )
    return Composition(
        samples=[
            SampleShare(
                names[i],
                **{key: numbers[i] for key, numbers in measured.items()},
                jsd=divergence_or_none(
                    f"{name}, {names[i]}: JSD",
                    parts[i],
                    (passed[:, i], failed[:, i]),
                    **options,
                    strata=of_samples[i],
                    level=logging.WARNING,
                ),
            )
            for i in range(len(names))
        ],
        jsd_composition=attempt(
            f"{name}: JSD of the composition",
            composition_divergence,
            parts,
            drawn,
            **options,
            strata=of_samples,
            otherwise=nothing,
        ),
        profile=_profile(names, content, drawn, edges),
    )


def composition_divergence(parts, replicas, *, edges, base, reference, strata=None):
    r"""Divergence of the samples' own inclusive spectra, each weighted by its efficiency, from their reference.

    With the inclusive spectra h_s of the samples and their efficiencies e_s, what would pass is sum_s e_s h_s; the
    reference is sum_s h_s, or with "fail" sum_s (1 - e_s) h_s.

    Parameters
    ----------
    parts : list of pairs of weighted.Histogram, shape (bins,)
        What passes and what fails of each sample.
    replicas : pair of float arrays, shape (replicas, samples, bins)
        Poisson replicas of what passes and of all.
    strata : list of strata.Selected, or None
        Of each sample; None is equal weights in each, or an efficiency that does not depend on them.
    edges, base, reference
        As in `divergence.compare_spectra`.

    Returns
    -------
    CompositionDivergence

    Notes
    -----
    The floor follows from the expansion of the JSD that gives `floors.floor`, sum_j (P_j - Q_j)^2 / M_j / (8 ln base).
    Given the inclusive spectra, of shapes f_s, shares a_s and effective numbers N_s, the efficiency of a sample has the
    variance e (1 - e) / N_s, e that of the whole background; where heavy and light events of a sample pass differently,
    N_s is smaller by the ratio of sum_i w_i^2 (b_i - e_s)^2 to what equal efficiencies make of it, b_i = 1 for an event
    that passes and 0 else. Then P - Q = sum_s a_s d_s (f_s - q) / e to first order
    in the fluctuations d_s, q = sum_s a_s f_s, and

        floor_equal_efficiencies = (1 - e) / (8 e ln base) sum_s a_s^2 D_ss / N_s,
        D_st = sum_j (f_s - q)_j (f_t - q)_j / q_j,

    over (1 - e)^2 against "fail". The JSD is a quadratic form of as many normal variables as there are samples: its
    p-value is that of a chi2 of the same mean and variance, exact for two samples. With shapes that are in truth
    equal, P - Q is the noise of the shapes times the change c_s of the shares: floor_equal_shapes is
    `floors.floor` of k - 1 degrees and the noise sum_s c_s^2 / N_s. Of the variance of the replicas twice that of both
    floors is subtracted, as in `divergence.compare_spectra`.
    """
    passed, total = (np.stack([part.sumw for part in column]) for column in _passed_and_all(parts))
    keep, kept, every = passed.sum(), passed.sum(axis=1), total.sum(axis=1)
    if not keep > 0 or not keep < every.sum() or not np.all(every > 0):
        raise InputError("divergence: no background passes the selection or none fails it; there are no shares")
    filled = int(np.count_nonzero(total.sum(axis=0) > 0))
    if filled < 2:
        raise InputError(f"divergence: {filled} mass bins hold events; take narrower bins or simulate more")
    number = np.array([(passing + failing).n_eff for passing, failing in parts])
    known = number if strata is None else number / [_excess(part) for part in strata]
    alone = _equal_efficiencies(total, known, keep / every.sum(), base, reference)
    lost = every - kept if reference == "fail" else every
    change = kept / keep - lost / lost.sum()
    shapes = Unsculpted(float(floor(filled - 1, np.sum(change**2 / number), base=base)), filled - 1)
    value = float(_divergence(passed, total, base, reference))
    least = alone.variance + shapes.variance
    scatter = spread(_divergence(*replicas, base, reference)) or 0.0
    n_eff, n_eff_fail = (sum(column[1:], column[0]).n_eff for column in zip(*parts, strict=True))
    return CompositionDivergence(
        value=value,
        error=float(np.sqrt(max(scatter**2 - 2 * least, least))),
        floor=max(alone.floor, shapes.floor),
        p_value=max(alone.p_value(value), shapes.p_value(value)),
        base=base,
        reference=reference,
        bins=filled,
        range_gev=(float(edges[0]), float(edges[-1])),
        n_eff=n_eff,
        n_eff_fail=n_eff_fail,
        floor_from="formula",
        floor_equal_efficiencies=alone.floor,
        floor_equal_shapes=shapes.floor,
    )


def _excess(selected):
    """Variance of the efficiency of a sample over that of one efficiency for all its weights."""
    own, weight, squares = selected.efficiency, selected.sumw.sum(axis=1), selected.sumw2.sum(axis=1)
    mean = own @ weight / weight.sum()
    if not 0 < mean < 1:
        return 1.0
    return float((own * (1 - 2 * mean) + mean**2) @ squares / (mean * (1 - mean) * squares.sum()))


def _passed_and_all(parts):
    return [passing for passing, _ in parts], [passing + failing for passing, failing in parts]


def _divergence(passed, total, base, reference):
    """JSD of shapes (..., samples, bins) weighted by what passes of each, against their reference."""
    every = total.sum(axis=-1, keepdims=True)
    efficiency = np.divide(passed.sum(axis=-1, keepdims=True), every, out=np.zeros_like(every), where=every > 0)
    selected = (efficiency * total).sum(axis=-2)
    other = total.sum(axis=-2) - selected if reference == "fail" else total.sum(axis=-2)
    return jensen_shannon(selected, other, base=base)


def _equal_efficiencies(total, number, efficiency, base, reference):
    """The distribution of the JSD of the composition for equal efficiencies (`composition_divergence`)."""
    share, shapes = total.sum(axis=1) / total.sum(), total / total.sum(axis=1, keepdims=True)
    mixture = share @ shapes
    seen = mixture > 0
    distance = share[:, None] * (shapes - mixture)[:, seen]
    weight = (1 - efficiency) / efficiency / (8 * np.log(base)) / ((1 - efficiency) ** 2 if reference == "fail" else 1)
    form = weight * (distance / mixture[seen]) @ distance.T / number  # times the variances, by column
    mean, squares = float(np.trace(form)), float(np.sum(form * form.T))
    return Unsculpted(mean, mean**2 / squares if squares > 0 else 1.0)


def _replicas(signal, background, index, samples, signal_efficiency, replicas, rng):
    """Replicas of what passes and of what fails of each sample: two arrays (replicas, samples, bins)."""
    bins = background.bins
    apart = EventClass(background.score, background.weight, index * bins + background.mass_bin, samples * bins)
    cuts = cut_at_efficiency(signal.score, np.append(CELLS, signal_efficiency), weights=signal.weight)
    passed, failed = [], []
    for block in replicate(tabulate(signal, apart, cuts), replicas, rng):
        passed.append(passing_at(block.background, crossing(block.signal, signal_efficiency)))
        failed.append(block.background[:, -1] - passed[-1])
    return tuple(np.concatenate(part).reshape(-1, samples, bins) for part in (passed, failed))


def _share(content):
    """Share of each sample in contents (..., samples, bins)."""
    return _ratio(content.sum(axis=-1), content.sum(axis=(-2, -1))[..., None])


_NUMBERS = {
    "share_before": lambda passed, total: _share(total),
    "share_after": lambda passed, total: _share(passed),
    "background_efficiency": lambda passed, total: _ratio(passed.sum(axis=-1), total.sum(axis=-1)),
}


def _measured(values, drawn):
    """Numbers with the spread of their replicas, one a sample."""
    errors = spread(drawn)
    return [
        Measured(float(value), float(error) if np.isfinite(error) else None)
        if np.isfinite(value)
        else Measured(None, None)
        for value, error in zip(values, errors, strict=True)
    ]


def _profile(names, content, drawn, edges):
    """Share of each sample before and after the cut in bins of the mass, several merged; NaN without events."""
    merged = np.arange(0, len(edges) - 1, bins_to_merge(len(edges) - 1))

    def shares(values):
        values = np.add.reduceat(values, merged, axis=-1)
        return _ratio(values, values.sum(axis=-2, keepdims=True))

    (after, before), (after_drawn, before_drawn) = (tuple(map(shares, pair)) for pair in (content, drawn))
    return {
        "edges_gev": np.append(np.asarray(edges)[merged], edges[-1]),
        "samples": {
            name: {
                "before": {"value": before[i], "error": spread(before_drawn[:, i])},
                "after": {"value": after[i], "error": spread(after_drawn[:, i])},
            }
            for i, name in enumerate(names)
        },
    }


def _ratio(part, whole):
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
