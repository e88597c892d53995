"""A simulated sample: generated events through the detector, as the objects that an ntuple holds."""

from dataclasses import dataclass, replace

import numpy as np

from unsculpt.simulation import candidates, detector, generator, jets, leptons, partons, pileup, stable, toys
from unsculpt.simulation.kinematics import objects

TABLES = ("photons", "jets", "leptons", "large_jets", "constituents")
TRUTH = {"jets": ("flavour", "top", "role"), "constituents": ()}  # fields of tables; of the others prompt
PHOTON_FIELDS = ("pt", "eta", "phi", "e", "tight", "etcone20", "ptcone30", "prompt")


@dataclass(frozen=True)
class Sample:
    """Preselected events in flat columns, and the sums that normalise them.

    weight : float, shape (events,); generator weights.
    number : int, shape (events,); the number of each event among the generated ones.
    photons, jets, leptons, large_jets : structured arrays, energies in GeV, field event counting the preselected
        events; large_jets is None but for processes that are about them.
    constituents : structured array, those of the one jet of each event; None but for processes of such jets.
    met_x, met_y : float, shape (events,), GeV.
    sum_weights : sum of the weights of all generated events.
    generated : their number.
    cross_section_pb : of the generator, before the branching ratio of H -> yy.
    interactions : int, shape (events,); minimum-bias events that were laid over each, None without pile-up.
    columns : float by name, shape (events,) each, of a toy, which has these instead of objects; None for others.
    """

    weight: np.ndarray
    number: np.ndarray
    photons: np.ndarray | None
    jets: np.ndarray | None
    leptons: np.ndarray | None
    met_x: np.ndarray
    met_y: np.ndarray
    sum_weights: float
    generated: int
    cross_section_pb: float
    large_jets: np.ndarray | None = None
    interactions: np.ndarray | None = None
    columns: dict | None = None
    constituents: np.ndarray | None = None

    def __len__(self):
        return len(self.weight)


def simulate(process, events, *, seed, response, batch_size, multiparton_interactions, pile_up=0, settings=()):
    """Generate `events` events of a process with Pythia, and simulate the detector.

    Parameters
    ----------
    process : processes.Process
    events : int
        Generated events, shared among the components of the process.
    seed : int
        Seed of Pythia; the detector's random numbers follow from it and depend on the batch size.
    response : detector.Detector
    batch_size : int
        Events at a time.
    multiparton_interactions : bool
    pile_up : float
        Mean number of minimum-bias events that are laid over each.
    settings : tuple of str
        Further lines of Pythia settings.

    Returns
    -------
    Sample
    """
    rng = np.random.default_rng([seed, 77])
    overlay = pileup.Overlay(pile_up, seed) if pile_up else None
    size = max(1, round(batch_size / (1 + pile_up)))  # an event with pile-up is as large as so many
    parts, done = [], 0
    for number, component in enumerate(process.components):
        last = number == len(process.components) - 1
        share = events - done if last else round(component.share * events)
        if share == 0:
            continue
        pythia = generator.start(
            (*component.settings, *settings),
            seed=generator.component_seed(seed, number),
            multiparton_interactions=multiparton_interactions,
        )
        batches = [
            detect(batch, process.preselection, response, rng, overlay)
            for batch in generator.batches(pythia, share, size)
        ]
        parts.append(merge(batches, generator.cross_section_pb(pythia)))
        done += share
    # the components of a mixture share its cross-section as they share its events
    mean = sum(part.generated * part.cross_section_pb for part in parts) / sum(part.generated for part in parts)
    return merge(parts, mean)


def toy(process, events, *, seed):
    """`events` events of a process that is a toy, each of weight one, with the cross-section of the process."""
    zero = np.zeros(events)
    return Sample(
        weight=np.ones(events),
        number=np.arange(events),
        photons=None,
        jets=None,
        leptons=None,
        met_x=zero,
        met_y=zero,
        sum_weights=float(events),
        generated=events,
        cross_section_pb=process.cross_section_pb,
        columns=getattr(toys, process.toy)(events, np.random.default_rng([seed, 77])),
    )


