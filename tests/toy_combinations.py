"""Toy tops: rows of jets, three of which may be of one top, and what a study says of their combinations."""

import awkward as ak
import numpy as np
from given_selection import DEFAULT, config

from unsculpt import definitions
from unsculpt.rows import Rows

TOP = {
    "learn_from": "tops",
    "members": {"b": {"from": "jet", "count": 1}, "q": {"from": "jet", "count": 2}},
    "inputs": {
        "top_mass": "(b[0] + q[0] + q[1]).mass",
        "w_mass": "(q[0] + q[1]).mass",
        "ratio": "w_mass / top_mass",
        "tagged": "b[0].tagged",
        "spread": "dr(q[0], q[1])",
    },
    "define": {"w_pt": "(q[0] + q[1]).pt", "angle": "dr(candidate, b[0])", "of_met": "b[0].pt / missing_et"},
    "truth": "b[0].role == 1 and q[0].role == 2 and q[1].role == 2 and b[0].top == q[0].top and b[0].top == q[1].top",
    "reference": {"fields": ["w_mass", "top_mass"], "prefer": "tagged"},
    "training": {"trees": 30, "leaves": 8, "min_leaf": 20},
}
QUANTITIES = {
    "first": {"expression": "top[0].score"},
    "mass1": {"expression": "top[0].top_mass"},
    "pt2": {"expression": "top[1].pt"},
    "angle1": {"expression": "dr(candidate, top[0])"},
}
TOPS = {"tops": {"role": "background", "simulate": {"process": "tth"}}}


def study(features=("first",), quantities=(), samples=(), **changes):
    """The default study with these features, and `changes` of its combinations."""
    return config(
        combinations={"top": TOP | changes},
        quantities=QUANTITIES | dict(quantities),
        features=list(features),
        samples=DEFAULT["samples"] | TOPS | dict(samples),
    )


def used(learns=None, **changes):
    """What of it is used for events in the format of the simulation."""
    tree = study(**changes)
    fields = {"": set(tree["formats"]["atlas_open"]["event"]["fields"]) | {"run", "event"}}
    fields |= {name: set(part["fields"]) for name, part in tree["formats"]["atlas_open"]["collections"].items()}
    return definitions.used(tree, fields, "study", learns=learns)


def step(rng, n, counts=None):
    """Rows with up to eight jets (or `counts` of them), of which the first three of half of the rows are a top.

    The masses of that are near those of the top and the W boson, and its b jet is mostly tagged.
    """
    counts = rng.integers(3, 9, n) if counts is None else np.asarray(counts)
    owner, place = np.repeat(np.arange(n), counts), np.concatenate([np.arange(c) for c in counts])
    true = (rng.random(n) < 0.5)[owner] & (counts >= 3)[owner] & (place < 3)
    m = len(owner)
    pt, eta, phi = rng.exponential(40, m) + 26, rng.normal(0, 1, m).clip(-2.4, 2.4), rng.uniform(-np.pi, np.pi, m)
    close = rng.normal(0, 0.6, (2, m))
    eta[true], phi[true] = (0.3 + close[0, true]).clip(-2.4, 2.4), close[1, true]
    role = np.where(true, np.where(place == 0, 1, 2), 0)
    tagged = rng.random(m) < np.where(role == 1, 0.7, 0.1)
    photon = {"pt": [80.0, 60.0], "eta": [0.5, -0.5], "phi": [1.0, -2.0], "mass": [0.0, 0.0]}
    photon |= {name: [0.0, 0.0] for name in ("etcone20", "ptcone30")} | {"tight": [True, True]}
    jets = {"pt": pt, "eta": eta, "phi": phi, "e": pt * np.cosh(eta), "mv2c10": np.where(tagged, 1.0, 0.0)}
    jets |= {"top": np.where(true, 1, 0), "role": role}
    return {
        "run": np.ones(n, int),
        "event": np.arange(n),
        "entry": np.arange(n),
        "weight": rng.uniform(0.5, 1.5, n),
        "trigger": np.ones(n, bool),
        "missing_et": rng.uniform(10, 100, n),
        "photon": ak.zip({name: ak.Array([values] * n) for name, values in photon.items()}),
        "jet": ak.zip({name: ak.unflatten(values, counts) for name, values in jets.items()}),
        "lepton": ak.zip({name: ak.Array([[]] * n) for name in ("pt", "eta", "phi")}),
    }


FAR = {"away_from": {}}  # jets need not be far from photons


def rows(arrays, learns="top", **changes):
    """The rows of a step, and the combinations."""
    parts, _ = used(learns, **changes)
    parts["objects"]["jet"] = parts["objects"]["jet"] | FAR
    about = study(**changes)["combinations"]["top"] if learns else parts["combinations"]["top"]
    return Rows(arrays, parts), about
