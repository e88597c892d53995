"""What a selection leaves of background and signal: the sideband fit and what it finds of signal, ready for JSON."""

from unsculpt.fits import injection
from unsculpt.fits.results import to_json, workspace
from unsculpt.fits.sidebands import fit_spectrum
from unsculpt.fits.spurious import study


def measure(background, signal, axis, *, settings):
    """Sideband fit of a background template, the spurious signal of its function, and the hunt for injected signal.

    Parameters
    ----------
    background, signal : metrics.Histogram
        What passes the selection, at the luminosity, full range.
    axis : axes.Axis
        Of the mass, with a window.
    settings : Settings

    Returns
    -------
    content, workspace : dict
        The JSON of docs/fits.md, and the plain HistFactory workspace of the fit.
    """
    fit = fit_spectrum(background.sumw, background.sumw2, axis, settings=settings)
    spurious = study(background, signal, fit, criteria=settings.spurious_signal)
    hunted = injection.study(background, signal, fit, strengths=settings.injection)
    return to_json(fit) | {"spurious_signal": spurious, "injection": hunted}, workspace(fit)
