"""Pseudo-data: events drawn from an independent simulation of signal and backgrounds, with weight one, no truth."""

import itertools
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from unsculpt import ntuples, selection
from unsculpt.errors import InputError
from unsculpt.rows import Rows
from unsculpt.simulation import chunks, samples, writer
from unsculpt.simulation.generator import chunk_seed
from unsculpt.simulation.processes import PROCESSES

RUN = 900000  # runNumber of pseudo-data
FB_PER_PB = 1000.0
POOL_STEP, POOL_GROWTH_MAX = 2000, 50_000  # generated events at first, and at most at a time later
EMPTY_STEPS = 20  # after so many steps without a single event, the study asks for the impossible
STEP_SIZE = "50 MB"


class Pool:
    """Simulated events of one sample, made in steps; each step is a chunk of its own.

    Parameters
    ----------
    settings : dict
        process, pile_up, cross_section_pb, branching_ratio and normalisation of the sample, the archive of Sherpa for a
        process that needs it, and whether the region of the sample is the one that is `searched`: else the process
        makes its objects look like those there.
    seeds : iterator of int
        Seeds of the steps.
    simulation : dict
        The configuration `simulation`.
    """

    def __init__(self, settings, seeds, simulation):
        self.settings, self._seeds, self._simulation = settings, seeds, simulation
        self._parts = []
        self._grow(POOL_STEP)

    @property
    def sample(self):
        """All events so far, like those of the searched region."""
        merged = samples.merge(self._parts, self._parts[0].cross_section_pb)
        process = PROCESSES[self.settings["process"]]
        return merged if self.settings["searched"] else process.for_pseudodata(merged)

    @property
    def to_sidebands(self):
        """Whether a number of events in the sidebands normalises the sample, and not its cross-section."""
        return self.settings.get("normalisation", {}).get("to") == "sidebands"

    def produced(self, luminosity_fb, strength=1.0):
        """Events that are expected to be produced: luminosity x cross-section x branching ratio x strength."""
        cross_section = self.settings.get("cross_section_pb") or self._parts[0].cross_section_pb
        return luminosity_fb * FB_PER_PB * cross_section * self.settings.get("branching_ratio", 1.0) * strength

    def by_cross_section(self, produced, rng):
        """Events of a Poisson number of produced ones, of which `produced` are expected."""
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

    def expected_in_sidebands(self, produced, cuts):
        """Events that are expected in the sidebands of a channel if `produced` are produced (see `by_sidebands`)."""
        sample = self.sample
        return produced * in_sidebands(sample, **cuts) / sample.sum_weights

    def _grow(self, events):
        process = self.settings["process"]
        run = {"seed": next(self._seeds), "simulation": self._simulation, "archive": self.settings.get("archive")}
        run["pile_up"] = self.settings.get("pile_up", 0)
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


def simulate(signal, backgrounds, *, strength, luminosity_fb, cuts, seeds, simulation, rng):
    """Draw pseudo-data.

    Parameters
    ----------
    signal : dict
        Settings of the signal, as `Pool` takes them.
    backgrounds : dict
        The same by name for each background sample. One may be normalised to the sidebands: of it as many events are
        drawn as the others leave there on average.
    strength : float
        Signal strength mu.
    luminosity_fb : float
    cuts : dict
        What `in_sidebands` takes besides the channel.
    seeds : list of iterators
        Seeds of the simulation of the signal and of each background.
    simulation : dict
        The configuration `simulation`.
    rng : numpy.random.Generator

    Returns
    -------
    samples.Sample
        Events in random order, all of weight one.
    """
    own, *others = seeds
    signal_pool = Pool(signal, own, simulation)
    pools = {
        name: Pool(settings, numbers, simulation)
        for (name, settings), numbers in zip(backgrounds.items(), others, strict=True)
    }
    drawn = draw_each(signal_pool, pools, strength=strength, luminosity_fb=luminosity_fb, cuts=cuts, rng=rng)
    return samples.as_data(samples.merge(drawn, 0.0), rng)


