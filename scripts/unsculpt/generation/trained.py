"""Trained generators: their file, and the showers that they make."""

import numpy as np
import torch

from unsculpt import models
from unsculpt.generation import readout
from unsculpt.generation.conditions import Scale, Wish, wish_of
from unsculpt.generation.geometry import Geometry
from unsculpt.generation.showers import Showers
from unsculpt.generation.training import KINDS, Training
from unsculpt.networks import generator
from unsculpt.training.settings import stable_seed

AT_ONCE = 2000  # showers, times 504 cells


def start(settings, showers, generation, seed, device, refinement=1):
    """A training of a generator on these showers.

    Parameters
    ----------
    settings : dict
        Of the generator.
    showers : showers.Showers
    generation : dict
        `calorimeter`, `energies_gev` and `particles` of the configuration.
    seed : int
    device : str
    refinement : int
        Parts into which each cell is cut, along both axes.
    """
    about = calorimeter(generation, refinement)
    return Training(settings, wish_of(showers), torch.from_numpy(showers.cells), seed=seed, device=device, **about)


def calorimeter(generation, refinement=1):
    """Geometry, scale of wishes and suppression (GeV) of the configuration."""
    of = generation["calorimeter"]
    return {
        "geometry": Geometry.of(of, refinement),
        "scale": Scale(tuple(map(float, generation["energies_gev"])), len(generation["particles"])),
        "suppression": of["suppression_mev"] / 1000,
    }


def content(training, showers, generation, refinement=1):
    """All that the file of a trained generator keeps: tensors and plain values, with the read-out thresholds.

    Parameters
    ----------
    training : training.Training
        Finished.
    showers : showers.Showers
        True ones, by which the thresholds are fitted.
    generation, refinement
        As for `start`.
    """
    settings = training.settings
    cells = generate(training.model, showers, stable_seed(training.seed, "readout"), training.device)
    geometry = Geometry.of(generation["calorimeter"], refinement)
    fitted = readout.fit(showers, cells, geometry) if settings["readout"] else None
    return {
        "generator": {name: tensor.cpu().clone() for name, tensor in training.model.state_dict().items()},
        "settings": settings,
        "generation": {key: generation[key] for key in ("calorimeter", "energies_gev", "particles")},
        "refinement": refinement,
        "seed": training.seed,
        "readout": fitted and fitted.to_dict(),
        "parameters": sum(p.numel() for p in training.model.generator.parameters()),
    }


def history(training):
    """Losses of each round of steps, as plain values."""
    columns = map(list, zip(*training.history, strict=True))
    return dict(zip(("step", *training.model.losses), columns, strict=True))


def rebuilt(saved):
    """The model of a file, ready to generate."""
    about = calorimeter(saved["generation"], saved["refinement"])
    blank = Wish(torch.ones(2), torch.zeros(2, dtype=torch.int64))  # statistics to begin from are in the file
    cells = torch.ones(2, about["geometry"].cells)
    model = KINDS[saved["settings"]["kind"]](saved["settings"], *about.values(), saved["seed"], blank, cells)
    model.load_state_dict(saved["generator"])
    return model


def load(path):
    """The content of a file of a trained generator."""
    return models.load(path)


def generate(model, showers, seed, device="cpu"):
    """Cells, (n, cells) in GeV, for the energies and particles of given showers; before thresholds of a read-out."""
    random, wish, found = generator(seed), wish_of(showers), []
    for rows in torch.arange(len(wish)).split(max(1, AT_ONCE * 504 // model.generator.geometry.cells)):
        found.append(model.generate(wish[rows].to(device), random).cpu().numpy())
    return np.concatenate(found)


def imitation(saved, model, showers, seed, device="cpu"):
    """Generated showers at the energies and of the particles of given ones, read out; `showers.Showers`."""
    cells = generate(model.to(device), showers, seed, device)
    geometry = model.generator.geometry
    if saved["readout"]:
        cells = readout.Readout.from_dict(saved["readout"]).apply(cells, showers.energy, showers.particle, geometry)
    return Showers(showers.energy, showers.particle, cells.astype(np.float32), np.zeros_like(showers.overflow))
