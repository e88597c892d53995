"""The category table: yields, significance, sculpting, sideband fits and data of each category."""

from dataclasses import dataclass

import numpy as np

from unsculpt import fits, likelihood, metrics, shapes
from unsculpt.categories.boundaries import excess, spectra
from unsculpt.events import half as searching
from unsculpt.files import finite
from unsculpt.naming import category_name
from unsculpt.weighted import bin_index, shares


@dataclass(frozen=True)
class Measured:
    """What the categories of one channel contain, lowest scores first.

    signal, background : histograms of shape (k, m), expected events at the luminosity, from the simulated events that
        did not choose the boundaries.
    data : the same of the data, or None when the study has none.
    divergences : of the background of each category from that of its channel, as dictionaries.
    samples : by name the samples of a background of two or more, as it.
    """

    signal: metrics.Histogram
    background: metrics.Histogram
    data: metrics.Histogram | None
    divergences: tuple
    samples: dict


def measure(events, score, boundaries, settings, name="score"):
    """The spectra of the categories of one channel.

    Parameters
    ----------
    events : events.Events
        Simulated and data rows.
    score : float array, shape (n,)
    boundaries : boundaries.Boundaries
    settings : categories.Settings
    name : str
        Of the score, for warnings.

    Returns
    -------
    Measured
        Simulation is the half that did not choose, with weights times two; data are all there are.
    """
    quoted = ~searching(events.run, events.event)

    def spectrum(rows, scale):
        weights = scale * events.weight[rows]
        options = {"cuts": boundaries.cuts, "mass_edges": settings.axis.edges}
        return spectra(score[rows], events.mass[rows], weights=weights, **options)

    signal, background = (quoted & events.where(label, boundaries.channel) for label in (1, 0))
    names, _ = metrics.samples_of(events.sample[events.where(0)])
    has_data = bool(events.where(-1).any())
    return Measured(
        signal=spectrum(signal, 2),
        background=spectrum(background, 2),
        data=spectrum(events.where(-1, boundaries.channel), 1) if has_data else None,
        divergences=_divergences(name, events[background], score[background], boundaries, settings),
        samples={sample: spectrum(background & (events.sample == sample), 2) for sample in names},
    )


def _divergences(name, background, score, boundaries, settings):
    """Divergences of each category from the background of the whole channel: dictionaries ready for JSON."""
    number, found = len(boundaries.cuts) - 1, []
    category, short = bin_index(score, boundaries.cuts), _short(boundaries, settings)
    for i in range(number):
        divergences = metrics.scaled_divergences(
            background.mass,
            category == i,
            weights=background.weight,
            axis=settings.axis,
            base=settings.metrics["jsd_base"],
            reference="inclusive",
            replicas=settings.metrics["bootstrap_replicas"],
            rng=np.random.default_rng(settings.seed),
            name=f"{name}, {category_name(short, number - i)}",
            sample=background.sample,
        )
        found.append(metrics.to_json(divergences))
    return tuple(found)


def rows(boundaries, measured, settings):
    """The categories of one channel, the purest first.

    Parameters
    ----------
    boundaries : boundaries.Boundaries
    measured : Measured
    settings : categories.Settings

    Returns
    -------
    tuple of two lists
        The categories as dictionaries (docs/categories.md), and one sentence for each category that was left out.
    """
    table, skipped = [], []
    short = _short(boundaries, settings)
    for number in range(1, len(boundaries.cuts)):
        name, histogram = category_name(short, number), measured.background
        fit = _fit(histogram.sumw[-number], histogram.sumw2[-number], settings)
        if fit.fitted:
            table.append({"name": name} | _row(number, boundaries, measured, fit, settings))
        else:
            skipped.append(f"{name} is left out: {fit.reason}.")
    return table, skipped


def _short(boundaries, settings):
    """The channel in the names of its categories."""
    return settings.channels[boundaries.channel].get("short", boundaries.channel)


