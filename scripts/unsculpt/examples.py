"""The events that networks learn from, as tensors: which rows, their scaling, mass bins and order."""

import hashlib
import logging
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.networks import generator

NO_FOLD = -1  # holds out nothing
CLASSES = {"background": BACKGROUND, "signal": SIGNAL}  # in the order of a batch


@dataclass(frozen=True)
class Examples:
    """n events, background and signal together.

    features : (n, D) float; as they are, the networks standardise.
    label : (n,) int, 1 signal, 0 background.
    fold : (n,) int.
    mass : (n,) float, scaled to [0, 1] over the range of the study.
    weight : (n,) float, positive, with mean one in each class.
    """

    features: Tensor
    label: Tensor
    fold: Tensor
    mass: Tensor
    weight: Tensor

    def digest(self):
        """Hexadecimal digits that stand for all the numbers."""
        content = hashlib.sha256()
        for tensor in vars(self).values():
            content.update(tensor.numpy().tobytes())
        return content.hexdigest()

    def rows(self, label, fold, held_out):
        """Indices of a class inside a fold (held out) or outside it (in training)."""
        return torch.where((self.label == label) & ((self.fold == fold) == held_out))[0]

    def smallest_class(self):
        """Number of events of the smaller class."""
        return min(int((self.label == label).sum()) for label in CLASSES.values())


def from_events(events, *, mass_range, folds, dtype=torch.float32):
    """Signal and background of an event table as examples.

    Events of weight zero or below are left out of the training, and only there: a negative weight has no place in a
    batch of a few hundred events (ranks, variances and logarithms need a density), and leaving it out distorts the
    density half as much as its absolute value would. Every later number uses all events with their signs.

    Raises
    ------
    InputError
        If a feature is not finite, a background mass is outside the range, or a class has no event in a fold.
    """
    labelled = events[events.where(SIGNAL) | events.where(BACKGROUND)]
    positive = labelled.weight > 0
    if not positive.all():
        lost = -labelled.weight[~positive].sum() / np.abs(labelled.weight).sum()
        logging.info("%d events of weight <= 0 (%.2g of the total) do not train", np.sum(~positive), lost)
    kept = labelled[positive]
    _check(kept, mass_range, folds)
    low, high = mass_range
    weight = kept.weight.copy()
    for label in CLASSES.values():
        weight[kept.label == label] /= weight[kept.label == label].mean()
    return Examples(
        features=torch.from_numpy(kept.features).to(dtype),
        label=torch.from_numpy(kept.label.astype(np.int64)),
        fold=torch.from_numpy(kept.fold.astype(np.int64)),
        mass=torch.from_numpy((kept.mass - low) / (high - low)).to(dtype),
        weight=torch.from_numpy(weight).to(dtype),
    )


def _check(events, mass_range, folds):
    for i, name in enumerate(events.feature_names):
        wrong = ~np.isfinite(events.features[:, i])
        if wrong.any():
            value = events.features[wrong, i][0]
            raise InputError(f"feature {name} is {value} in {wrong.sum()} events; mend or leave out the feature")
    mass = events.mass[events.label == BACKGROUND]
    outside = (mass < mass_range[0]) | (mass > mass_range[1])
    if outside.any():
        raise InputError(
            f"the mass of {outside.sum()} background events ({mass[outside][0]:g} GeV, say) is outside mass.min_gev to "
            f"mass.max_gev, {mass_range[0]:g} to {mass_range[1]:g} GeV; widen the range or make the event table again"
        )
    for name, label in CLASSES.items():
        for fold in range(folds):
            if not np.any((events.label == label) & (events.fold == fold)):
                raise InputError(f"no {name} event is in fold {fold}; lower folds or give more events")


def scaling(examples, fold):
    """Weighted mean and standard deviation of the features outside a fold, each (D,); both classes count the same."""
    centre, square = 0, 0
    for label in CLASSES.values():
        rows = examples.rows(label, fold, held_out=False)
        weight = (examples.weight[rows] / examples.weight[rows].sum()).double()
        centre = centre + 0.5 * weight @ examples.features[rows].double()
    for label in CLASSES.values():
        rows = examples.rows(label, fold, held_out=False)
        weight = (examples.weight[rows] / examples.weight[rows].sum()).double()
        square = square + 0.5 * weight @ (examples.features[rows].double() - centre).square()
    width = square.sqrt()
    width[width <= 1e-7 * centre.abs()] = 1  # a constant feature stays harmless, zero
    return centre, width


def mass_bins(examples, fold, bins):
    """Edges between mass bins of equal population, (bins - 1,), and the mean mass in each, (bins,).

    Of the background outside the fold, with weights; masses are scaled to [0, 1]. An empty bin (masses that repeat)
    gets its lower edge for a centre.
    """
    rows = examples.rows(BACKGROUND, fold, held_out=False)
    mass, order = examples.mass[rows].double().sort()
    weight = examples.weight[rows].double()[order]
    wanted = torch.arange(1, bins, dtype=torch.float64) / bins * weight.sum()
    edges = mass[torch.searchsorted(weight.cumsum(0), wanted).clamp(max=len(mass) - 1)]
    index = torch.bucketize(mass, edges, right=True)
    total = torch.zeros(bins, dtype=torch.float64).scatter_add_(0, index, weight)
    centres = torch.zeros(bins, dtype=torch.float64).scatter_add_(0, index, weight * mass) / total.clamp(min=1e-300)
    return edges, torch.where(total > 0, centres, torch.cat([mass[:1], edges]))


def stream(rows, length, seed):
    """`length` of the rows: one random order of all of them after the other, cut off at the end."""
    draws = generator(seed)
    rounds = -(-length // len(rows))
    return torch.cat([rows[torch.randperm(len(rows), generator=draws)] for _ in range(rounds)])[:length]
