"""The best score boundaries of a channel: all intervals of a fine grid are judged, dynamic programming combines them.

What a search promises of the events that it saw is optimistic; `crossfit` measures it on others.
"""

from dataclasses import dataclass, replace

import numpy as np

from unsculpt import axes, fits, likelihood
from unsculpt.weighted import Histogram, bin_index, counted, weighted_quantile

_CHUNK = 20000  # intervals fitted at a time; bounds the memory (about 50 MB)


@dataclass(frozen=True)
class Settings:
    """What a search for categories needs of the configuration of a study.

    axis : of the mass, with m bins and a window.
    fit : of the sidebands.
    channels, categories, working_point : the sub-trees of the configuration with these names.
    blind : whether data are absent from the signal window.
    metrics : the sub-tree of the configuration; base of the divergence and number of replicas.
    seed : of the bootstrap of the divergences.
    """

    axis: axes.Axis
    channels: dict
    categories: dict
    fit: fits.Settings
    working_point: dict
    blind: bool
    metrics: dict
    seed: int

    @classmethod
    def from_config(cls, *, mass, fit, **rest):
        """From the sub-trees `mass` and `fit` of a resolved configuration, and the other fields as they are."""
        return cls(axis=axes.mass(mass), fit=fits.Settings.from_config(fit), **rest)


@dataclass(frozen=True)
class Side:
    """The events of a channel on one side of a threshold in a column.

    column : name of a feature.
    low, high : an event belongs to it when low <= value < high; minus infinity and infinity where nothing is asked.
    """

    column: str
    low: float
    high: float

    @property
    def name(self):
        """Which of the two it is."""
        return "above" if np.isfinite(self.low) else "below"

    def rows(self, values):
        """Where the values of the column lie inside."""
        return (values >= self.low) & (values < self.high)


@dataclass(frozen=True)
class Boundaries:
    """The categories of one channel, or of one side of it, for one score.

    channel : name of the channel.
    cuts : ascending scores, shape (k + 1,); category i counted from the top is [cuts[-i-1], cuts[-i]).
    significance : expected significance of the k categories on the events that chose them (optimistic).
    by_number : the same for the best 1, 2, ... categories; None where no such number is allowed.
    cuts_by_number : their cuts; None where no such number is allowed.
    side : of the channel, None for all of it.
    first : number in the channel of its purest category.
    """

    channel: str
    cuts: tuple
    significance: float
    by_number: tuple
    cuts_by_number: tuple = ()
    side: Side | None = None
    first: int = 1

    @property
    def key(self):
        """What tells it from the others of a point: the channel, or channel and side."""
        return self.channel if self.side is None else (self.channel, self.side.name)

    def rows(self, events, label):
        """Mask of the events of the channel and its side with this label."""
        return events.where(label, self.channel) & on_side(events, self.side)

    def with_number(self, number):
        """The best boundaries of so many categories, or None."""
        cuts = self.cuts_by_number[number - 1] if number <= len(self.cuts_by_number) else None
        return None if cuts is None else replace(self, cuts=cuts, significance=self.by_number[number - 1])


def on_side(events, side):
    """Mask of the events on a side of a threshold; all without one."""
    return side.rows(events.column(side.column)) if side else np.ones(len(events), bool)


def score_grid(score, *, weights, bins):
    """Candidate boundaries from 0 to 1 with equal signal in between; fewer than `bins` intervals where scores repeat.

    Parameters
    ----------
    score, weights : float array, shape (n,)
        Scores and weights of the signal.
    bins : int
        Number of intervals.

    Returns
    -------
    float array, shape (at most bins + 1,), strictly ascending
    """
    inner = weighted_quantile(score, np.arange(1, bins) / bins, weights=weights)
    inner = inner[(inner > 0) & (inner < 1)]
    return np.concatenate([[0.0], np.unique(inner), [1.0]])


