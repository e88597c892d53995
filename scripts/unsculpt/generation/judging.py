"""Everything that machine learning says of a set of generated showers."""

import numpy as np

from unsculpt.generation import twosample
from unsculpt.generation.observables import observables

SHOWN = 4  # showers with their nearest neighbours


def classify(truth, fake, other, learnt, geometry, *, settings, rng):
    """Two-sample classifiers, neighbours, memory and worth.

    Parameters
    ----------
    truth, fake, other, learnt : showers.Showers
        To compare with, generated (or `other` itself, for truth beside truth), true ones that nothing was learnt from,
        and those that generators learnt from.
    geometry : geometry.Geometry
    settings : dict
        The key `generation.evaluation` of the configuration.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        trees and network, see `twosample.separability`; memory, see `twosample.memory`; within, quantiles of the
        distances to the nearest of the same set; worth, of each observable; shown, showers and their neighbours.
    """
    seeds = range(1, settings["classifier_seeds"] + 1)
    seen = {name: observables(s.cells, geometry) for name, s in {"t": truth, "f": fake, "l": learnt}.items()}
    of_trees = [twosample.columns_of_observables(seen[n], s.energy) for n, s in (("t", truth), ("f", fake))]
    of_cells = [twosample.columns_of_cells(s.cells, s.energy) for s in (truth, fake)]
    number = settings["neighbours"]
    probed = truth if fake is other else fake  # what `other` is compared with must be none of it
    probes = rng.permutation(len(probed))[:number]
    rest = np.setdiff1d(np.arange(len(probed)), probes)
    known = learnt[np.sort(rng.permutation(len(learnt))[: len(other)])]
    memory = twosample.memory(probed.cells[probes], known.cells, other.cells)
    within = twosample.nearest(probed.cells[probes], probed.cells[rest])[0]
    return {
        "trees": twosample.separability(*of_trees, "trees", seeds),
        "network": twosample.separability(*of_cells, "network", seeds),
        "memory": memory,
        "within": np.quantile(within, [0.05, 0.25, 0.5, 0.75, 0.95]),
        "worth": [
            {"name": name, **twosample.worth(values, seen["f"][name], settings["quantiles"])}
            for name, values in seen["l"].items()
        ],
        "learnt": len(learnt),
        "shown": [shown(probed, row, known, geometry) for row in probes[:SHOWN]],
    }


def shown(fake, row, known, geometry):
    """A generated shower, (rows, columns) of each layer in GeV, and its nearest neighbour among true ones."""
    distance, place = twosample.nearest(fake.cells[row : row + 1], known.cells)
    pair = (fake[row : row + 1], known[place])
    return {
        "distance": distance[0],
        "energies": [s.energy[0] for s in pair],
        "generated": [image[0] for image in geometry.images(pair[0].cells)],
        "neighbour": [image[0] for image in geometry.images(pair[1].cells)],
    }
