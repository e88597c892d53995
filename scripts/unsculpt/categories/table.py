"""The category table: yields, significance, sculpting, sideband fits and data of each category."""

from dataclasses import asdict, dataclass

import numpy as np

from unsculpt import fits, likelihood, metrics
from unsculpt.categories.boundaries import excess, spectra
from unsculpt.errors import InputError
from unsculpt.events import half as searching
from unsculpt.files import finite
from unsculpt.metrics.weighted import bin_index
from unsculpt.naming import category_name


@dataclass(frozen=True)
class Measured:
    """What the categories of one channel contain, lowest scores first.

    signal, background : histograms of shape (k, m), expected events at the luminosity, from the simulated events that
        did not choose the boundaries.
    data : the same of the data, or None when the study has none.
    divergences : of the background of each category from that of its channel, as dictionaries.
    """

    signal: metrics.Histogram
    background: metrics.Histogram
    data: metrics.Histogram | None
    divergences: tuple


def measure(events, score, boundaries, settings):
    """The spectra of the categories of one channel.

    Parameters
    ----------
    events : events.Events
        Simulated and data rows.
    score : float array, shape (n,)
    boundaries : boundaries.Boundaries
    settings : boundaries.Settings

    Returns
    -------
    Measured
        Simulation is the half that did not choose, with weights times two; data are all there are.
    """
    quoted = ~searching(events.run, events.event)

    def spectrum(rows, scale):
        weights = scale * events.weight[rows]
        options = {"cuts": boundaries.cuts, "mass_edges": settings.mass_edges}
        return spectra(score[rows], events.mass[rows], weights=weights, **options)

    signal, background = (quoted & events.where(label, boundaries.channel) for label in (1, 0))
    has_data = bool(events.where(-1).any())
    return Measured(
        signal=spectrum(signal, 2),
        background=spectrum(background, 2),
        data=spectrum(events.where(-1, boundaries.channel), 1) if has_data else None,
        divergences=_divergences(events[background], score[background], boundaries.cuts, settings),
    )


def _divergences(background, score, cuts, settings):
    """Divergence of each category from the background of the whole channel."""
    category, base = bin_index(score, cuts), settings.metrics["jsd_base"]
    edges, found = settings.mass_edges, []
    for i in range(len(cuts) - 1):
        try:
            divergence = metrics.jsd(
                background.mass,
                category == i,
                weights=background.weight,
                edges=edges,
                base=base,
                reference="inclusive",
                replicas=settings.metrics["bootstrap_replicas"],
                rng=np.random.default_rng(settings.seed),
            )
        except InputError:  # the category is the whole channel, or nothing of it: no numbers
            limits = (float(edges[0]), float(edges[-1]))
            n_eff = metrics.effective_number(background.weight[category == i])
            divergence = metrics.Divergence(*[None] * 4, base, "inclusive", len(edges) - 1, limits, n_eff, 0.0)
        found.append(asdict(divergence))
    return tuple(found)


def rows(boundaries, measured, settings):
    """The categories of one channel, the purest first.

    Parameters
    ----------
    boundaries : boundaries.Boundaries
    measured : Measured
    settings : boundaries.Settings

    Returns
    -------
    tuple of two lists
        The categories as dictionaries (docs/categories.md), and one sentence for each category that was left out.
    """
    table, skipped = [], []
    short = settings.channels[boundaries.channel].get("short", boundaries.channel)
    for number in range(1, len(boundaries.cuts)):
        name, histogram = category_name(short, number), measured.background
        fit = _fit(histogram.sumw[-number], histogram.sumw2[-number], settings)
        if fit.fitted:
            table.append({"name": name} | _row(number, boundaries, measured, fit, settings))
        else:
            skipped.append(f"{name} is left out: {fit.reason}.")
    return table, skipped


def _row(number, boundaries, measured, fit, settings):
    """The category with this number as a dictionary."""
    signal = float(measured.signal.sumw[-number, settings.in_window].sum())
    # the order is that of the template; the error is that of data, which are fewer (or more) than simulated events
    background = fit.window_yield.value
    error = fits.fit_asimov(fit.expected, settings.mass_edges, settings.window_gev, order=fit.order).error
    simulated = fit.window_simulated
    missed = float(excess(simulated.value - background, np.hypot(simulated.error, fit.window_yield.error)))
    counts = None if measured.data is None else measured.data.sumw[-number]
    return {
        "channel": boundaries.channel,
        "score_low": boundaries.cuts[-number - 1],
        "score_high": boundaries.cuts[-number],
        "signal": signal,
        "background": background,
        "background_error": finite(error),
        "background_template_error": fit.window_yield.error,
        "background_excess": missed,
        "significance": float(likelihood.asimov_significance(signal, background + missed, error)),
        "signal_over_background": signal / background if background > 0 else None,
        "jsd": measured.divergences[-number],
        "fit": fits.to_json(fit, spectra=False),
        "spurious_signal": None,
        "spectrum": {
            "edges_gev": settings.mass_edges,
            "background": _both(measured.background, number),
            "signal": _both(measured.signal, number),
            "data": None if counts is None else {"sumw": counts},
        },
        "model": {"expected": fit.expected, "error": fit.expected_error},
        "data": None if counts is None else _data(counts, settings),
    }


def _both(histogram, number):
    return {"sumw": histogram.sumw[-number], "sumw2": histogram.sumw2[-number]}


def _data(counts, settings):
    """Data of a category: its sidebands and their fit; the window stays closed while the study is blind."""
    window = settings.in_window
    return {
        "sideband_events": round(float(counts[~window].sum())),
        "window_events": None if settings.blind else round(float(counts[window].sum())),
        "fit": fits.to_json(_fit(counts, counts, settings, blinded=settings.blind), spectra=False),
    }


def _fit(sumw, sumw2, settings, blinded=False):
    """The sideband fit of a spectrum."""
    return fits.fit_spectrum(sumw, sumw2, settings.mass_edges, settings.window_gev, **settings.fit, blinded=blinded)
