"""From scores of all points to the final categories of a background hypothesis."""

import logging

import numpy as np

from unsculpt import working_point
from unsculpt.categories import bootstrap, crossfit, products, table
from unsculpt.categories.parts import divide, everything
from unsculpt.fits import remarks
from unsculpt.weighted import Histogram


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
    draws = bootstrap.draw(
        events, replicas=settings.metrics["bootstrap_replicas"], rng=np.random.default_rng(settings.seed)
    )
    options = {"parts": divide(events, crossfit.PARTS), "settings": settings, "draws": draws}
    chosen_scores = [scores[p["method"]][p["tag"]] for p in points]
    outcomes = [
        _best(f"{p['method']}, strength {p['tag']}", events, score, settings)
        for p, score in zip(points, chosen_scores, strict=True)
    ]
    crossed = [
        crossfit.cross(events, score, outcome["functions"], **options)
        for score, outcome in zip(chosen_scores, outcomes, strict=True)
    ]
    honest = [crossfit.mean([part.measured for part in parts]) for parts in crossed]
    candidates = [
        working_point.candidate(
            point,
            fit,
            significance=estimate.value,
            significance_error=estimate.error,
            significance_optimised=combine(row["significance"] for row in outcome["categories"]),
            settings=settings.working_point,
            categories=outcome["categories"],
            criteria=settings.fit.spurious_signal,
        )
        for point, fit, outcome, estimate in zip(points, fits, outcomes, honest, strict=True)
    ]
    replicas = np.stack([estimate.replicas for estimate in honest], 1)
    choice = working_point.content(candidates, settings=settings.working_point, replicas=replicas)
    index = working_point.rank(candidates, replicas).taken
    best, outcome = candidates[index], outcomes[index]
    categories, _ = _rows(outcome["found"], outcome["measured"], events, settings, quoted=True)
    for sentence in (*outcome["skipped"], *_remarks(categories)):
        logging.warning("%s", sentence)
    quoted, by_part = crossfit.quote(candidates, crossed)
    own = (outcome["found"], outcome["functions"], crossed[index])
    rows = crossfit.published(events, chosen_scores[index], *own, **options)
    return {
        **choice,
        "categories": [_honest(row, outcome["found"], rows) for row in categories],
        "combined": {
            "significance": quoted.value,
            "significance_error": quoted.error,
            "significance_optimised": best.significance_optimised,
            "crossfit": [
                {name: getattr(candidates[i], name) for name in ("method", "strength", "tag")}
                | {"significance": crossed[i][part].measured.value, "error": crossed[i][part].measured.error}
                for part, i in enumerate(by_part)
            ],
        },
        "search": {_words(b): {"significance_by_number": list(b.by_number)} for b in outcome["found"].values()},
        "skipped": outcome["skipped"],
    }


def _honest(row, found, estimates):
    """A category with the significance that its counterparts have on events that did not find them, and the error."""
    estimate = estimates[_key(row), _number(row, found)]
    optimised = {"significance_optimised": row["significance"]}
    return row | {"significance": estimate.value, "significance_error": estimate.error} | optimised


def _key(row):
    """The key of the boundaries of a category."""
    side = row.get("side")
    return (row["channel"], "below" if side["low"] is None else "above") if side else row["channel"]


def _number(row, found):
    """The number of a category among those of its key, 1 is the purest."""
    cuts = found[_key(row)].cuts
    return len(cuts) - cuts.index(row["score_high"])


def _words(boundaries):
    """The channel, and the side of it."""
    side = boundaries.side
    if side is None:
        return boundaries.channel
    sign, threshold = (">=", side.low) if side.name == "above" else ("<", side.high)
    return f"{boundaries.channel}, {side.column} {sign} {threshold:.6g}"


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
    """The best categories of one score, whose name warnings say, in all channels, found on all events."""
    found = products.every_channel(events, score, settings, part=everything(events))
    measured = {key: table.measure(events, score, of, settings, name) for key, of in found.items()}
    categories, left_out = _rows(found, measured, events, settings, quoted=False)
    functions = {key: [None] * (len(boundaries.cuts) - 1) for key, boundaries in found.items()}
    for row in categories:
        signal = Histogram(**row["spectrum"]["signal"])
        functions[_key(row)][_number(row, found) - 1] = table.function_of(row["function_choice"], signal)
    with_some = {boundaries.channel for boundaries in found.values()}
    skipped = [
        sentence
        for channel in settings.channels
        for sentence in (left_out[channel] if channel in with_some else [_why_empty(events, channel, settings)])
    ]
    outcome = {"categories": categories, "found": found, "measured": measured}
    return outcome | {"functions": functions, "skipped": skipped}


def _rows(found, measured, events, settings, *, quoted):
    """The categories of all channels, with their share of the signal, and by channel why others were left out."""
    categories, left_out = [], {}
    for key, boundaries in found.items():
        rows, sentences = table.rows(boundaries, measured[key], settings, quoted=quoted)
        categories += rows
        left_out.setdefault(boundaries.channel, []).extend(sentences)
    return _with_fractions(categories, events, settings), left_out


def _with_fractions(categories, events, settings):
    """Each category with its share of the signal in the window of all channels together."""
    total = float(events.weight[events.where(1) & settings.axis.inside(events.mass)].sum())
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
