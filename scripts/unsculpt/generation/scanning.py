"""Finer and finer cells, and what things cost: quality against the number of cells, and times."""

import time

import numpy as np
import torch

from unsculpt.generation import physics, trained, truth
from unsculpt.generation.geometry import Geometry
from unsculpt.generation.observables import observables
from unsculpt.generation.showers import join
from unsculpt.generation.training import train
from unsculpt.training.settings import stable_seed

TIMED = 1000  # showers, times 504 cells
TIMED_STEPS = 10


def refined(generation, refinement, showers, rng):
    """Simulated showers of all particles on finer cells; spots stay, and more of them fall below the suppression."""
    of, parts = generation["calorimeter"], []
    options = {"suppression": of["suppression_mev"] / 1000, "spot": of["spot_mev"] / 1000}
    for number, particle in enumerate(generation["particles"].values()):
        own = {"start": particle["start_x0"], **options}
        found = truth.sample(showers, rng, Geometry.of(of, refinement), generation["energies_gev"], **own)[0]
        parts.append(found.of(number))
    return join(parts)


def scan(generation, settings, refinement, *, steps, showers, seed, device, replicas):
    """Train a generator on finer cells and compare its showers with true ones.

    Returns
    -------
    dict
        refinement, cells, parameters, steps; overall, see `physics.median_and_worst`; response, the worst one;
        sparsity, mean share of cells hit, of truth and of generated showers.
    """
    geometry = Geometry.of(generation["calorimeter"], refinement)
    rng = np.random.default_rng([seed, 611, refinement])
    learnt, test, other = (refined(generation, refinement, showers, rng) for _ in range(3))
    of = settings | {"steps": steps}
    training = trained.start(of, learnt, generation, stable_seed(seed, "scan", refinement), device, refinement)
    train(training)
    saved = trained.content(training, learnt, generation, refinement)
    fake = trained.imitation(saved, training.model, test, stable_seed(seed, "scanned", refinement), device)
    seen = [observables(s.cells, geometry) for s in (test, fake, other)]
    edges = np.array([generation["energies_gev"][0], 10, generation["energies_gev"][1]])
    return {
        "refinement": refinement,
        "cells": geometry.cells,
        "parameters": saved["parameters"],
        "steps": steps,
        "overall": physics.median_and_worst(physics.distances(*seen, replicas=replicas, rng=rng)),
        "response": physics.worst_response(*(physics.response(s.cells, s.energy, edges) for s in (fake, test))),
        "sparsity": [float((s.cells > 0).mean()) for s in (test, fake)],
    }


def times(generation, settings, refinement, seed, saved=None):
    """Processor seconds on one thread: of a step of a training, and of a generated and a simulated shower.

    Parameters
    ----------
    generation : dict
    settings : dict
        Of the generator.
    refinement : int
    seed : int
    saved : dict, optional
        A trained generator; without, it is one that has just begun.
    """
    number = max(20, TIMED // refinement**2)
    start = time.process_time()
    true = refined(generation, refinement, -(-number // len(generation["particles"])), np.random.default_rng(seed))
    of_truth = (time.process_time() - start) / len(true)
    training = trained.start(settings | {"steps": TIMED_STEPS}, true, generation, seed, "cpu", refinement)
    start = time.process_time()
    train(training)
    step = (time.process_time() - start) / TIMED_STEPS
    model = trained.rebuilt(saved) if saved else training.model
    trained.generate(model, true[:20], seed)  # what is done once
    start = time.process_time()
    trained.generate(model, true, seed)
    return {"truth": of_truth, "generated": (time.process_time() - start) / len(true), "step": step}


def threads():
    """One thread from now on, for times that can be compared."""
    torch.set_num_threads(1)