def spectra(score, mass, *, weights, cuts, mass_edges):
    """Mass spectra in intervals of the score.

    Parameters
    ----------
    score, mass, weights : float array, shape (n,)
    cuts : ascending scores, shape (k + 1,)
        The last interval contains its upper edge; scores outside belong to no interval.
    mass_edges : float array, shape (m + 1,), in GeV

    Returns
    -------
    metrics.Histogram of shape (k, m)
    """
    k, m = len(cuts) - 1, len(mass_edges) - 1
    i, j = bin_index(score, cuts), bin_index(mass, mass_edges)
    inside = (i >= 0) & (i < k) & (j >= 0) & (j < m)
    flat = counted((i * m + j)[inside], weights[inside], k * m)
    return Histogram(flat.sumw.reshape(k, m), flat.sumw2.reshape(k, m))


def interval_merit(signal, background, settings):
    """Squared significance of every interval of the score grid.

    Parameters
    ----------
    signal, background : metrics.Histogram of shape (n, m)
        Expected events in score and mass bins.
    settings : Settings

    Returns
    -------
    float array, shape (n + 1, n + 1)
        Z squared of the score bins i ... j - 1 by the Asimov formula with the background that an exponential fitted to
        the expected sidebands finds in the window (and the `excess` that it misses), and the error that data at the
        luminosity would leave it; minus infinity where the interval is not allowed.
    """
    boundaries = len(signal.sumw) + 1
    start, stop = np.triu_indices(boundaries, 1)
    summed = [np.pad(np.cumsum(x, 0), ((1, 0), (0, 0))) for x in (signal.sumw, background.sumw, background.sumw2)]
    merit = np.full((boundaries, boundaries), -np.inf)
    shape, _, _ = fits.signal_shape(signal.sumw.sum(0), signal.sumw2.sum(0), settings.axis.edges)
    if shape is None:
        return merit
    for part in range(0, len(start), _CHUNK):
        i, j = start[part : part + _CHUNK], stop[part : part + _CHUNK]
        s, b, b2 = (x[j] - x[i] for x in summed)
        enough = _enough(b, b2, settings)
        if enough.any():
            merit[i[enough], j[enough]] = _merit(s[enough], b[enough], b2[enough], shape, settings)
    return merit


def _merit(signal, background, squares, shape, settings):
    """Squared significance of intervals whose spectra, all of shape (t, m), can be fitted."""
    window, total = settings.axis.in_window, signal.sum(1)
    inside = signal[:, window].sum(1)
    choice = fits.of_templates(background, squares, signal, shape, settings.axis, settings=settings.fit)
    expected, error, template = np.full((3, len(total)), np.nan)
    for index in np.unique(choice.function):
        rows, function = choice.function == index, settings.fit.family[index]
        found = fits.template_yields(background[rows], squares[rows], settings.axis, function=function)
        expected[rows], error[rows], template[rows] = np.where(found[-1], found[:-1], np.nan)
    simulated = background[:, window].sum(1)
    promised = expected + excess(simulated - expected, np.hypot(template, np.sqrt(squares[:, window].sum(1))))
    z = likelihood.asimov_significance(inside, promised, uncertainty(error, choice.uncertainty, inside, total))
    return np.where((z > 0) & (expected >= settings.categories["min_window_background"]), z**2, -np.inf)


def uncertainty(error, spurious, inside, total):
    """Error of the background in the window: that of the fit to data, and the spurious signal of its function there.

    Parameters
    ----------
    error, spurious : float or array
        Of the fit, and of the spurious signal in the full range, in events.
    inside, total : float or array
        Signal in the window, and in all.

    Examples
    --------
    >>> float(uncertainty(3.0, 5.0, 8.0, 10.0))
    5.0
    """
    share = np.clip(inside / np.where(np.greater(total, 0), total, np.inf), 0.0, 1.0)
    return np.hypot(error, np.where(share > 0, spurious, 0.0) * share)


def excess(difference, error):
    """Background in the window that the sidebands do not know of: the difference beyond two standard errors.

    A sculpted background piles up in the window; a fit of its sidebands promises too little, and a significance from
    the fit alone would call the pile sensitivity. This is the relaxed criterion that ATLAS applies to a spurious
    signal (fit bias minus twice its statistical error, never below zero; docs/categories.md).

    Examples
    --------
    >>> excess(np.array([5.0, 1.0, -9.0]), 1.0).tolist()
    [3.0, 0.0, 0.0]
    """
    return np.maximum(difference - fits.FORGIVEN_ERRORS * error, 0.0)


