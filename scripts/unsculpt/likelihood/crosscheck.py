"""The combined likelihood in its other two forms: a pyhf model with loglinear backgrounds, and plain HistFactory."""

import numpy as np
import pyhf

from unsculpt.likelihood import loglinear, portable
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.models import channel_spec, numpy_backend
from unsculpt.likelihood.nuisances import NONE, dress
from unsculpt.likelihood.simultaneous import build, nominal


def by_pyhf(channels, nuisances=NONE, data=None):
    """Significance and signal strength of one data set by pyhf, as a check of `combined`.

    Parameters
    ----------
    channels : list of models.Channel
    nuisances : nuisances.Nuisances
    data : array, shape (C, B), optional
        The Asimov data of mu = 1 by default.

    Returns
    -------
    tuple of two floats
        Discovery significance and best-fit mu, at least zero.
    """
    model = build(channels, nuisances)
    data = model.expected(1.0) if data is None else data
    pdf = pyhf_model(channels, nuisances, mu_max=float(5 + 10 * fit(model, data).mu[0]))
    with numpy_backend():
        by_name = dict(zip(model.names, data, strict=True))
        lengths = {channel.name: len(channel.edges) - 1 for channel in channels}
        observed = np.concatenate([by_name[name][: lengths[name]] for name in pdf.config.channels])
        values = observed.tolist() + list(pdf.config.auxdata)
        best, free = pyhf.infer.mle.fit(values, pdf, return_fitted_val=True)
        _, without = pyhf.infer.mle.fixed_poi_fit(0.0, values, pdf, return_fitted_val=True)
    return float(np.sqrt(max(float(without - free), 0.0))), float(best[pdf.config.poi_index])


def pyhf_model(channels, nuisances=NONE, *, mu_max=10.0):
    """The pyhf model (loglinear background) of channels with their constrained parameters."""
    parts = [channel_spec(channel, nominal(channel)) for channel in channels]
    parameters = [parameter for _, own in parts for parameter in own]
    parameters.append({"name": "mu", "inits": [min(1.0, mu_max / 2)], "bounds": [[0.0, mu_max]]})
    spec = {"channels": [part for part, _ in parts], "parameters": parameters}
    with numpy_backend():
        return loglinear.model(dress(spec, channels, nuisances))


def workspace(channels, nuisances=NONE, **options):
    """The likelihood as a plain HistFactory workspace; `options` are those of `portable.workspace`."""
    return dress(portable.workspace(channels, **options), channels, nuisances)
