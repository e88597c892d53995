"""`loglinear`: a factor exp(theta x_i) in each bin, as a modifier of pyhf 0.7 through public hooks.

pyhf has no parametric shapes: `shapefactor` is free in each bin and cannot extrapolate, `histosys` is linear outside
one standard deviation. With this modifier the background is N exp(-a x - b (x^2 - 1/3) ...), one parameter a term, and
all of pyhf.infer works; theta is free, or carries a Gaussian constraint. Its specification is not plain HistFactory;
`portable` writes the form that is.
"""

import pyhf
from pyhf.modifiers import histfactory_set
from pyhf.parameters import ParamViewer

BOUND = 20.0  # of each coefficient in the reduced mass: a factor e^40 over the range


def _parameter_set(constraint=None):
    """A free parameter, or one with a Gaussian constraint {"value", "error"}."""
    free = {
        "paramset_type": "unconstrained",
        "n_parameters": 1,
        "is_scalar": True,
        "inits": (0.0,),
        "bounds": ((-BOUND, BOUND),),
        "fixed": False,
    }
    if constraint is None:
        return free
    auxiliary = {"auxdata": (constraint["value"],), "sigmas": (constraint["error"],)}
    return free | {"paramset_type": "constrained_by_normal"} | auxiliary


class LogLinearBuilder:
    """Collects the x values of each modifier from the specification, channel after channel."""

    is_shared = True  # one parameter may act in several channels

    def __init__(self, config):
        self.config, self.builder_data, self.required_parsets = config, {}, {}

    def append(self, key, channel, sample, thismod, defined_samp):
        """Take the x values of `sample` in `channel`; without the modifier x is 0, and the factor 1 needs no mask."""
        bins = self.config.channel_nbins[channel]
        x = list(thismod["data"]["x"]) if thismod else [0.0] * bins
        if len(x) != bins:
            raise pyhf.exceptions.InvalidModifier(f"{key}: {len(x)} x values for {bins} bins in {channel}")
        self.builder_data.setdefault(key, {}).setdefault(sample, {"data": {"x": []}})["data"]["x"] += x
        if thismod:
            constraint = thismod["data"].get("constraint")
            self.required_parsets.setdefault(thismod["name"], [_parameter_set(constraint)])

    def finalize(self):
        """What was collected, for `LogLinear`."""
        return self.builder_data


class LogLinear:
    """Computes the factors of all loglinear modifiers for given parameters."""

    name, op_code = "loglinear", "multiplication"

    def __init__(self, modifiers, pdfconfig, builder_data, batch_size=None):
        self.batch_size = batch_size
        shape = (batch_size, pdfconfig.npars) if batch_size else (pdfconfig.npars,)
        self.param_viewer = ParamViewer(shape, pdfconfig.par_map, [name for name, _ in modifiers])
        self._x = [[builder_data[f"{t}/{m}"][s]["data"]["x"] for s in pdfconfig.samples] for m, t in modifiers]
        self._precompute()
        pyhf.events.subscribe("tensorlib_changed")(self._precompute)

    def _precompute(self):
        if self.param_viewer.index_selection:
            self.x = pyhf.get_backend()[0].astensor(self._x)  # (modifier, sample, bin)

    def apply(self, pars):
        """Factors, shape (1, sample, batch, bin); None without such modifiers."""
        if not self.param_viewer.index_selection:
            return None
        tensorlib, _ = pyhf.get_backend()
        theta = self.param_viewer.get(pars)  # (modifier,) or (modifier, batch)
        if self.batch_size is None:
            theta = tensorlib.reshape(theta, (-1, 1))
        return tensorlib.exp(tensorlib.einsum("ma,msb->sab", theta, self.x))[None]


MODIFIER_SET = {**histfactory_set, "loglinear": (LogLinearBuilder, LogLinear)}


def model(spec, poi="mu"):
    """A pyhf model of a specification that may hold loglinear modifiers; `poi=None` for the background alone."""
    settings = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}
    return pyhf.Model(spec, modifier_set=MODIFIER_SET, validate=False, poi_name=poi, modifier_settings=settings)
