"""A toy of objects made of constituents: rings (signal) on blobs (background) that are the brighter the heavier.

The mass of background falls exponentially in 105-160 GeV, that of signal peaks at 125 GeV, as in the toy diphoton
events. The sum of the transverse momenta of the constituents goes with the mass: an autoencoder that learns blobs makes
larger errors for brighter ones, so a cut on its error sculpts.
"""

import numpy as np
import torch

from unsculpt import events, examples

PIXELS, CONSTITUENTS = 12, 20
MASS_RANGE = (105, 160)


def columns(n, seed=0):
    """Arrays of n events, half of them signal.

    Returns
    -------
    dict
        label, fold (of three), mass (GeV), weight, (n,); constituents, float32 (n, 20, 3): pt (GeV) falling, eta, phi,
        zero where there are fewer; image, float32 (n, 12, 12): the pt in pixels of eta and phi from -1 to 1.
    """
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 2
    falling = rng.exponential(28, 20 * n)
    mass = np.where(label, rng.normal(125, 1.7, n), 105 + falling[falling < 55][:n])
    present = np.arange(CONSTITUENTS) < 8 + rng.binomial(12, 0.5, n)[:, None]
    share = rng.exponential(1, present.shape) * present
    brightness = 50 * (mass / 125) ** 2 * rng.lognormal(0, 0.1, n)
    pt = -np.sort(-share / share.sum(1, keepdims=True) * brightness[:, None])
    angle = rng.uniform(0, 2 * np.pi, present.shape)
    ring, blob = rng.normal(0.6, 0.1, present.shape), 0.25 * np.sqrt(rng.exponential(2, present.shape))
    radius = np.where(label[:, None], ring, blob)
    eta, phi = (radius * function(angle) * present for function in (np.cos, np.sin))
    row, column = (np.clip((value + 1) / 2 * PIXELS, 0, PIXELS - 1).astype(int) for value in (phi, eta))
    place = (np.arange(n)[:, None] * PIXELS + row) * PIXELS + column
    image = np.bincount(place.ravel(), pt.ravel(), n * PIXELS**2).reshape(n, PIXELS, PIXELS)
    return {
        "label": label,
        "fold": rng.integers(0, 3, n),
        "mass": mass,
        "weight": rng.uniform(0.5, 1.5, n),
        "constituents": np.stack([pt, eta, phi], -1).astype(np.float32),
        "image": image.astype(np.float32),
    }


def table(n, seed=0):
    """The same as an event table: the arrays "image" and "constituents", and two features, the sum of pt and noise."""
    found = columns(n, seed)
    noise = np.random.default_rng(seed + 1).normal(size=n)
    return events.Events(
        run=np.ones(n, np.int64),
        event=np.arange(n),
        sample=np.where(found["label"] == 1, "rings", "blobs"),
        channel=np.full(n, "inclusive"),
        region=np.full(n, "inclusive"),
        label=found["label"].astype(np.int8),
        fold=found["fold"].astype(np.int8),
        mass=np.clip(found["mass"], *MASS_RANGE),
        weight=found["weight"],
        features=np.stack([found["constituents"][..., 0].sum(1), noise], 1).astype(np.float32),
        feature_names=("pt", "noise"),
        arrays={name: found[name] for name in ("image", "constituents")},
    )


def make(n, kind="image", seed=0, dtype=torch.float32):
    """The same as `examples.Examples`, whose inputs are the image or the constituents."""
    table = columns(n, seed)
    low, high = MASS_RANGE
    return examples.Examples(
        features=torch.from_numpy(table[kind]).flatten(1).to(dtype),
        label=torch.from_numpy(table["label"]),
        fold=torch.from_numpy(table["fold"]),
        mass=torch.from_numpy((table["mass"] - low) / (high - low)).to(dtype),
        weight=torch.from_numpy(table["weight"]).to(dtype),
        names=(kind,),
        shape=table[kind].shape[1:],
    )
