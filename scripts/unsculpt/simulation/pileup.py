"""Pile-up: minimum-bias events from a pool, laid over the generated ones."""

import numpy as np

from unsculpt.kinematics import wrapped
from unsculpt.simulation import generator, stable
from unsculpt.simulation.kinematics import firsts, pairs

MINIMUM_BIAS = ("SoftQCD:nonDiffractive = on",)  # others leave little where jets are, and take seconds to prepare
POOL, POOL_BATCH = 1000, 500  # events of the pool, and at a time
ETA_MAX = 4.5  # what flies further forward is near no jet


class Overlay:
    """A pool of minimum-bias events, made once, from which each event takes a Poisson number.

    Every time an event of the pool is taken, it is turned by a random azimuth and, in one case of two, mirrored along
    the beams. Collisions of protons are alike under both, and no two copies of an event add the same to a jet.

    Parameters
    ----------
    mean : float
        Mean number of minimum-bias events in each event.
    seed : int
        Of the chunk; the pool and the choice from it follow.
    """

    def __init__(self, mean, seed):
        self._mean, self._rng = mean, np.random.default_rng([seed, 80])
        pythia = generator.start(MINIMUM_BIAS, seed=generator.pool_seed(seed), multiparton_interactions=True)
        parts = [stable.visible(batch) for batch in generator.batches(pythia, POOL, POOL_BATCH)]
        for number, part in enumerate(parts):
            part["event"] += number * POOL_BATCH
        pool = np.concatenate(parts)
        self._pool = pool[np.abs(pool["eta"]) < ETA_MAX]
        self._first = firsts(self._pool["event"], POOL)

    def over(self, visible, events):
        """Stable visible particles of events, with those of minimum-bias events.

        Parameters
        ----------
        visible : structured array
            As `stable.visible` gives it, of `events` events.
        events : int

        Returns
        -------
        structured array, int array of shape (events,)
            The particles of both, in the order of the events, and the number of minimum-bias events in each.
        """
        number = self._rng.poisson(self._mean, events)
        event = np.repeat(np.arange(events), number)
        interaction, row = pairs(self._rng.integers(POOL, size=len(event)), self._first)
        added = self._pool[row]
        added["event"] = event[interaction]
        turn = self._rng.uniform(-np.pi, np.pi, len(event))[interaction]
        added["phi"] = wrapped(added["phi"] + turn)
        added["px"], added["py"] = added["pt"] * np.cos(added["phi"]), added["pt"] * np.sin(added["phi"])
        side = self._rng.choice([-1.0, 1.0], len(event))[interaction]
        for name in ("pz", "eta"):
            added[name] *= side
        both = np.concatenate([visible, added])
        return both[np.argsort(both["event"], kind="stable")], number
