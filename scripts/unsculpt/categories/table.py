"""The category table: yields, significance, sculpting, sideband fits and data of each category."""

from dataclasses import dataclass, field, replace

import numpy as np

from unsculpt import fits, likelihood, metrics, shapes
from unsculpt.categories.boundaries import excess, on_side, spectra, uncertainty
from unsculpt.categories.parts import Part, everything
from unsculpt.files import finite
from unsculpt.naming import category_name
from unsculpt.weighted import bin_index, shares


@dataclass(frozen=True)
class Measured:
    """What the categories of one channel contain, lowest scores first.

    signal, background : histograms of shape (k, m), expected events at the luminosity.
    data : the same of the data, or None when the study has none.
    divergences : of the background of each category from that of its channel, as dictionaries.
    samples : by name the samples of a background of two or more, as it.
    """

    signal: metrics.Histogram
    background: metrics.Histogram
    data: metrics.Histogram | None
    divergences: tuple = ()
    samples: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Function:
    """The background function of a category.

    name : of the function.
    spurious : the spurious signal that is its uncertainty, over the expected signal; infinite where it is not known.
    """

    name: str
    spurious: float


@dataclass(frozen=True)
class Expected:
    """What a category expects in the window.

    signal, background : events; the background is that of the sideband fit of the template.
    error : of the background in a sideband fit to data of this luminosity.
    uncertainty : that and the spurious signal of the function.
    excess : background that the sidebands do not know of, and difference_error the error that it forgives twice.
    significance : expected, in standard deviations.
    function : of the fit, a `Function`.
    slope_prior : slope and its error, 1/GeV, where the slope is borrowed; else None.
    """

    signal: float
    background: float
    error: float
    uncertainty: float
    excess: float
    difference_error: float
    significance: float
    function: Function
    slope_prior: tuple | None


def count(events, score, boundaries, settings, part):
    """The spectra of the categories of one channel.

    Parameters
    ----------
    events : events.Events
        Simulated and data rows.
    score : float array, shape (n,)
    boundaries : boundaries.Boundaries
    settings : categories.Settings
    part : parts.Part
        The simulated events that are counted; data are all there are.

    Returns
    -------
    Measured
        Without divergences and samples.
    """

    def spectrum(rows, scale):
        weights = scale * events.weight[rows]
        options = {"cuts": boundaries.cuts, "mass_edges": settings.axis.edges}
        return spectra(score[rows], events.mass[rows], weights=weights, **options)

    signal, background = (part.rows & boundaries.rows(events, label) for label in (1, 0))
    has_data = bool(events.where(-1).any())
    return Measured(
        signal=spectrum(signal, part.scale),
        background=spectrum(background, part.scale),
        data=spectrum(boundaries.rows(events, -1), 1) if has_data else None,
    )


def measure(events, score, boundaries, settings, name="score"):
    """All that is measured of the categories of one channel.

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
        Of all events.
    """
    background = events.where(0, boundaries.channel)
    names, _ = metrics.samples_of(events.sample[events.where(0)])
    return replace(
        count(events, score, boundaries, settings, everything(events)),
        divergences=_divergences(name, events[background], score[background], boundaries, settings),
        samples={
            sample: count(events, score, boundaries, settings, Part(events.sample == sample, 1.0)).background
            for sample in names
        },
    )


def _divergences(name, background, score, boundaries, settings):
    """Divergences of each category from the background of the whole channel: dictionaries ready for JSON."""
    number, found = len(boundaries.cuts) - 1, []
    category = np.where(on_side(background, boundaries.side), bin_index(score, boundaries.cuts), -1)
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
            name=f"{name}, {_name(number - i, boundaries, settings)}",
            sample=background.sample,
        )
        found.append(metrics.to_json(divergences))
    return tuple(found)


def rows(boundaries, measured, settings, *, quoted=True):
    """The categories of one channel, the purest first.

    Parameters
    ----------
    boundaries : boundaries.Boundaries
    measured : Measured
    settings : categories.Settings
    quoted : bool
        False leaves out what no choice needs and takes most of the time: the spurious signals of functions other than
        that of the category, and the fit of the data.

    Returns
    -------
    tuple of two lists
        The categories as dictionaries (docs/categories.md), and one sentence for each category that was left out.
    """
    table, skipped = [], []
    for number in range(1, len(boundaries.cuts)):
        name, histogram = _name(number, boundaries, settings), measured.background
        templates = [metrics.Histogram(**_both(h, number)) for h in (histogram, measured.signal)]
        function, choice = fits.of_category(*templates, settings.axis, settings=settings.fit)
        fit = _fit(templates[0].sumw, templates[0].sumw2, settings, function=function)
        if fit.fitted:
            table.append({"name": name} | _row(number, boundaries, measured, fit, choice, settings, quoted))
        else:
            skipped.append(f"{name} is left out: {fit.reason}.")
    return table, skipped


