"""The event selection: photon pair, mass, region (TI or NTNI), channel, blinding, and the cut flow. Knows no features.

The pair is made of the two leading photons that pass pT and pseudorapidity, whatever their identification and
isolation. It is TI when both are tight and isolated and NTNI otherwise, so that the two regions partition the events.
"""

from dataclasses import dataclass, fields, replace

import awkward as ak
import numpy as np

from unsculpt import objects
from unsculpt.kinematics import pair_mass

CUTS = ("all", "trigger", "two photons", "pT over mass", "mass range", "region", "channel")


@dataclass(frozen=True)
class Selected:
    """Events with a photon pair.

    run, event : int64, shape (n,).
    weight, mass : float64, shape (n,); mass in GeV.
    photons : dict of arrays of shape (n, 2), leading first: pt, eta, phi, e, conversion, tight, isolated.
    jets, leptons, met, met_phi : as in `objects.Batch`; no jet is within dR 0.4 of the pair.
    region : str, "ti" or "ntni".
    channel : str, empty where no channel fits.
    """

    run: np.ndarray
    event: np.ndarray
    weight: np.ndarray
    mass: np.ndarray
    photons: dict
    jets: ak.Array
    leptons: ak.Array
    met: np.ndarray
    met_phi: np.ndarray
    region: np.ndarray
    channel: np.ndarray

    def __len__(self):
        return len(self.mass)

    def __getitem__(self, mask):
        """The events of a mask."""
        columns = {f.name: getattr(self, f.name)[mask] for f in fields(self) if f.name != "photons"}
        return replace(self, photons={name: values[mask] for name, values in self.photons.items()}, **columns)


def groups(channels):
    """Groups of branches (see `branches.Branch`) that the channels of a study look at."""
    used = set()
    for channel in channels.values():
        used |= {"jets"} if channel.get("min_jets") else set()
        used |= {"jets", "btags"} if channel.get("min_bjets") else set()
        used |= {"leptons"} if channel.get("min_leptons") or channel.get("max_leptons") is not None else set()
    return used


def diphoton_mass(pt, eta, phi):
    """Mass of two massless particles, in the unit of pt; arguments of shape (n, 2).

    Examples
    --------
    >>> float(diphoton_mass(np.array([[50.0, 50.0]]), np.zeros((1, 2)), np.array([[0.0, np.pi]]))[0])
    100.0
    """
    return pair_mass((pt[:, 0], pt[:, 1]), eta[:, 0] - eta[:, 1], phi[:, 0] - phi[:, 1])


def select(batch, *, selection, axis, region, blind):
    """Apply the selection.

    Parameters
    ----------
    batch : objects.Batch
    selection : dict
        The configuration `selection`.
    axis : axes.Axis
        Of the mass; without a window nothing is blinded.
    region : str
        "ti", "ntni" or "any".
    blind : bool
        Whether TI events inside the signal window are removed (data of a blinded study). They go before anything is
        counted, so that nothing in the cut flow tells how many they are.

    Returns
    -------
    Selected, list
        The cut flow has a row [name, events, sum of weights] for each of `CUTS`.
    """
    batch = batch[~is_blinded(batch, axis)] if blind else batch
    flow = [_row("all", batch.weight)]
    batch = batch[batch.trigger]
    flow.append(_row("trigger", batch.weight))
    events = _pairs(batch[ak.to_numpy(ak.num(batch.photons) >= 2)])
    events = events[events.photons["pt"][:, 0] > selection["leading_photon_pt_min_gev"]]
    flow.append(_row("two photons", events.weight))
    cuts = {
        "pT over mass": lambda e: _pt_over_mass(e, selection),
        "mass range": lambda e: axis.covers(e.mass),
        "region": lambda e: np.isin(e.region, ["ti", "ntni"] if region == "any" else [region]),
        "channel": lambda e: e.channel != "",
    }
    for name, cut in cuts.items():
        if name == "channel":
            events = _with_channel(events, selection["channels"])
        events = events[cut(events)]
        flow.append(_row(name, events.weight))
    return events, flow


def assign_channels(n_jets, n_bjets, n_leptons, channels):
    """Name of the first channel that each event fits, empty where none does; counts are int arrays of shape (n,)."""
    fits = [
        (n_jets >= channel.get("min_jets", 0))
        & (n_bjets >= channel.get("min_bjets", 0))
        & (n_leptons >= channel.get("min_leptons", 0))
        & (n_leptons <= (np.inf if channel.get("max_leptons") is None else channel["max_leptons"]))
        for channel in channels.values()
    ]
    return np.select(fits, list(channels), "")


def _pairs(batch):
    """The photon pair of each event and its mass and region; channels are not yet assigned."""
    pair = batch.photons[:, :2]
    photons = {name: ak.to_numpy(ak.to_regular(pair[name])).reshape(-1, 2) for name in pair.fields}
    good = (photons["tight"] & photons["isolated"]).all(axis=1)
    return Selected(
        run=batch.run,
        event=batch.event,
        weight=batch.weight,
        mass=diphoton_mass(photons["pt"], photons["eta"], photons["phi"]),
        photons=photons,
        jets=batch.jets,
        leptons=batch.leptons,
        met=batch.met,
        met_phi=batch.met_phi,
        region=np.where(good, "ti", "ntni"),
        channel=np.full(len(batch), ""),
    )


def _pt_over_mass(events, selection):
    leading, subleading = events.photons["pt"].T
    return (leading > selection["leading_pt_over_mass_min"] * events.mass) & (
        subleading > selection["subleading_pt_over_mass_min"] * events.mass
    )


def is_blinded(batch, axis):
    """Whether the photon pair is TI and its mass inside the signal window."""
    hidden = ak.to_numpy(ak.num(batch.photons) >= 2)
    pairs = _pairs(batch[hidden])
    hidden[hidden] = axis.inside(pairs.mass) & (pairs.region == "ti")
    return hidden


def _with_channel(events, channels):
    jets = objects.away_from(events.jets, events.photons["eta"], events.photons["phi"])
    counts = (ak.num(jets), ak.sum(jets.btag, axis=1), ak.num(events.leptons))
    return replace(events, jets=jets, channel=assign_channels(*map(ak.to_numpy, counts), channels))


def _row(name, weight):
    return [name, len(weight), float(weight.sum())]