def detect(particles, preselection, response, rng, overlay=None):
    """The preselected events of a batch as the detector shows them, with pile-up; without cross-section (nan)."""
    visible, events, interactions = stable.visible(particles), particles.events, None
    if overlay is not None:
        visible, interactions = overlay.over(visible, events)
    known = getattr(candidates, preselection.candidates)(visible, particles, preselection, response, rng)
    chosen = known.chosen
    number = np.full(events, -1)
    number[chosen] = np.arange(len(chosen))
    visible, photons = _renumbered(visible, number), _renumbered(known.photons, number)
    if known.jets is None:
        raw_jets = jets.cluster(visible, len(chosen), 0.4 * jets.PT_MIN)
    else:
        raw_jets = _renumbered(known.jets, number)
    hadrons = _renumbered(jets.heavy_hadrons(particles), number)
    quarks = _renumbered(partons.of_tops(particles), number)
    if known.leptons is None:
        found = leptons.measured(visible, photons, len(chosen), response, rng)
    else:
        found = _renumbered(known.leptons, number)
    met_x, met_y = _missing(particles, visible, number, len(chosen), rng)
    return Sample(
        weight=particles.weight[chosen],
        number=chosen,
        photons=_with_conversion(photons, rng),
        jets=jets.measured(raw_jets, photons, found, hadrons, quarks, len(chosen), rng),
        leptons=found,
        met_x=met_x,
        met_y=met_y,
        sum_weights=float(particles.weight.sum()),
        generated=events,
        cross_section_pb=float("nan"),
        large_jets=None if known.large_jets is None else _renumbered(known.large_jets, number),
        interactions=None if interactions is None else interactions[chosen],
        constituents=None if known.constituents is None else _renumbered(known.constituents, number),
    )


def merge(parts, cross_section_pb):
    """Samples one after the other, their events numbered on."""
    kept = np.cumsum([0, *(len(part) for part in parts)])
    made = np.cumsum([0, *(part.generated for part in parts)])

    def joined(name):
        if getattr(parts[0], name) is None:
            return None
        tables = [getattr(part, name).copy() for part in parts]
        for table, offset in zip(tables, kept, strict=False):
            table["event"] += offset
        return np.concatenate(tables)

    def column(name):
        return np.concatenate([getattr(part, name) for part in parts])

    over = [part.interactions for part in parts]
    if any(numbers is not None for numbers in over):
        over = [np.zeros(len(part), int) if n is None else n for n, part in zip(over, parts, strict=True)]

    return Sample(
        weight=column("weight"),
        number=np.concatenate([part.number + offset for part, offset in zip(parts, made, strict=False)]),
        **{name: joined(name) for name in TABLES},
        met_x=column("met_x"),
        met_y=column("met_y"),
        sum_weights=sum(part.sum_weights for part in parts),
        generated=int(made[-1]),
        cross_section_pb=cross_section_pb,
        interactions=None if over[0] is None else np.concatenate(over),
        columns=None
        if (own := parts[0].columns) is None
        else {name: np.concatenate([part.columns[name] for part in parts]) for name in own},
    )


def take(sample, index):
    """The events of an index array, in its order; the sums stay those of the whole sample."""
    place = np.full(len(sample), -1)
    place[index] = np.arange(len(index))
    return replace(
        sample,
        **{name: getattr(sample, name)[index] for name in ("weight", "number", "met_x", "met_y")},
        **{name: _renumbered(getattr(sample, name), place) for name in TABLES if getattr(sample, name) is not None},
        interactions=None if sample.interactions is None else sample.interactions[index],
        columns=None if sample.columns is None else {name: values[index] for name, values in sample.columns.items()},
    )


def as_data(sample, rng):
    """The events as data are: in random order, with weight one, numbered anew, without truth."""
    sample = take(sample, rng.permutation(len(sample)))
    tables = {name: getattr(sample, name).copy() for name in TABLES if getattr(sample, name) is not None}
    for name, table in tables.items():
        for field in TRUTH.get(name, ("prompt",)):
            table[field] = 0
    return replace(
        sample,
        **tables,
        weight=np.ones(len(sample)),
        number=np.arange(len(sample)),
        sum_weights=0.0,
        generated=0,
        cross_section_pb=0.0,
    )


def _renumbered(table, number):
    """The objects of the events with a new number (not negative), in the order of the new numbers."""
    event = number[table["event"]]
    order = np.argsort(event, kind="stable")[np.count_nonzero(event < 0) :]
    table = table[order]
    table["event"] = event[order]
    return table


def _missing(particles, visible, number, events, rng):
    """Missing transverse momentum: what is invisible, and noise that grows with the root of the visible momentum."""
    unseen = stable.invisible(particles)
    event = number[particles.event[unseen]]
    kept = event >= 0
    noise = detector.MISSING_ET_NOISE * np.sqrt(np.bincount(visible["event"], visible["pt"], events))
    return tuple(
        np.bincount(event[kept], momentum[unseen][kept], events) + noise * rng.standard_normal(events)
        for momentum in (particles.px, particles.py)
    )


def _with_conversion(photons, rng):
    fields = {name: photons[name] for name in PHOTON_FIELDS}
    return objects(photons["event"], **fields, conversion=detector.conversion(len(photons), rng))
