"""Chunks of a simulated sample, with Pythia alone or with hard events of Sherpa."""

import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from unsculpt.errors import InputError
from unsculpt.simulation import hardevents, samples, sherpa
from unsculpt.simulation.detector import Detector
from unsculpt.simulation.processes import PROCESSES

RESPONSE = ("photon_energy_sampling", "photon_energy_constant", "particle_flow")


def simulate(name, events, *, seed, simulation, archive=None, pile_up=0):
    """Simulate one chunk.

    Parameters
    ----------
    name : str
        Process, a key of `processes.PROCESSES`.
    events : int
        Generated events.
    seed : int
        As `generator.chunk_seed` gives it.
    simulation : dict
        The configuration `simulation`.
    archive : path or None
        What `sherpa.integrate` packed; only for a process with a matrix element.
    pile_up : float
        Mean number of minimum-bias events that are laid over each; only for a process with `pile_up`.

    Returns
    -------
    samples.Sample, processes.Process
        The process is the one that was simulated, with a generator text that tells of a fallback.
    """
    process = PROCESSES[name]
    if process.toy is not None:
        return samples.toy(process, events, seed=seed), process
    run = {
        "seed": seed,
        "response": Detector(**{name: simulation[name] for name in RESPONSE}),
        "batch_size": simulation["batch_size"],
        "multiparton_interactions": simulation["multiparton_interactions"],
        "pile_up": pile_up,
    }
    if not process.matrix_element:
        sample = samples.simulate(process, events, **run)
    elif (facts := sherpa.facts(archive))["available"]:
        sample = _with_matrix_element(process, events, archive, facts, run)
    else:
        instead = process.fallback
        process = PROCESSES[instead]
        process = replace(process, generator=f"{process.generator} (instead of Sherpa: {facts['reason']})")
        logging.warning("Sherpa is not available, %s is simulated instead: %s", instead, facts["reason"])
        sample = samples.simulate(process, events, **run)
    if process.cross_section_pb is not None:
        sample = replace(sample, cross_section_pb=process.cross_section_pb)
    if len(sample) == 0:
        raise InputError(
            f"none of the {events} generated {name} events passes the preselection ({process.preselection}); "
            "raise samples.*.simulate.events_per_chunk"
        )
    held = f"those with {process.preselection}"
    logging.info("%s: the ntuple holds %d of %d events, %s", name, len(sample), sample.generated, held)
    return sample, process


def join(parts, events):
    """Several chunks of a sample as one, and what tells them apart.

    Parameters
    ----------
    parts : sequence of samples.Sample
        Chunks that follow one another.
    events : int
        Generated events of each, by which their events are numbered on.

    Returns
    -------
    samples.Sample, list of dict
        The sample has the mean cross-section of the chunks; the dicts are the `chunks` of `writer.write`.
    """
    joined = samples.merge(parts, float(np.mean([part.cross_section_pb for part in parts])))
    number = np.concatenate([part.number + i * events for i, part in enumerate(parts)])
    about = [
        {"entries": len(part), "sum_weights": part.sum_weights, "cross_section_pb": part.cross_section_pb}
        for part in parts
    ]
    return replace(joined, number=number), about


def _with_matrix_element(process, events, archive, facts, run):
    """Hard events of Sherpa, showered by Pythia; weights and cross-section are Sherpa's."""
    hard = sherpa.hard_events(archive, events, run["seed"])
    hard = hardevents.with_colour_flow(hard, np.random.default_rng([run["seed"], 6]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hard.lhe"
        hardevents.save(hard, path)
        settings = ("Beams:frameType = 4", f"Beams:LHEF = {path}")
        sample = samples.simulate(process, events, settings=settings, **run)
    return replace(sample, sum_weights=float(hard.weight.sum()), cross_section_pb=facts["cross_section_pb"])