def _row(number, boundaries, measured, fit, settings):
    """The category with this number as a dictionary."""
    signal = float(measured.signal.sumw[-number, settings.axis.in_window].sum())
    counts = None if measured.data is None else measured.data.sumw[-number]
    prior = _borrowed(fit, counts, settings)
    # the function is that of the template; the error is that of data, which are fewer (or more) than simulated events
    background, error = fit.window_yield.value, _data_error(fit, prior, settings)
    simulated = fit.window_simulated
    missed = float(excess(simulated.value - background, np.hypot(simulated.error, fit.window_yield.error)))
    templates = (metrics.Histogram(h.sumw[-number], h.sumw2[-number]) for h in (measured.background, measured.signal))
    return {
        "channel": boundaries.channel,
        "score_low": boundaries.cuts[-number - 1],
        "score_high": boundaries.cuts[-number],
        "signal": signal,
        "background": background,
        "background_error": finite(error),
        "background_template_error": fit.window_yield.error,
        "background_excess": missed,
        "samples": _samples(measured.samples, number, settings),
        "significance": float(likelihood.asimov_significance(signal, background + missed, error)),
        "signal_over_background": signal / background if background > 0 else None,
        **measured.divergences[-number],
        "function": fit.function,
        "slope_from": "sidebands" if prior is None else "control region",
        "slope_prior": None if prior is None else dict(zip(("value", "error"), prior, strict=True)),
        "fit": fits.to_json(fit, spectra=False),
        "spurious_signal": fits.study_spurious_signal(*templates, fit, criteria=settings.fit.spurious_signal),
        "spectrum": {
            "edges_gev": settings.axis.edges,
            "background": _both(measured.background, number),
            "signal": _both(measured.signal, number),
            "samples": {name: _both(histogram, number) for name, histogram in measured.samples.items()},
            "data": None if counts is None else {"sumw": counts},
        },
        "model": fits.model_of(fit),
        "data": None if counts is None else _data(counts, prior, _both(measured.background, number), settings),
    }


def _borrowed(fit, counts, settings):
    """The slope of the template and its error, 1/GeV, where the data's sidebands hold too few events; else None."""
    side = ~settings.axis.in_window
    events = (fit.expected if counts is None else counts)[side].sum()
    return (fit.slope.value, fit.slope.error) if settings.fit.borrows_slope(events) else None


def _data_error(fit, prior, settings):
    """Error of the window yield in a sideband fit to data as expected at the luminosity."""
    if prior is None:
        return fits.fit_asimov(fit.expected, settings.axis, function=fit.function).error
    edges = settings.axis.edges
    inside, basis, widths = settings.axis.in_window, shapes.basis(edges, "exp1"), shapes.relative_widths(edges)
    constraint = likelihood.slope_prior(prior, edges, "exp1")
    found = likelihood.poisson_glm(fit.expected[~inside], basis[~inside], exposure=widths[~inside], prior=constraint)
    jacobian = fit.expected[inside] @ basis[inside]
    return float(np.sqrt(jacobian @ found.covariance[0] @ jacobian))


def _samples(samples, number, settings):
    """Simulated events of each sample of the background in the window, with their share; empty for one sample."""
    window = [metrics.Histogram(**_both(histogram, number))[settings.axis.in_window] for histogram in samples.values()]
    if not window:
        return {}
    sums = metrics.Histogram(*(np.array([getattr(h, key).sum() for h in window]) for key in ("sumw", "sumw2")))
    return {
        name: {**metrics.to_json(events), "share": metrics.to_json(share)}
        for name, (events, share) in zip(samples, shares(sums), strict=True)
    }


def _both(histogram, number):
    return {"sumw": histogram.sumw[-number], "sumw2": histogram.sumw2[-number]}


def _data(counts, prior, template, settings):
    """Data of a category: its sidebands and their fit; the window stays closed while the study is blind."""
    window, fit = settings.axis.in_window, _fit(counts, counts, settings, blinded=settings.blind, slope_prior=prior)
    return {
        "sideband_events": round(float(counts[~window].sum())),
        "window_events": None if settings.blind else round(float(counts[window].sum())),
        "fit": fits.to_json(fit, spectra=False)
        | {"interval": fits.quoted_interval(fit, settings.fit.interval, tuple(template.values()))},
    }


def _fit(sumw, sumw2, settings, **options):
    """The sideband fit of a spectrum."""
    return fits.fit_spectrum(sumw, sumw2, settings.axis, settings=settings.fit, **options)