def draw_each(signal, backgrounds, *, strength, luminosity_fb, cuts, rng):
    """The events drawn of each pool: of the signal, of the backgrounds, and last of one that fills the sidebands.

    `signal` is a pool and `backgrounds` are pools by name; the rest is as in `simulate`.
    """
    drawn = [signal.by_cross_section(signal.produced(luminosity_fb, strength), rng)]
    counted = {name: pool for name, pool in backgrounds.items() if not pool.to_sidebands}
    drawn += [pool.by_cross_section(pool.produced(luminosity_fb), rng) for pool in counted.values()]
    for name in backgrounds.keys() - counted.keys():
        rule = backgrounds[name].settings["normalisation"]
        wanted, within = rule["sideband_events"], {**cuts, "channel": rule.get("channel", "all")}
        taken = sum(pool.expected_in_sidebands(pool.produced(luminosity_fb), within) for pool in counted.values())
        if not wanted > taken:
            raise InputError(
                f"pseudo-data: of samples.{name}.normalisation.sideband_events {wanted:g} the other backgrounds "
                f"({', '.join(counted)}) have {taken:.4g}, which leaves none; check the numbers"
            )
        drawn.append(backgrounds[name].by_sidebands(wanted - taken, within, rng))
    return drawn


def seeds(base, sample_index, components):
    """Seeds of the steps of each component, signal first: chunk numbers in turn, so that no two are the same."""

    def of(component):
        return (chunk_seed(base, sample_index, step) for step in itertools.count(component, components))

    return [of(component) for component in range(components)]


def draw(sample, events, rng):
    """`events` events without replacement, each with a probability in proportion to its weight, in random order."""
    positive = sample.weight / sample.weight.max()
    kept = np.flatnonzero(rng.random(len(sample)) < positive)  # unweighted by acceptance and rejection
    if events > len(kept):
        raise RuntimeError(f"draw: {events} events were asked for, and the simulated ones allow {len(kept)}")
    return samples.take(sample, rng.permutation(kept)[:events])


def in_sidebands(sample, *, study, about, axis, channel):
    """Weighted number of events of the searched region in the mass sidebands of a channel ("all": of every channel).

    `study` is what `definitions.used` gives, `about` the format in which the process is written (`formats.reduced`).
    """
    counted, region = 0.0, next(iter(study["regions"]))
    for rows in _as_read(sample, study, about):
        chosen, columns, _ = selection.select(rows, study, axis=axis, region=region, blind=False)
        beside = ~axis.inside(columns["mass"])
        wanted = (columns["channel"] == channel) | (channel == "all")
        counted += float(chosen["weight"][beside & wanted].sum())
    return counted


def without_window(sample, *, study, about, axis):
    """The sample without those of the searched region in the window, which a blinded study never holds.

    Events in the window that are outside this region stay: a blinded selection would not drop them either. What is left
    is numbered anew, since gaps would tell how many are gone.
    """
    hidden = [selection.is_blinded(rows, study, axis) for rows in _as_read(sample, study, about)]
    left = samples.take(sample, np.flatnonzero(~np.concatenate(hidden))) if hidden else sample
    return replace(left, number=np.arange(len(left)))


def _as_read(sample, study, about):
    """The sample in batches as the selection reads it: written to an ntuple and back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool.root"
        writer.write(
            sample, path, run=RUN, channel_number=0, first_event=0, cross_section_pb=1.0, sum_weights=1.0, generator=""
        )
        with ntuples.Ntuple(path, about, step_size=STEP_SIZE, simulated=True) as ntuple:
            for arrays in ntuple:
                yield Rows(arrays, study)


def _enough(expected):
    """Events to simulate so that a Poisson number of them can be drawn, up to six standard deviations."""
    return expected + 6 * math.sqrt(expected) + 10


def _drawable(sample):
    """Events that remain on average when the weights are undone."""
    return sample.weight.sum() / sample.weight.max()


def _acceptance(sample):
    return math.fsum(sample.weight) / sample.sum_weights