def expected(boundaries, measured, settings, functions=()):
    """What the categories of one channel expect, as `rows` finds it, but faster: by the regression, without toys.

    Parameters
    ----------
    boundaries : boundaries.Boundaries
    measured : Measured
    settings : categories.Settings
    functions : sequence of Function or None, optional
        Of as many categories of this channel, the purest first, that are known from elsewhere: a category takes that of
        its place among them. Without any, or for None, it is chosen anew.

    Returns
    -------
    list of Expected or None
        The purest first; None where there is no fit.
    """
    quick, found = replace(settings, fit=replace(settings.fit, toys=0)), []
    categories = len(boundaries.cuts) - 1
    for number in range(1, categories + 1):
        templates = [metrics.Histogram(**_both(h, number)) for h in (measured.background, measured.signal)]
        known = functions[(2 * number - 1) * len(functions) // (2 * categories)] if functions else None
        if known is None:
            _, choice = fits.of_category(*templates, quick.axis, settings=quick.fit)
            known = function_of(choice, templates[1])
        fit = _fit(templates[0].sumw, templates[0].sumw2, quick, engine="glm", function=known.name)
        found.append(_expected(number, measured, fit, known, quick) if fit.fitted else None)
    return found


def function_of(choice, signal):
    """What was chosen (`fits.of_category`) for a category with a spectrum of the signal, as a `Function`."""
    total = float(np.sum(signal.sumw))
    known = choice["uncertainty"] is not None and total > 0
    return Function(choice["function"], choice["uncertainty"] / total if known else np.inf)


def _name(number, boundaries, settings):
    """The name of the category with this number."""
    short = settings.channels[boundaries.channel].get("short", boundaries.channel)
    return category_name(short, boundaries.first + number - 1)


def _expected(number, measured, fit, function, settings):
    """What the category with this number expects, from the fit of its template with a `Function`."""
    signal = float(measured.signal.sumw[-number, settings.axis.in_window].sum())
    prior = _borrowed(fit, None if measured.data is None else measured.data.sumw[-number], settings)
    # the function is that of the template; the error is that of data, which are fewer (or more) than simulated events
    background, error = fit.window_yield.value, _data_error(fit, prior, settings)
    difference = float(np.hypot(fit.window_simulated.error, fit.window_yield.error))
    missed = float(excess(fit.window_simulated.value - background, difference))
    total = float(measured.signal.sumw[-number].sum())
    uncertain = float(uncertainty(error, function.spurious * max(total, 0.0), signal, total))
    z = float(likelihood.asimov_significance(signal, background + missed, uncertain))
    return Expected(signal, background, error, uncertain, missed, difference, z, function, prior)


def _row(number, boundaries, measured, fit, choice, settings, quoted):
    """The category with this number as a dictionary."""
    templates = [metrics.Histogram(**_both(h, number)) for h in (measured.background, measured.signal)]
    window = _expected(number, measured, fit, function_of(choice, templates[1]), settings)
    counts, prior = None if measured.data is None else measured.data.sumw[-number], window.slope_prior
    criteria, data = settings.fit.spurious_signal, None
    if quoted and counts is not None:
        data = _data(counts, prior, _both(measured.background, number), settings)
    return {
        "channel": boundaries.channel,
        "score_low": boundaries.cuts[-number - 1],
        "score_high": boundaries.cuts[-number],
        **_side(boundaries.side),
        "signal": window.signal,
        "background": window.background,
        "background_error": finite(window.error),
        "background_template_error": fit.window_yield.error,
        "background_excess": window.excess,
        "background_uncertainty": finite(window.uncertainty),
        "samples": _samples(measured.samples, number, settings),
        "significance": window.significance,
        "signal_over_background": window.signal / window.background if window.background > 0 else None,
        **measured.divergences[-number],
        "function": fit.function,
        "function_choice": choice,
        "slope_from": "sidebands" if prior is None else "control region",
        "slope_prior": None if prior is None else dict(zip(("value", "error"), prior, strict=True)),
        "fit": fits.to_json(fit, spectra=False),
        "spurious_signal": fits.study_spurious_signal(*templates, fit, criteria=criteria, others=quoted),
        "spectrum": {
            "edges_gev": settings.axis.edges,
            "background": _both(measured.background, number),
            "signal": _both(measured.signal, number),
            "samples": {name: _both(histogram, number) for name, histogram in measured.samples.items()},
            "data": None if counts is None else {"sumw": counts},
        },
        "model": fits.model_of(fit),
        "data": data,
    }


def _side(side):
    """The side of a divided channel, ready for JSON: null is infinite."""
    if side is None:
        return {}
    return {"side": {"column": side.column, "low": finite(side.low), "high": finite(side.high)}}


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
