"""Pseudo-data: events drawn from an independent simulation of a signal and a background, with weight one, no truth."""

import itertools
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from unsculpt import branches, ntuples, objects, selection
from unsculpt.errors import InputError
from unsculpt.simulation import chunks, samples, writer
from unsculpt.simulation.generator import chunk_seed

RUN = 900000  # runNumber of pseudo-data
FB_PER_PB = 1000.0
POOL_STEP, POOL_GROWTH_MAX = 2000, 50_000  # generated events at first, and at most at a time later
EMPTY_STEPS = 20  # after so many steps without a single event, the study asks for the impossible
READING = branches.of_generated({"step_size": "50 MB", "branches": {}})


class Pool:
    """Simulated events of one sample, made in steps; each step is a chunk of its own.

    Parameters
    ----------
    settings : dict
        process, region, cross_section_pb, branching_ratio and normalisation of the sample; in the region "ntni" all
        photons are made tight and isolated.
    seeds : iterator of int
        Seeds of the steps.
    simulation : dict
        The configuration `simulation`.
    archive : path or None
        Sherpa's, for a process that needs it.
    """

    def __init__(self, settings, seeds, simulation, archive):
        self.settings, self._seeds, self._simulation, self._archive = settings, seeds, simulation, archive
        self._parts = []
        self._grow(POOL_STEP)

    @property
    def sample(self):
        """All events so far."""
        merged = samples.merge(self._parts, self._parts[0].cross_section_pb)
        return with_good_photons(merged) if self.settings.get("region") == "ntni" else merged

    def by_cross_section(self, luminosity_fb, strength, rng):
        """Events of a Poisson number of produced ones, luminosity x cross-section x branching ratio x strength."""
        cross_section = self.settings.get("cross_section_pb") or self._parts[0].cross_section_pb
        produced = luminosity_fb * FB_PER_PB * cross_section * self.settings.get("branching_ratio", 1.0) * strength
        self._fill(_drawable, lambda sample: _enough(produced * _acceptance(sample)))
        sample = self.sample
        return draw(sample, rng.poisson(produced * _acceptance(sample)), rng)

    def by_sidebands(self, events, cuts, rng):
        """Events of which `events` are expected in the sidebands of a channel; `cuts` are those of `in_sidebands`."""
        self._fill(
            lambda sample: in_sidebands(sample, **cuts) / sample.weight.max(),
            lambda sample: _enough(events),
        )
        sample = self.sample
        return draw(sample, rng.poisson(sample.weight.sum() * events / in_sidebands(sample, **cuts)), rng)

    def _grow(self, events):
        process = self.settings["process"]
        run = {"seed": next(self._seeds), "simulation": self._simulation, "archive": self._archive}
        self._parts.append(chunks.simulate(process, events, **run)[0])

    def _fill(self, count, need):
        """Simulate until the count of the sample reaches the need."""
        while (have := count(sample := self.sample)) < (wanted := need(sample)):
            if have == 0 and len(self._parts) > EMPTY_STEPS:
                raise InputError(
                    f"pseudo-data: none of {sample.generated} generated {self.settings['process']} events lies in the "
                    "sidebands of the channel that normalises them; choose another samples.*.normalisation.channel"
                )
            missing = 1.05 * sample.generated * (wanted / have - 1) if have else POOL_STEP
            self._grow(int(np.clip(missing, POOL_STEP // 4, POOL_GROWTH_MAX)))


def simulate(signal, background, *, strength, luminosity_fb, cuts, seeds, simulation, archives, rng):
    """Draw pseudo-data.

    Parameters
    ----------
    signal, background : dict
        Settings of the two samples, as `Pool` takes them; of a background normalised to the sidebands as many events
        are drawn as it has there.
    strength : float
        Signal strength mu.
    luminosity_fb : float
    cuts : dict
        The configurations `selection` and `mass`.
    seeds : pair of iterators
        Seeds of the signal's and the background's simulation.
    simulation : dict
        The configuration `simulation`.
    archives : pair
        Sherpa's archives of the two, or None.
    rng : numpy.random.Generator

    Returns
    -------
    samples.Sample
        Events in random order, all of weight one.
    """
    signal_pool = Pool(signal, seeds[0], simulation, archives[0])
    background_pool = Pool(background, seeds[1], simulation, archives[1])
    drawn = signal_pool.by_cross_section(luminosity_fb, strength, rng)
    rule = background.get("normalisation", {})
    if rule.get("to") == "sidebands":
        if rule.get("sideband_events") is None:
            raise InputError(
                "normalisation.sideband_events of the background of pseudo-data is missing; "
                "data that are drawn cannot also fix it, give a number"
            )
        cuts = {**cuts, "channel": rule.get("channel", "all")}
        added = background_pool.by_sidebands(rule["sideband_events"], cuts, rng)
    else:
        added = background_pool.by_cross_section(luminosity_fb, 1.0, rng)
    return _anonymous(samples.merge([drawn, added], 0.0), rng)


def seeds(base, sample_index, component):
    """Seeds of the steps of a component (0 signal, 1 background): even and odd chunk numbers."""
    for step in itertools.count():
        yield chunk_seed(base, sample_index, 2 * step + component)


def draw(sample, events, rng):
    """`events` events without replacement, each with a probability in proportion to its weight, in random order."""
    positive = sample.weight / sample.weight.max()
    kept = np.flatnonzero(rng.random(len(sample)) < positive)  # unweighted by acceptance and rejection
    if events > len(kept):
        raise RuntimeError(f"draw: {events} events were asked for, and the simulated ones allow {len(kept)}")
    return samples.take(sample, rng.permutation(kept)[:events])


def with_good_photons(sample):
    """The sample with all photons tight and their isolation brought below the cuts, whatever it was."""
    photons = sample.photons.copy()
    photons["tight"] = True
    for cone in ("etcone20", "ptcone30"):
        # scaled down monotonously, at most a twentieth of pT: isolated under any usual cut
        ratio = photons[cone] / photons["pt"]
        photons[cone] = photons["pt"] * 0.05 * ratio / (ratio + 0.05)
    return replace(sample, photons=photons)


def in_sidebands(sample, *, selection_cuts, mass, channel):
    """Weighted number of TI events in the mass sidebands of a channel ("all": of every channel)."""
    counted = 0.0
    for batch in _as_read(sample, selection_cuts):
        chosen, _ = selection.select(batch, selection=selection_cuts, mass=mass, region="ti", blind=False)
        beside = ~selection.in_window(chosen.mass, mass)
        wanted = (chosen.channel == channel) | (channel == "all")
        counted += float(chosen.weight[beside & wanted].sum())
    return counted


def without_window(sample, *, selection_cuts, mass):
    """The sample without the events that a blinded selection would drop: no file of the study ever holds them."""
    hidden = [selection.is_blinded(batch, mass) for batch in _as_read(sample, selection_cuts)]
    return samples.take(sample, np.flatnonzero(~np.concatenate(hidden))) if hidden else sample


def _as_read(sample, selection_cuts):
    """The sample in batches as the selection reads it: written to an ntuple and back."""
    groups = selection.groups(selection_cuts["channels"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool.root"
        writer.write(
            sample, path, run=RUN, channel_number=0, first_event=0, cross_section_pb=1.0, sum_weights=1.0, generator=""
        )
        with ntuples.Ntuple(path, **READING, groups=groups, simulated=True) as ntuple:
            for arrays in ntuple:
                yield objects.build(arrays, selection=selection_cuts)


def _enough(expected):
    """Events to simulate so that a Poisson number of them can be drawn, up to six standard deviations."""
    return expected + 6 * math.sqrt(expected) + 10


def _drawable(sample):
    """Events that remain on average when the weights are undone."""
    return sample.weight.sum() / sample.weight.max()


def _acceptance(sample):
    return math.fsum(sample.weight) / sample.sum_weights


def _anonymous(sample, rng):
    """Events in random order with weight one, numbered anew, without truth."""
    sample = samples.take(sample, rng.permutation(len(sample)))
    photons, jets, leptons = sample.photons.copy(), sample.jets.copy(), sample.leptons.copy()
    photons["prompt"], leptons["prompt"], jets["flavour"] = False, False, 0
    return replace(
        sample,
        photons=photons,
        jets=jets,
        leptons=leptons,
        weight=np.ones(len(sample)),
        number=np.arange(len(sample)),
        sum_weights=0.0,
        generated=0,
        cross_section_pb=0.0,
    )
