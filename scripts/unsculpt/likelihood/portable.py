"""The likelihood as a plain HistFactory workspace: stock pyhf, its command line and cabinetry read it.

Each mass bin becomes a channel of one bin. The nominal background is the sideband fit; a normfactor scales it, and for
each order a `normsys`, shared by all bins, bends it: one unit shifts the coefficient by K, so that bin i changes by
exp(K X_i). Two things are in the way, and both are dealt with here:

- the constraint of a normsys, one unit wide, cannot be switched off. A large K makes it wide against the fit error
  (K = 2, 4, 2 for a, b, c in the reduced mass; typical errors are 0.02 to 0.2);
- pyhf interpolates the factors of a normsys within one unit by a polynomial (code 4; a file cannot ask for another),
  and that polynomial is too steep at zero when K is large. Since its slope there is known in closed form, the factors
  are chosen such that the slope, and with it the information of the fit, is exact.

A slope that is borrowed from a control region has a constraint of its own: there one unit is its error, and the
auxiliary datum says where its mean lies.
"""

import numpy as np

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import COEFFICIENTS, coefficient_prior, signal_template

WITHOUT_DATA = "without_data"  # name of the only observation, and of the measurement, of a file without data
STEPS = {"a": 2.0, "b": 4.0, "c": 2.0}  # K: change of the coefficient for one unit of its normsys


def workspace(channels, *, measurement="fit", mu_max=10.0):
    """Plain HistFactory workspace of one or several channels.

    Channels of the file are called `<name>_sidebands_<bin>` and `<name>_window_<bin>`: pruning the window gives the
    sideband fit. Where a channel has no counts (blinded) the file has no data: its only observation is one zero of no
    channel, which the schema asks for. So it is a valid file, whose model any program builds, but a program that reads
    its data stops at a channel without them, and cannot take expectations for observations.

    Parameters
    ----------
    channels : list of models.Channel
        Their signals are either all given, or all None: then the file holds the background alone, with an empty
        parameter of interest (`ws.model(poi_name=None)`).
    measurement : str
        Name of the measurement, if there are data.
    mu_max : float
        Upper bound of the signal strength.

    Returns
    -------
    dict
        Valid under the schema of pyhf 0.7.
    """
    with_signal = channels[0].signal is not None
    seen = all(channel.counts is not None for channel in channels)
    specs, observations, parameters = [], [], []
    for channel in channels:
        names, own = _bins(channel)
        specs += own
        if seen:
            counts = np.asarray(channel.counts, float)
            observations += [{"name": name, "data": [float(n)]} for name, n in zip(names, counts, strict=True)]
        parameters.append({"name": f"N_{channel.name}", "bounds": [[1e-3, 10.0]], "inits": [1.0]})
        parameters += [
            {"name": f"{letter}_{channel.name}", "bounds": [[-50.0, 50.0]]}
            for letter in COEFFICIENTS[: channel.function.order]
        ]
        if channel.slope_prior is not None:
            mean, error = coefficient_prior(channel.slope_prior, channel.edges)
            parameters[-channel.function.order]["auxdata"] = [(mean - float(_fitted(channel)[1])) / error]
    if with_signal:
        parameters.append({"name": "mu", "bounds": [[0.0, mu_max]], "inits": [min(1.0, mu_max / 2)]})
    config = {"poi": "mu" if with_signal else "", "parameters": parameters}
    measurements = [{"name": measurement if seen else WITHOUT_DATA, "config": config}]
    observations = observations or [{"name": WITHOUT_DATA, "data": [0.0]}]
    return {"channels": specs, "observations": observations, "measurements": measurements, "version": "1.0.0"}


def _fitted(channel):
    """Parameters of the function that is the background, shape (P,)."""
    basis, widths = channel.function.basis(channel.edges), shapes.relative_widths(channel.edges)
    side = ~channel.axis.in_window
    return poisson_glm(np.asarray(channel.background, float)[side], basis[side], exposure=widths[side]).beta[0]


def shifts(edges, function, slope_error=None):
    """Logarithmic change of each bin for one unit of each normsys, shape (bins, order).

    The free normalisation absorbs a constant: 1/2 - x^2 in place of 1/3 - x^2 keeps the largest change small. A slope
    that has a constraint moves by its error, in units of the reduced mass.
    """
    degree = shapes.function(function).order
    columns = shapes.basis(edges, function)[:, 1:] + np.array([0.0, 1 / 6, 0.0])[:degree]
    steps = np.array([STEPS[letter] for letter in COEFFICIENTS[:degree]])
    steps[0] = steps[0] if slope_error is None else slope_error
    return columns * steps


def log_factors(slopes):
    """ln(hi) = -ln(lo) of normsys modifiers whose code-4 interpolation has these logarithmic slopes at zero.

    With d = ln(hi), the polynomial of degree 6 that meets exp(d alpha) and its first two derivatives at alpha = +-1 and
    is 1 at zero has there the slope (15 sinh d - 7 d cosh d + d^2 sinh d) / 8 = d (1 + 2e-4 d^6 + ...), inverted here.
    """
    slopes = np.asarray(slopes, float)
    d = slopes.copy()
    for _ in range(30):
        sinh, cosh = np.sinh(d), np.cosh(d)
        slope = (15 * sinh - 7 * d * cosh + d**2 * sinh) / 8
        d -= (slope - slopes) / ((8 * cosh - 5 * d * sinh + d**2 * cosh) / 8)
    return d


def _bins(channel):
    """Names and specifications of the one-bin channels; numbers are padded, because pyhf sorts channels by name."""
    nominal = channel.function.expected(_fitted(channel), channel.edges)
    inside = channel.axis.in_window
    slope_error = channel.slope_prior and coefficient_prior(channel.slope_prior, channel.edges)[1]
    factors = np.exp(log_factors(shifts(channel.edges, channel.function, slope_error)))
    names = [f"{channel.name}_{'window' if w else 'sidebands'}_{i:04d}" for i, w in enumerate(inside)]
    specs = []
    for i, name in enumerate(names):
        modifiers = [{"name": f"N_{channel.name}", "type": "normfactor", "data": None}]
        for letter, factor in zip(COEFFICIENTS, factors[i], strict=False):
            data = {"hi": float(factor), "lo": float(1 / factor)}
            modifiers.append({"name": f"{letter}_{channel.name}", "type": "normsys", "data": data})
        samples = [{"name": "background", "data": [float(nominal[i])], "modifiers": modifiers}]
        if channel.signal is not None:
            mu = [{"name": "mu", "type": "normfactor", "data": None}]
            samples.append({"name": "signal", "data": [float(signal_template(channel)[i])], "modifiers": mu})
        specs.append({"name": name, "samples": samples})
    return names, specs