def _enough(background, squares, settings):
    """Whether the sidebands of each spectrum, shape (t, m), hold enough to be fitted: expected and simulated events."""
    side = ~settings.axis.in_window
    n, n2 = background[:, side].sum(1), squares[:, side].sum(1)
    below, above = (background[:, bins].sum(1) for bins in settings.axis.sidebands)
    expected = (n >= settings.categories["min_sideband_events"]) & (below > 0) & (above > 0)
    return expected & (n**2 >= settings.fit.min_sideband_events * n2)


def best_boundaries(merit, max_categories):
    """The best 1 ... `max_categories` adjacent intervals that end at the top; exact, by dynamic programming.

    Parameters
    ----------
    merit : float array, shape (n + 1, n + 1)
        Merit of the interval from boundary i to boundary j; minus infinity where it is not allowed.
    max_categories : int

    Returns
    -------
    list of (total merit, tuple of boundary indices)
        One entry for each number of categories, (-inf, ()) where none is allowed. The part below the lowest
        boundary is left out.

    Examples
    --------
    >>> merit = np.full((3, 3), -np.inf)
    >>> merit[0, 1], merit[1, 2], merit[0, 2] = 1.0, 4.0, 3.0
    >>> [(float(total), cuts) for total, cuts in best_boundaries(merit, 2)]
    [(4.0, (1, 2)), (5.0, (0, 1, 2))]
    """
    total, back, found = np.zeros(len(merit)), [], []
    for _ in range(max_categories):
        ways = total[:, None] + merit  # (from, to)
        back.append(ways.argmax(0))
        total = ways.max(0)
        cuts = [len(merit) - 1]
        for origin in reversed(back):
            cuts.append(int(origin[cuts[-1]]))
        found.append((total[-1], tuple(reversed(cuts))) if np.isfinite(total[-1]) else (-np.inf, ()))
    return found


def fewest(totals, tolerance):
    """Index of the first total whose square root is within the fraction `tolerance` of the best.

    Examples
    --------
    >>> fewest([16.0, 24.9, 25.0], tolerance=0.01)
    1
    """
    significance = np.sqrt(np.maximum(totals, 0.0))
    return int(np.argmax(np.isfinite(totals) & (significance >= (1 - tolerance) * significance.max())))


def search(events, score, channel, settings, *, part, side=None):
    """The best categories of a channel, or of a side of it, for one score, found on a part of the simulated events.

    Parameters
    ----------
    events : events.Events
        Simulated and data rows; weights are expected events.
    score : float array, shape (n,)
        One score an event, in [0, 1].
    channel : str
    settings : Settings
    part : parts.Part
        Nothing is read of the other events.
    side : Side, optional

    Returns
    -------
    Boundaries or None
        None when no interval satisfies the constraints.
    """
    kept = part.rows & on_side(events, side)
    rows = {label: kept & events.where(label, channel) for label in (1, 0)}
    if not all(mask.any() for mask in rows.values()) or not events.weight[rows[1]].sum() > 0:
        return None
    grid = score_grid(score[rows[1]], weights=events.weight[rows[1]], bins=settings.categories["score_bins"])
    signal, background = (
        spectra(
            score[m], events.mass[m], weights=part.scale * events.weight[m], cuts=grid, mass_edges=settings.axis.edges
        )
        for m in rows.values()
    )
    merit = interval_merit(signal, background, settings)
    found = best_boundaries(merit, settings.categories["max_per_channel"])
    totals = [total for total, _ in found]
    if not np.isfinite(totals).any():
        return None
    chosen = fewest(totals, settings.categories["significance_tolerance"])
    by_number = tuple(float(np.sqrt(t)) if np.isfinite(t) else None for t in totals)
    cuts = tuple(tuple(float(grid[i]) for i in indices) or None for _, indices in found)
    return Boundaries(channel, cuts[chosen], by_number[chosen], by_number, cuts, side)
