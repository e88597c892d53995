"""Systematic uncertainties of a combined fit: luminosity, spurious signal, statistics of the signal template.

A channel c with signal template s and background e expects, with one global parameter L and two of its own (t, p),

    mu (1 + lumi)^L (1 + template_c)^t s + N_sp,c p s / sum(s) + e

where L, t and p have a standard Gaussian as constraint. The spurious signal is the additive term of the ATLAS H->yy
analyses (arXiv:1802.04146). Its parameter p is that of the channel, or one for all channels where the same wrong shape
of the background is behind all of them.
"""

from dataclasses import dataclass, field, replace

from unsculpt.likelihood.models import signal_template

KINDS = ("luminosity", "spurious_signal", "signal_template")


@dataclass(frozen=True)
class Nuisances:
    """What is uncertain in a combination; channels are named, and a channel without entry has no such uncertainty.

    luminosity : relative uncertainty, common to all channels.
    spurious_signal : name of the channel -> events.
    signal_template : name -> relative uncertainty of the signal yield from the statistics of its simulation.
    common_spurious_signal : one parameter moves the spurious signals of all channels, in place of one for each.
    """

    luminosity: float = 0.0
    spurious_signal: dict = field(default_factory=dict)
    signal_template: dict = field(default_factory=dict)
    common_spurious_signal: bool = False

    def without(self, *kinds):
        """The same without some of `KINDS`."""
        return replace(self, **{kind: 0.0 if kind == "luminosity" else {} for kind in kinds})


NONE = Nuisances()


def dress(spec, channels, nuisances):
    """Add the constrained parameters to a specification of `models.model` (A) or `portable.workspace` (B).

    Parameters
    ----------
    spec : dict
        With "channels"; changed in place. Channels with the background normalisation `N_<name>` belong to `<name>`.
    channels : list of models.Channel
    nuisances : Nuisances

    Returns
    -------
    dict
        The same specification.
    """
    by_name = {channel.name: channel for channel in channels}
    position = dict.fromkeys(by_name, 0)
    for part in spec["channels"]:
        background = part["samples"][0]
        name = background["modifiers"][0]["name"].removeprefix("N_")
        bins = slice(position[name], position[name] + len(background["data"]))
        position[name] = bins.stop
        signal = next((sample for sample in part["samples"] if sample["name"] == "signal"), None)
        if signal is not None:
            _uncertain(part, signal, by_name[name], bins, nuisances)
    return spec


def _uncertain(part, signal, channel, bins, nuisances):
    """The uncertainties of the signal in one channel of a specification."""
    relative = {"luminosity": nuisances.luminosity}
    relative[f"template_{channel.name}"] = nuisances.signal_template.get(channel.name, 0.0)
    for parameter, size in relative.items():
        if size > 0:
            data = {"hi": float(1 + size), "lo": float(1 / (1 + size))}
            signal["modifiers"].append({"name": parameter, "type": "normsys", "data": data})
    events = nuisances.spurious_signal.get(channel.name, 0.0)
    template = signal_template(channel)
    if events > 0 and template.sum() > 0:
        shift = events * template[bins] / template.sum()
        data = {"hi_data": shift.tolist(), "lo_data": (-shift).tolist()}
        name = "spurious" if nuisances.common_spurious_signal else f"spurious_{channel.name}"
        modifier = {"name": name, "type": "histosys", "data": data}
        part["samples"].append({"name": "spurious", "data": [0.0] * len(shift), "modifiers": [modifier]})
