"""Hard events of a matrix-element generator: reading Les Houches event files, adding the colour flow, writing them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unsculpt.errors import InputError

LEGS, COLUMNS = 6, 13  # a b -> t tbar y y; id, status, two mothers, two colours, px, py, pz, e, m, lifetime, spin
TOP, GLUON = 6, 21


@dataclass(frozen=True)
class HardEvents:
    """Events a b -> t tbar y y.

    header : float, shape (n, 6); the line NUP IDPRUP XWGTUP SCALUP AQEDUP AQCDUP of each event.
    legs : float, shape (n, 6, 13); one line a particle, as in the Les Houches accord (hep-ph/0609017).
    """

    header: np.ndarray
    legs: np.ndarray

    def __len__(self):
        return len(self.header)

    @property
    def weight(self):
        """Event weights, shape (n,)."""
        return self.header[:, 2]

    @property
    def id(self):
        """PDG numbers, shape (n, 6)."""
        return self.legs[:, :, 0].astype(int)

    @property
    def momentum(self):
        """px, py, pz, e in GeV, shape (n, 6, 4)."""
        return self.legs[:, :, 6:10]

    @property
    def colours(self):
        """Colour and anticolour tags, shape (n, 6, 2)."""
        return self.legs[:, :, 4:6].astype(int)


def load(path):
    """Read a Les Houches event file of a b -> t tbar y y; InputError when it is not one."""
    rows = []
    inside = False
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("<"):
            inside = line.startswith("<event")
        elif inside and not line.startswith("#"):
            rows.append(line)
    try:
        header = np.array([row.split() for row in rows[:: LEGS + 1]], float).reshape(-1, 6)
        lines = [row for i, row in enumerate(rows) if i % (LEGS + 1)]
        legs = np.array(" ".join(lines).split(), float).reshape(len(header), LEGS, COLUMNS)
    except ValueError as error:
        raise InputError(f"{path}: not a Les Houches file of ttyy events ({error}); run the job again") from error
    return HardEvents(header, legs)


def with_colour_flow(events, rng):
    """The events with the leading-colour flow of the part a b -> t tbar, as if the photons carried no momentum.

    A pair of quarks has one flow. Two gluons have two, chosen at random in the ratio of the squared propagators
    1/(t - m^2)^2 : 1/(u - m^2)^2, an approximation.

    Parameters
    ----------
    events : HardEvents
        With incoming partons on lines 0 and 1, t and tbar on lines 2 and 3.
    rng : numpy.random.Generator

    Returns
    -------
    HardEvents
    """
    ids, p = events.id, events.momentum
    legs = events.legs.copy()
    a_is_gluon, b_is_gluon = ids[:, 0] == GLUON, ids[:, 1] == GLUON
    if not np.all((a_is_gluon == b_is_gluon) & (ids[:, 2] == TOP) & (ids[:, 3] == -TOP)):
        raise ValueError("with_colour_flow: expected q qbar or g g -> t tbar y y, in this order")
    t, u = _propagator(p[:, 0], p[:, 2]), _propagator(p[:, 1], p[:, 2])
    first_to_top = rng.random(len(ids)) < t**-2 / (t**-2 + u**-2)
    quark_first = ids[:, 0] > 0
    flows = {  # colour and anticolour of a, b, t, tbar
        (0, 1): [(501, 0), (0, 502), (501, 0), (0, 502)],
        (0, 0): [(0, 502), (501, 0), (501, 0), (0, 502)],
        (1, 1): [(501, 502), (502, 503), (501, 0), (0, 503)],
        (1, 0): [(502, 503), (501, 502), (501, 0), (0, 503)],
    }
    choice = np.where(a_is_gluon, first_to_top, quark_first)
    for (gluons, first), flow in flows.items():
        mask = (a_is_gluon == bool(gluons)) & (choice == bool(first))
        legs[mask, :4, 4:6] = flow
    legs[:, 4:, 4:6] = 0
    return replace(events, legs=legs)


def save(events, path, beam_energy=6500.0):
    """Write the events as a Les Houches file for Pythia, with strategy -4: all are kept, with their weights."""
    integers = events.legs[:, :, :6].astype(int)
    with Path(path).open("w", encoding="utf-8") as stream:
        stream.write('<LesHouchesEvents version="1.0">\n<init>\n')
        stream.write(f"2212 2212 {beam_energy} {beam_energy} 0 0 0 0 -4 1\n1.0 1.0 1.0 1\n</init>\n")
        for header, whole, real in zip(events.header, integers, events.legs[:, :, 6:], strict=True):
            stream.write(f"<event>\n{LEGS} 1 {header[2]:.10e} {header[3]:.10e} {header[4]:.10e} {header[5]:.10e}\n")
            for numbers, momenta in zip(whole.tolist(), real.tolist(), strict=True):
                stream.write(" ".join(map(str, numbers)) + " " + " ".join(f"{x:.10e}" for x in momenta) + "\n")
            stream.write("</event>\n")
        stream.write("</LesHouchesEvents>\n")


def _propagator(p, k):
    """(p - k)^2 - m^2 = -2 p.k for a massless p and a k of mass m."""
    return -2 * (p[:, 3] * k[:, 3] - np.sum(p[:, :3] * k[:, :3], axis=1))
