"""A bump hunt that does not know where: all windows of a spectrum, and how often luck alone finds as much in one.

After BumpHunter (arXiv:1101.0390), but the background under each window is fitted outside it, so that the bump does not
pull it up. Events are counts of data: there are no weights.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import chi2, norm

from unsculpt import shapes
from unsculpt.fits.goodness import deviance
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.significance import asimov_significance
from unsculpt.shapes.bins import relative_widths

LEAST_SIDE = 3  # bins on either side of a window
_CHUNK = 500  # toys at a time


@dataclass(frozen=True)
class Hunt:
    """What a hunt found.

    function : of the background, chosen in the whole range.
    expected : (B,), its fit to the whole range: the hypothesis that there is no bump.
    p_value : of the deviance outside the window, from toys without a bump and the windows that these have; a small one
        says that the function does not describe the spectrum, bump or not.
    window : lower and upper edge of the window with the largest excess, in GeV.
    observed, background, error : events in it, and what the bins outside expect there with its error.
    local : significance of this excess in standard deviations, as if the window had been known.
    global_p : share of toys of `expected` that have an excess as significant in any window, (k + 1) / (toys + 1).
    toys : number of them.
    """

    function: str
    expected: np.ndarray
    p_value: float
    window: tuple
    observed: float
    background: float
    error: float
    local: float
    global_p: float
    toys: int

    @property
    def significance(self):
        """Global significance in standard deviations; with no toy beyond, what it is at least."""
        return float(max(norm.isf(self.global_p), 0.0))

    @property
    def at_limit(self):
        """Whether no toy had as much, so that the significance is a lower limit."""
        return self.global_p * (self.toys + 1) < 1.5


def windows(edges, widths_gev):
    """The windows of these widths, in steps of a bin, as slices of the bins.

    Examples
    --------
    >>> windows(np.arange(0, 101, 10.0), [30])
    [slice(3, 6, None), slice(4, 7, None)]
    """
    bins, width = len(edges) - 1, (edges[-1] - edges[0]) / (len(edges) - 1)
    sizes = dict.fromkeys(max(1, round(wanted / width)) for wanted in widths_gev)
    return [slice(i, i + n) for n in sizes for i in range(LEAST_SIDE, bins - LEAST_SIDE - n + 1)]


def choose(counts, edges, functions, threshold):
    """The first function of a family, lowest order first, that the next one does not improve significantly.

    Parameters
    ----------
    counts : array, shape (B,)
    edges : array, shape (B + 1,)
    functions : sequence of shapes.Function
        Log-linear, each with one parameter more.
    threshold : float
        A higher one is taken while the p-value of the likelihood ratio is below this.

    Returns
    -------
    shapes.Function, likelihood.glm.GlmFit
    """
    fits = [_fitted(counts[None], edges, function) for function in functions]
    for (function, fit), (_, higher) in pairwise(zip(functions, fits, strict=True)):
        gain = 2 * (fit.nll[0] - higher.nll[0])
        if fit.converged[0] and not (higher.converged[0] and chi2.sf(gain, 1) < threshold):
            return function, fit
    return functions[-1], fits[-1]


def scan(counts, edges, function, parts):
    """Significances of all windows of T spectra of counts.

    Parameters
    ----------
    counts : array, shape (T, B)
    edges : array, shape (B + 1,)
    function : shapes.Function
        Log-linear.
    parts : sequence of W slices
        The windows.

    Returns
    -------
    three arrays, shape (T, W)
        Significance of the excess, 0 where there is none or the fit did not converge, the expected background of the
        window, and its error.
    """
    basis, width = function.basis(edges), relative_widths(edges)
    found = np.zeros((3, len(counts), len(parts)))
    for place, part in enumerate(parts):
        side = np.ones(len(width), bool)
        side[part] = False
        fit = poisson_glm(counts[:, side], basis[side], exposure=width[side])
        inside = width[part] * np.exp(np.clip(fit.beta @ basis[part].T, -700, 80))
        slope = inside @ basis[part]
        error = np.sqrt(np.maximum(np.einsum("tp,tpq,tq->t", slope, fit.covariance, slope), 0))
        total = inside.sum(1)
        excess = asimov_significance(counts[:, part].sum(1) - total, total, error)
        found[:, :, place] = np.where(fit.converged, excess, 0), total, error
    return found


def hunt(counts, edges, *, functions, order_p_value, widths_gev, toys, rng):
    """Look for an excess in any window, and ask toys how often there is one as significant by luck.

    Parameters
    ----------
    counts : array, shape (B,)
        Events.
    edges : array, shape (B + 1,)
        Of the mass in GeV, equally wide bins.
    functions, order_p_value
        See `choose`. The toys keep the function that is chosen.
    widths_gev : sequence of float
        Of the windows.
    toys : int
    rng : numpy.random.Generator

    Returns
    -------
    Hunt or None
        None where the spectrum has fewer bins with events than the function has parameters, or the fit fails.
    """
    counts, edges, parts = np.asarray(counts, float), np.asarray(edges, float), windows(edges, widths_gev)
    if not parts or np.sum(counts > 0) <= functions[0].parameters:
        return None
    functions = [f for f in functions if np.sum(counts > 0) > f.parameters]
    function, fit = choose(counts, edges, functions, order_p_value)
    if not fit.converged[0]:
        return None
    z, background, error = (values[0] for values in scan(counts[None], edges, function, parts))
    best, expected = int(np.argmax(z)), fit.expected[0]
    outside, beyond, worse = _outside(counts[None], edges, function, parts, z[None])[0], 0, 0
    for number in (min(_CHUNK, toys - start) for start in range(0, toys, _CHUNK)):
        drawn = rng.poisson(expected, (number, len(expected))).astype(float)
        of_toys = scan(drawn, edges, function, parts)[0]
        beyond += int(np.sum(of_toys.max(1) >= z[best]))
        worse += int(np.sum(_outside(drawn, edges, function, parts, of_toys) >= outside))
    return Hunt(
        function=function.name,
        expected=expected,
        p_value=(worse + 1) / (toys + 1),
        window=(float(edges[parts[best].start]), float(edges[parts[best].stop])),
        observed=float(counts[parts[best]].sum()),
        background=float(background[best]),
        error=float(error[best]),
        local=float(z[best]),
        global_p=(beyond + 1) / (toys + 1),
        toys=toys,
    )


def family(settings):
    """The functions of `fit` of the configuration, lowest order first: those it names, or exponentials."""
    return [shapes.function(name) for name in settings["functions"] or range(1, settings["max_order"] + 1)]


def _outside(counts, edges, function, parts, z):
    """Deviance of each spectrum, (T,), from the fit outside its window of the largest excess; z are (T, W)."""
    best, found = z.argmax(1), np.zeros(len(counts))
    for place in np.unique(best):
        rows, side = best == place, np.ones(counts.shape[1], bool)
        side[parts[place]] = False
        options = {"exposure": relative_widths(edges)[side]}
        fit = poisson_glm(counts[rows][:, side], function.basis(edges)[side], **options)
        found[rows] = deviance(counts[rows][:, side], fit.expected)
    return found


def _fitted(counts, edges, function):
    return poisson_glm(counts, function.basis(edges), exposure=relative_widths(edges))
