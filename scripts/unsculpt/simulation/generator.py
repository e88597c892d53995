"""Pythia: seeds, initialisation, and batches of events as flat columns."""

from dataclasses import dataclass

import awkward as ak
import numpy as np
import pythia8mc

MAX_SEED = 900_000_000  # Pythia's largest; 0 would mean the time of day


def chunk_seed(base, sample_index, chunk):
    """Seed of one chunk of one sample, from 1 to 900000000.

    Examples
    --------
    >>> chunk_seed(1, 0, 0), chunk_seed(1, 2, 3)
    (1000004, 1020021)
    """
    return 1 + (base * 1_000_003 + sample_index * 10_007 + chunk) % MAX_SEED


def component_seed(seed, component):
    """Seed of one of up to eight Pythia runs of a chunk, millions from those of its neighbours and of other chunks."""
    return 1 + (seed - 1 + component * 449_999_993 + component // 2 * 56_250_007) % MAX_SEED


def pool_seed(seed):
    """Seed of the minimum-bias events of a chunk, far from those of all its components."""
    return 1 + (seed - 1 + 224_999_981) % MAX_SEED


@dataclass(frozen=True)
class Particles:
    """The event records of a batch: all entries of all events in flat columns.

    first : int, shape (events + 1,), where each event begins.
    weight : float, shape (events,), generator weights.
    id : int, PDG numbers; mother_id those of the first mothers; final: bool, stable particles.
    px, py, pz, e : float, GeV.
    """

    first: np.ndarray
    weight: np.ndarray
    id: np.ndarray
    mother_id: np.ndarray
    final: np.ndarray
    px: np.ndarray
    py: np.ndarray
    pz: np.ndarray
    e: np.ndarray

    @property
    def events(self):
        """Number of events."""
        return len(self.weight)

    @property
    def event(self):
        """Event of each particle, shape (particles,)."""
        return np.repeat(np.arange(self.events), np.diff(self.first))


def start(settings, *, seed, multiparton_interactions):
    """An initialised Pythia at 13 TeV with the given lines of settings; ValueError when it refuses one."""
    pythia = pythia8mc.Pythia("", False)  # the XML data lie inside the wheel; no banner
    common = (
        "Print:quiet = on",
        "Beams:eCM = 13000.",
        "Random:setSeed = on",
        f"Random:seed = {seed}",
        f"PartonLevel:MPI = {'on' if multiparton_interactions else 'off'}",
    )
    for line in (*common, *settings):
        if not pythia.readString(line):
            raise ValueError(f"Pythia does not know the setting {line!r}")
    if not pythia.init():
        raise ValueError(f"Pythia cannot be initialised with {settings}")
    return pythia


def batches(pythia, events, batch_size):
    """Generate `events` events, at most `batch_size` at a time; yields Particles."""
    for done in range(0, events, batch_size):
        yield _particles(pythia.nextBatch(min(batch_size, events - done), errorMode="skip"))


def cross_section_pb(pythia):
    """Leading-order cross-section in pb, before the branching ratio of a Higgs boson whose decay is forced."""
    open_fraction = pythia.particleData.resOpenFrac(25)
    return pythia.infoPython().sigmaGen() * 1e9 / (open_fraction if open_fraction > 0 else 1.0)


def _particles(batch):
    record = batch.prt
    first = np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(record.id)))])

    def flat(column):
        return ak.to_numpy(ak.flatten(column))

    ids = flat(record.id)
    mother = flat(record.mother1) + np.repeat(first[:-1], np.diff(first))
    weights = ak.to_numpy(batch.info.weights[:, 0]).astype(float)
    momentum = record.p
    return Particles(
        first=first,
        weight=weights,
        id=ids,
        mother_id=ids[mother],
        final=flat(record.status) > 0,
        px=flat(momentum.px),
        py=flat(momentum.py),
        pz=flat(momentum.pz),
        e=flat(momentum.e),
    )
