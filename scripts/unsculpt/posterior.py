"""What an adversary believes: the mass spectrum that it expects at a score, beside that of held-out events there.

It is the figure that shows whether there was something left to be found: an adversary that follows the events of a
slice of the score knows all there is, one that stays at the spectrum of all events while they do not has overlooked it.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from unsculpt import axes, tasks
from unsculpt.examples import PROTECTED, class_weights
from unsculpt.objectives import AdversarySettings, standardise
from unsculpt.rounding import sigmoid, softplus
from unsculpt.training import Member, Settings, Training
from unsculpt.weighted import histogram

SLICES = ((0.0, 0.1), (0.45, 0.55), (0.9, 1.0))  # of the events in the order of their scores: ends and middle
MASS = "mass"


@dataclass(frozen=True)
class Slices:
    """Spectra of events in slices of the score, weights summed in mass bins.

    everything : Histogram of all events.
    measured : of each of `SLICES`, a Histogram.
    expected : of each the spectrum that the adversary expects, float array; empty without an adversary.
    """

    everything: object
    measured: tuple
    expected: tuple = ()

    def __add__(self, other):
        pairs = zip(self.measured, other.measured, strict=True)
        expected = zip(self.expected, other.expected, strict=True)
        return Slices(
            self.everything + other.everything, *(tuple(a + b for a, b in both) for both in (pairs, expected))
        )


def edges_of(mass):
    """Edges of the bins in GeV, bins of the study merged to thirty at most."""
    edges = axes.mass(mass).edges
    merged = axes.bins_to_merge(len(edges) - 1, most=30)
    return np.append(np.asarray(edges)[:-1:merged], edges[-1])


@torch.no_grad()
def believed(content, examples, mass, edges):
    """Spectra in slices of the score of each strength, summed over the folds, for the first of the seeds.

    Parameters
    ----------
    content : dict
        File of trained models, as `models.load` gives it; of an adversary of the mass.
    examples : examples.Examples
        Those that trained it.
    mass : dict
        The configuration `mass`.
    edges : float array
        Of mass bins, in GeV, from the lower to the upper end of the mass range.

    Returns
    -------
    dict
        By tag strength `Slices` of the protected events that each model has held out.
    """
    training, found = _restored(content, examples), {}
    for k, member in enumerate(training.members):
        if member.replica:
            continue
        rows, weight = held_out(examples, member.fold, training.settings.protect)
        stack = training.classifier.select([k]).eval()
        response = tasks.responses(stack, examples.features[rows])
        known = standardise(response, weight[None])
        chosen = slices_of(response[0].double().numpy(), weight.double().numpy())
        expected = [
            _expected(training, k, known[:, part], rows[part], weight[part], edges, mass)
            for part in map(torch.from_numpy, chosen)
        ]
        own = filled(_gev(examples, rows, mass), weight.double().numpy(), chosen, edges, tuple(expected))
        found[member.strength] = found[member.strength] + own if member.strength in found else own
    return found


def alone(score, examples, mass, edges, protect="background"):
    """The same of any other score, (n,), without an adversary; the folds have scores of their own."""
    total = None
    for fold in range(int(examples.fold.max()) + 1):
        rows, weight = held_out(examples, fold, protect)
        weight = weight.double().numpy()
        own = filled(_gev(examples, rows, mass), weight, slices_of(score[rows.numpy()], weight), edges)
        total = own if total is None else total + own
    return total


def held_out(examples, fold, protect):
    """Row numbers and weights of the protected events of a fold; of two classes each has half of the weight."""
    rows = [examples.rows(label, fold, held_out=True) for label in PROTECTED[protect]]
    return torch.cat(rows), torch.cat(class_weights([examples.weight[part] for part in rows]))


def slices_of(response, weight):
    """Masks of the events, (n,), of each of `SLICES`; what counts is the weight below an event."""
    order = np.argsort(response, kind="stable")
    below = np.empty(len(order))
    below[order] = (weight[order].cumsum() - weight[order] / 2) / weight.sum()
    return [(low <= below) & (below < high) for low, high in SLICES]


def filled(values, weight, chosen, edges, expected=()):
    """`Slices` of events with these masses in GeV and weights, (n,) each."""
    everything = histogram(values, weights=weight, edges=edges)
    measured = tuple(histogram(values[part], weights=weight[part], edges=edges) for part in chosen)
    return Slices(everything, measured, expected)


def _gev(examples, rows, mass):
    """Masses of some rows in GeV."""
    low, high = mass["min_gev"], mass["max_gev"]
    return low + (high - low) * examples.mass[rows].double().numpy()


def _restored(content, examples):
    """The training of a file as it was at its end, to be asked and not to go on."""
    told = content["settings"]
    adversary = AdversarySettings(**told["adversary"])
    settings = Settings(**told | {"adversary": adversary, "early_stopping": None})
    training = Training(settings, examples, [Member(**member) for member in content["members"]])
    training.classifier.load_state_dict(content["classifier"])
    training.objective.load_state_dict(content["objective"])
    return training


def _expected(training, k, known, rows, weight, edges, mass):
    """The spectrum that the adversary of model k expects of these events, (bins,), a sum with their weights."""
    adversary = training.objective
    place = training.settings.protected.index(MASS)
    known = known.unsqueeze(-1)
    if training.conditions is not None:
        known = torch.cat([known, training.conditions[training.fold_row[k], rows][None]], -1)
    output = adversary.network.select([k]).eval()(known).split(adversary.outputs, -1)[place][0]
    if training.settings.adversary.head == "bins":
        of_bins = weight.double() @ F.softmax(output.double(), -1)
        return of_bins.numpy() @ _inside(training, k, place, edges, mass)
    unit = (np.asarray(edges) - mass["min_gev"]) / (mass["max_gev"] - mass["min_gev"])
    return (weight.double() @ mixture(output, torch.from_numpy(unit))).numpy()


def _inside(training, k, place, edges, mass):
    """Shares of the mass bins in each bin of the head, (bins of the head, bins), among the events that trained."""
    examples, fold = training.examples, training.members[k].fold
    rows, weight = examples.protected(fold, training.settings.protect)
    number, weight = training.protected[place].numbers(k, rows), weight.double().numpy()
    values = _gev(examples, rows, mass)
    parts = [number == i for i in range(training.protected[place].bins)]
    sums = np.stack([histogram(values[part], weights=weight[part], edges=edges).sumw for part in parts])
    return sums / np.maximum(sums.sum(1, keepdims=True), np.finfo(float).tiny)


def mixture(output, edges):
    """Shares of the bins between edges, (n, bins), in the mixtures of `objectives.mixture_loss`; output (n, 3C)."""
    share, position, width = output.double().chunk(3, -1)
    mu, sigma = sigmoid(position)[..., None], softplus(width)[..., None] + 0.01
    below = torch.special.ndtr((edges - mu) / sigma)  # (n, C, edges)
    whole = torch.special.ndtr((1 - mu) / sigma) - torch.special.ndtr(-mu / sigma)
    return (F.softmax(share, -1)[..., None] * below.diff() / whole).sum(1)


def plain(found):
    """`Slices` as plain values."""
    rows = [
        {"measured": vars(measured), **({"expected": found.expected[i]} if found.expected else {})}
        for i, measured in enumerate(found.measured)
    ]
    return {"everything": vars(found.everything), "slices": rows}
