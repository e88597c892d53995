"""From scores of all points to the final categories of a background hypothesis."""

import logging

import numpy as np

from unsculpt import working_point
from unsculpt.categories import table
from unsculpt.categories.boundaries import search
from unsculpt.events import half as searching
from unsculpt.fits import remarks


def choose(events, scores, points, fits, *, settings):
    """The best categories of every point, the working point, and the table of its categories.

    Parameters
    ----------
    events : events.Events
        Signal, background and data rows of one background hypothesis.
    scores : dict of dicts
        Method -> strength tag -> scores of shape (n,).
    points : list of dict
        The points of the metrics JSON of all methods, in the order of the study.
    fits : list of dict
        The fits JSON of each point.
    settings : categories.Settings

    Returns
    -------
    dict
        working_point, candidates, categories, combined, search and skipped, ready for JSON (docs/categories.md).
    """
    outcomes = [
        _best(f"{p['method']}, strength {p['tag']}", events, scores[p["method"]][p["tag"]], settings) for p in points
    ]
    candidates = [
        working_point.candidate(
            point,
            fit,
            significance=combine(row["significance"] for row in outcome["categories"]),
            significance_optimised=outcome["optimised"],
            settings=settings.working_point,
            categories=outcome["categories"],
            criteria=settings.fit.spurious_signal,
        )
        for point, fit, outcome in zip(points, fits, outcomes, strict=True)
    ]
    choice = working_point.content(candidates, settings=settings.working_point)
    chosen = choice["working_point"]
    index = [(c.method, c.tag) for c in candidates].index((chosen["method"], chosen["tag"]))
    best, outcome = candidates[index], outcomes[index]
    for sentence in outcome["skipped"]:
        logging.warning("%s", sentence)
    for sentence in _remarks(outcome["categories"]):
        logging.warning("%s", sentence)
    return {
        **choice,
        "categories": outcome["categories"],
        "combined": {
            "significance": best.significance,
            "significance_optimised": best.significance_optimised,
        },
        "search": outcome["search"],
        "skipped": outcome["skipped"],
    }


def _remarks(rows):
    """What the user must know of the fits of the categories: sentences with their names."""
    for row in rows:
        for sentence in remarks(row["fit"], row["spurious_signal"]):
            yield f"{row['name']}: {sentence}"
        for sentence in row["data"]["fit"]["remarks"] if row["data"] else ():
            yield f"{row['name']}, data: {sentence}"


def combine(significances):
    """Significance of statistically independent categories.

    Examples
    --------
    >>> combine([3.0, 4.0])
    5.0
    """
    return float(np.sqrt(sum(z**2 for z in significances)))


def _best(name, events, score, settings):
    """The best categories of one score, whose name warnings say, in all channels."""
    categories, found, skipped = [], {}, []
    for channel in settings.channels:
        boundaries = search(events, score, channel, settings)
        if boundaries is None:
            skipped.append(_why_empty(events, channel, settings))
            continue
        found[channel] = boundaries
        rows, left_out = table.rows(boundaries, table.measure(events, score, boundaries, settings, name), settings)
        categories += rows
        skipped += left_out
    return {
        "categories": _with_fractions(categories, events, settings),
        "optimised": combine(b.significance for b in found.values()),
        "search": {channel: {"significance_by_number": list(b.by_number)} for channel, b in found.items()},
        "skipped": skipped,
    }


def _with_fractions(categories, events, settings):
    """Each category with its share of the signal in the window of all channels together."""
    quoted = ~searching(events.run, events.event)
    window = quoted & events.where(1) & settings.axis.inside(events.mass)
    total = 2 * float(events.weight[window].sum())
    return [c | {"signal_fraction": c["signal"] / total if total > 0 else None} for c in categories]


def _why_empty(events, channel, settings):
    """One sentence for a channel without any category."""
    yields = {name: float(events.weight[events.where(label, channel)].sum()) for label, name in ((1, "s"), (0, "b"))}
    return (
        f"Channel {channel} ({yields['s']:.3g} signal and {yields['b']:.3g} background events expected) has no "
        f"category with at least {settings.categories['min_sideband_events']:g} background events in the sidebands, "
        f"{settings.categories['min_window_background']:g} in the window and "
        f"{settings.fit.min_sideband_events:g} effective simulated events in the sidebands; "
        f"lower categories.min_sideband_events or simulate more."
    )
