"""What an adversary believes: the mass spectrum that it expects at a score, beside that of held-out events there.

It is the figure that shows whether there was something left to be found: an adversary that follows the events of a
slice of the score knows all there is, one that stays at the spectrum of all events while they do not has overlooked it.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from unsculpt import axes, examples, models, tasks
from unsculpt.naming import strength_tag
from unsculpt.objectives import AdversarySettings, standardise
from unsculpt.rounding import sigmoid, softplus
from unsculpt.training import Member, Settings, Training
from unsculpt.weighted import histogram

SLICES = ((0.0, 0.1), (0.45, 0.55), (0.9, 1.0))  # of the events in the order of their scores: ends and middle
MASS = "mass"
CHUNK = 4096  # events at a time, each with all Gaussians in all bins


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


def measure(contents, before, tag, table, *, weights, mass, folds):
    """Spectra in slices of the score of every strength of a method, and of the plain classifier.

    Parameters
    ----------
    contents, before : sequence of dict
        Files of trained models, of the method and of the plain classifier, all parts, as `models.load` gives them.
    tag : str
        Of the plain classifier, the strength.
    table : events.Events
        Those of the training.
    weights : dict
        With which weights, and on which events, the method is trained: its `planing` and `train_in`, and `flat_in`.
    mass : dict
        The configuration `mass`.
    folds : int

    Returns
    -------
    dict
        edges_gev; slices, from and to which share of the events in the order of the score; before, of the plain
        classifier, and points, with strength and tag, see `plain`.
    """
    edges, found, alone = edges_of(mass), {}, []
    for channel in dict.fromkeys(content["members"][0]["channel"] for content in contents):
        learnt = examples.training_events(table, weights, mass, channel)
        learnt = learnt[np.isin(learnt.label, examples.BOTH) & (learnt.weight > 0)]  # row by row the examples
        training = {"inputs": contents[0]["features"], "flat_in": weights["flat_in"]}
        data = examples.from_events(
            learnt, mass_range=(mass["min_gev"], mass["max_gev"]), folds=folds, training=training
        )
        for content in contents:
            if content["members"][0]["channel"] == channel:
                for strength, own in believed(content, data, mass, edges).items():
                    found.setdefault(strength, []).append(own)
        scores = models.out_of_fold(before, learnt.inputs(before[0]["features"])[0], learnt.fold, learnt.channel)
        alone.append(spectra_alone(scores[tag], data, mass, edges, contents[0]["settings"]["protect"]))
    points = [
        {"strength": strength, "tag": strength_tag(strength), **plain(total(parts))}
        for strength, parts in found.items()
    ]
    return {"edges_gev": edges, "slices": SLICES, "before": plain(total(alone)), "points": points}


def total(parts):
    """The sum of several `Slices`."""
    return sum(parts[1:], parts[0])


def edges_of(mass):
    """Edges of the bins in GeV, bins of the study merged to thirty at most."""
    edges = axes.mass(mass).edges
    merged = axes.bins_to_merge(len(edges) - 1, most=30)
    return np.append(np.asarray(edges)[:-1:merged], edges[-1])


@torch.no_grad()
def believed(content, data, mass, edges):
    """Spectra in slices of the score of each strength, summed over the folds, for the first of the seeds.

    Parameters
    ----------
    content : dict
        File of trained models, as `models.load` gives it; of an adversary of the mass.
    data : examples.Examples
        Those that trained it.
    mass : dict
        The configuration `mass`.
    edges : float array
        Of mass bins, in GeV, from the lower to the upper end of the mass range.

    Returns
    -------
    dict
        By strength `Slices` of the protected events that each model has held out.
    """
    training, found = _restored(content, data), {}
    for k, member in enumerate(training.members):
        if member.replica:
            continue
        rows, weight = held_out(data, member.fold, training.settings.protect)
        stack = training.classifier.select([k]).eval()
        response = tasks.responses(stack, data.features[rows])
        known = standardise(response, weight[None])
        chosen = slices_of(response[0].double().numpy(), weight.double().numpy())
        expected = [
            _expected(training, k, known[:, part], rows[part], weight[part], edges, mass)
            for part in map(torch.from_numpy, chosen)
        ]
        own = filled(_gev(data, rows, mass), weight.double().numpy(), chosen, edges, tuple(expected))
        found.setdefault(member.strength, []).append(own)
    return {strength: total(parts) for strength, parts in found.items()}


def spectra_alone(score, data, mass, edges, protect="background"):
    """The same of any other score, (n,), without an adversary; the folds have scores of their own."""
    parts = []
    for fold in range(int(data.fold.max()) + 1):
        rows, weight = held_out(data, fold, protect)
        weight = weight.double().numpy()
        parts.append(filled(_gev(data, rows, mass), weight, slices_of(score[rows.numpy()], weight), edges))
    return total(parts)


def held_out(data, fold, protect):
    """Row numbers and weights of the protected events of a fold; of two classes each has half of the weight."""
    rows = [data.rows(label, fold, held_out=True) for label in examples.PROTECTED[protect]]
    return torch.cat(rows), torch.cat(examples.class_weights([data.weight[part] for part in rows]))


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


def _gev(data, rows, mass):
    """Masses of some rows in GeV."""
    low, high = mass["min_gev"], mass["max_gev"]
    return low + (high - low) * data.mass[rows].double().numpy()


def _restored(content, data):
    """The training of a file as it was at its end, to be asked and not to go on."""
    told = content["settings"]
    adversary = AdversarySettings(**told["adversary"])
    settings = Settings(**told | {"adversary": adversary, "early_stopping": None})
    training = Training(settings, data, [Member(**member) for member in content["members"]])
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
    unit = torch.from_numpy((np.asarray(edges) - mass["min_gev"]) / (mass["max_gev"] - mass["min_gev"]))
    parts = zip(weight.double().split(CHUNK), output.split(CHUNK), strict=True)
    return sum(own @ mixture(part, unit) for own, part in parts).numpy()


def _inside(training, k, place, edges, mass):
    """Shares of the mass bins in each bin of the head, (bins of the head, bins), among the events that trained."""
    data, fold = training.examples, training.members[k].fold
    rows, weight = data.protected(fold, training.settings.protect)
    number, weight = training.protected[place].numbers(k, rows), weight.double().numpy()
    values = _gev(data, rows, mass)
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
