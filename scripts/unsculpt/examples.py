"""The events that networks learn from, as tensors: which rows, their scaling, protected variables and order."""

import hashlib
import logging
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from unsculpt import axes, contamination, copies, planing
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, CATEGORIES, LABELS, SIGNAL
from unsculpt.networks import generator
from unsculpt.ranks import distribution
from unsculpt.weighted import effective_number

NO_FOLD = -1  # holds out nothing
CLASSES = {name: LABELS[name] for name in ("background", "signal")}  # in the order of a batch
BOTH = tuple(CLASSES.values())
FEW_EVENTS = 1000  # of a class: fewer do not train a network well
PROTECTED = {"background": (BACKGROUND,), "all": (BACKGROUND, SIGNAL)}  # classes of `training.protect`


@dataclass(frozen=True)
class Column:
    """A column of n events that is protected, or a condition of the adversary.

    name : "mass", a category or a feature, whether it is an input or not.
    value : (n,), the scaled mass, a feature as it is, or the number of a category (int).
    categories : number of categories; 0 for a continuous variable.
    """

    name: str
    value: Tensor
    categories: int = 0


@dataclass(frozen=True)
class Examples:
    """n events, background and signal together.

    features : (n, D) float, the inputs of the networks; as they are, the networks standardise. An array is flat.
    label : (n,) int, 1 signal, 0 background.
    fold : (n,) int.
    mass : (n,) float, scaled to [0, 1] over the range of the study.
    weight : (n,) float, positive, with mean one in each class.
    names : names of the inputs, of the features or of the one array.
    categories : the `CATEGORIES` by name, (n,) int each, with the number of categories.
    others : the features that are no inputs by name, (n,) float each.
    shape : of the array of an event, whose D numbers are the inputs; () for features.
    event : (n,) int, the number of the event of which a row is, or is a copy; None where there are no copies
        (`copies.joined`).
    nominal : (n,) bool, whether a row is an event and no copy; None where there are no copies.
    """

    features: Tensor
    label: Tensor
    fold: Tensor
    mass: Tensor
    weight: Tensor
    names: tuple = ()
    categories: dict = field(default_factory=dict)
    others: dict = field(default_factory=dict)
    shape: tuple = ()
    event: Tensor | None = None
    nominal: Tensor | None = None

    def digest(self):
        """Hexadecimal digits that stand for all the numbers."""
        content = hashlib.sha256(repr([self.names, self.shape, *self.others]).encode())
        tensors = [value for value in vars(self).values() if isinstance(value, Tensor)]
        for tensor in (*tensors, *(numbers for numbers, _ in self.categories.values()), *self.others.values()):
            content.update(tensor.numpy().tobytes())
        return content.hexdigest()

    def column(self, name):
        """The mass, a category or a feature by its name in `training.protected` or `training.adversary.conditions`."""
        if name == "mass":
            return Column(name, self.mass)
        if name in self.categories:
            return Column(name, *self.categories[name])
        if name in self.others:
            return Column(name, self.others[name])
        if name in self.names and self.shape:
            raise InputError(f"training names the column {name!r}, which is an array; name a feature, or the mass")
        if name not in self.names:
            raise InputError(f"training names the column {name!r}, which the events lack; add it to features")
        return Column(name, self.features[:, self.names.index(name)])

    def rows(self, label, fold, held_out):
        """Indices of a class inside a fold (held out) or outside it (in training)."""
        return torch.where((self.label == label) & ((self.fold == fold) == held_out))[0]

    def protected(self, fold, protect):
        """Row numbers and weights of the events outside a fold of which independence is asked (`training.protect`).

        Where these are both classes, each has half of the weight, as in a batch.
        """
        rows = [self.rows(label, fold, held_out=False) for label in PROTECTED[protect]]
        return torch.cat(rows), torch.cat(class_weights([self.weight[part] for part in rows]))

    def smallest_class(self, labels=BOTH):
        """Number of events of the smallest of these classes; copies are none."""
        once = torch.ones_like(self.label, dtype=torch.bool) if self.nominal is None else self.nominal
        return min(int(((self.label == label) & once).sum()) for label in labels)

    def effective(self, rows, weight):
        """Effective number of events in these rows with these weights, (r,) each; an event and its copies are one."""
        weight = weight.double().numpy()
        return effective_number(weight if self.event is None else np.bincount(self.event[rows].numpy(), weight))

    def kept_back(self, rows, share, draws):
        """A random share of these rows, at least one event, and the others; copies go with their event.

        Parameters
        ----------
        rows : int tensor
        share : float
        draws : torch.Generator
        """
        known = rows if self.event is None else self.event[rows].unique()
        known = known[torch.randperm(len(known), generator=draws)]
        number = max(1, int(len(known) * share))
        if self.event is None:
            return known[:number], known[number:]
        back = torch.isin(self.event[rows], known[:number])
        return rows[back], rows[~back]


def training_events(events, method, mass, channel="all"):
    """The events from which models learn: all of them, those in the signal window or of some category; perhaps planed.

    Parameters
    ----------
    events : events.Events
    method : dict
        Of the configuration; its `train_in` (all or window), `train_on` (values of columns) and `planing` are used.
    mass : dict
        The configuration `mass`.
    channel : str
        Of the models, or "all".

    Returns
    -------
    events.Events
        With planing (arXiv:1709.10106) the weights of each class are divided by its mass spectrum, so that both are
        flat; a bin never counts more than `planing.LIMIT` times its share, else single events would rule a batch.

    Raises
    ------
    InputError
        If the channel has no signal or no background.
    """
    events = _within_reach(contamination.contaminated(events, method.get("contamination", 0)), method, mass)
    if method.get("train_in", "all") == "window":
        low, high = axes.mass(mass).window
        _tell_few(events, f" in the window of {low:g} to {high:g} GeV", ", or use train_in: all")
    elif method.get("train_on"):
        _tell_few(events, f" on {_said(method['train_on'])}", ", or remove train_on")
    elif channel == "all":
        _tell_few(events)
    if channel != "all":
        events = events[events.channel == channel]
        for name, label in CLASSES.items():
            if not np.any(events.where(label) & (events.weight > 0)):
                raise InputError(f"no {name} event is in channel {channel}; train without per_channel")
        _tell_few(events, f" in channel {channel}", ", or train all channels together, without per_channel")
    if not method.get("planing", False):
        return events
    weight = events.weight.copy()
    column = np.maximum((events.mass - mass["min_gev"]) / mass["bin_width_gev"], 0).astype(int)
    for label in CLASSES.values():
        rows = events.where(label) & (weight > 0)
        weight[rows] = planing.flattened(weight[rows], column[rows])
    return replace(events, weight=weight)


def _within_reach(events, method, mass):
    """All events, or those in the signal window, or with the values of columns that `train_on` asks for."""
    for column, value in method.get("train_on", {}).items():
        kept = events.column(column) == value
        for name, label in CLASSES.items():
            if not np.any(events.where(label) & (events.weight > 0) & kept):
                raise InputError(f"no {name} event has {column} {value}; change train_on of the method")
        events = events[kept]
    if method.get("train_in", "all") == "all":
        return events
    return events[axes.mass(mass).inside(events.mass)]


def _said(values):
    """Values of columns in words.

    Examples
    --------
    >>> _said({"channel": "clean", "n_jets": 2})
    'channel clean, n_jets 2'
    """
    return ", ".join(f"{column} {value}" for column, value in values.items())


def _tell_few(events, where="", instead=""):
    """A warning if a class has few events to learn from."""
    for name, label in CLASSES.items():
        number = int(np.sum(events.where(label) & (events.weight > 0) & copies.nominal(events)))
        if number < FEW_EVENTS:
            logging.warning("only %d %s events train%s; give more%s", number, name, where, instead)


def channel_odds(events, method, mass, channel):
    """Signal over background of a channel in units of that of all channels, among the events from which models learn.

    Models learn from as much signal as background, so the scores of two channels with models of their own mean
    different things. With the odds of a score, s / (1 - s), times this number they mean the same again: one cut selects
    the same ratio of signal to background in every channel, as with models that learn from all of them.

    Parameters
    ----------
    events : events.Events
    method, mass, channel
        As of `training_events`.

    Returns
    -------
    float
        (S_c / S) / (B_c / B), sums of weights above zero; 1 for "all".
    """
    if channel == "all":
        return 1.0
    events = _within_reach(events, method, mass)
    signal, background = (
        [np.maximum(events.weight[events.where(label, part)], 0).sum() for part in (channel, "all")]
        for label in (SIGNAL, BACKGROUND)
    )
    return float(signal[0] / signal[1] * background[1] / background[0])


def from_events(events, *, mass_range, folds, training=None, dtype=torch.float32):
    """Signal and background of an event table as examples.

    Of the configuration `training` its `inputs` (null for all features) and `flat_in` are used; without it all features
    are inputs and the weights are those of the table. Of a table with copies (`copies.joined`) each variation is a
    category, and no input.

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
    training = training or {}
    shifted = copies.variations_in(kept)
    own = [name for name in kept.feature_names if name not in shifted]
    inputs = tuple(training.get("inputs") or own)
    features, shape = kept.inputs(inputs)
    _check_finite(inputs if shape else (), features)
    weight = planing.flat_in(kept, training.get("flat_in", {}))
    for label in CLASSES.values():
        weight[kept.label == label] /= weight[kept.label == label].mean()
    return Examples(
        features=torch.from_numpy(features).to(dtype),
        label=torch.from_numpy(kept.label.astype(np.int64)),
        fold=torch.from_numpy(kept.fold.astype(np.int64)),
        mass=torch.from_numpy((kept.mass - low) / (high - low)).to(dtype),
        weight=torch.from_numpy(weight).to(dtype),
        names=inputs,
        categories={name: _numbered(kept.column(name)) for name in CATEGORIES}
        | {name: (torch.tensor(kept.column(name), dtype=torch.int64), copies.VERSIONS) for name in shifted},
        others={name: torch.tensor(kept.column(name), dtype=dtype) for name in own if name not in inputs},
        shape=tuple(shape),
        event=torch.from_numpy(copies.numbers(kept)) if shifted else None,
        nominal=torch.from_numpy(copies.nominal(kept)) if shifted else None,
    )


def _numbered(labels):
    """Numbers of the categories, in alphabetical order, and how many there are."""
    names, number = np.unique(labels, return_inverse=True)
    return torch.from_numpy(number.astype(np.int64)), len(names)


def _check_finite(names, values):
    """Refuse numbers that are none, in columns of these names, or in an array of one name, values (n, D)."""
    kind = "feature" if len(names) == values.shape[1] else "array"
    for i, name in enumerate(names):
        of_events = values[:, i : i + 1] if kind == "feature" else values
        wrong = ~np.isfinite(of_events)
        if wrong.any():
            number, value = wrong.any(1).sum(), of_events[wrong][0]
            raise InputError(f"{kind} {name} is {value} in {number} events; mend or leave out the {kind}")


def _check(events, mass_range, folds):
    _check_finite(events.feature_names, events.features)
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


def scaling(examples, fold, values=None, classes=BOTH):
    """Weighted mean and standard deviation outside a fold, each (D,); all classes count the same.

    Of the inputs, or of other values (n, D).
    """
    values, centre, square = examples.features if values is None else values, 0, 0
    share = 1 / len(classes)
    for label in classes:
        rows = examples.rows(label, fold, held_out=False)
        weight = (examples.weight[rows] / examples.weight[rows].sum()).double()
        centre = centre + share * weight @ values[rows].double()
    for label in classes:
        rows = examples.rows(label, fold, held_out=False)
        weight = (examples.weight[rows] / examples.weight[rows].sum()).double()
        square = square + share * weight @ (values[rows].double() - centre).square()
    width = square.sqrt()
    width[width <= 1e-7 * centre.abs()] = 1  # a constant feature stays harmless, zero
    return centre, width


def unit(examples, column, fold, protect="background"):
    """A continuous protected variable between 0 and 1, (n,).

    The mass as it is; a feature by its distribution function in the protected events outside the fold, with weights, so
    that its tails weigh no more than their events.
    """
    if column.name == "mass":
        return column.value
    rows, weight = examples.protected(fold, protect)
    below = distribution(column.value[rows].double().numpy(), weight.double().numpy())
    return torch.from_numpy(below(column.value.double().numpy())).to(examples.weight.dtype)


def protected_bins(examples, value, fold, bins, protect="background"):
    """Edges between bins of a protected variable of equal population, (bins - 1,), and the mean value in each, (bins,).

    Of the protected events outside the fold, with weights; `value` is that of all events, (n,). See `equal_bins`.
    """
    rows, weight = examples.protected(fold, protect)
    return equal_bins(value[rows], weight, bins)


def class_weights(weights):
    """Weights of several classes, a tensor each, such that every class has the same sum; one class stays as it is."""
    return weights if len(weights) == 1 else [weight / weight.sum() for weight in weights]


def equal_bins(value, weight, bins):
    """Edges between bins of equal population, (bins - 1,), and the mean value in each, (bins,), with weights.

    An empty bin (values that repeat) gets its lower edge for a centre.
    """
    value, order = value.double().sort()
    weight = weight.double()[order]
    wanted = torch.arange(1, bins, dtype=torch.float64) / bins * weight.sum()
    edges = value[torch.searchsorted(weight.cumsum(0), wanted).clamp(max=len(value) - 1)]
    index = torch.bucketize(value, edges, right=True)
    total = torch.zeros(bins, dtype=torch.float64).scatter_add_(0, index, weight)
    centres = torch.zeros(bins, dtype=torch.float64).scatter_add_(0, index, weight * value) / total.clamp(min=1e-300)
    return edges, torch.where(total > 0, centres, torch.cat([value[:1], edges]))


def stream(rows, length, seed, event=None):
    """`length` of the rows: one random order of all of them after the other, cut off at the end.

    With the number of the event of each row, in which some are copies, the order is that of events, and the rows of an
    event follow each other: in a batch its versions stand side by side, and what they have in common cancels in the
    gradient of an objective that compares versions.
    """
    draws = generator(seed)
    rounds = -(-length // len(rows))
    if event is None:
        orders = [torch.randperm(len(rows), generator=draws) for _ in range(rounds)]
    else:
        known, place = event.unique(return_inverse=True)
        ranks = [torch.randperm(len(known), generator=draws)[place] for _ in range(rounds)]
        orders = [rank.argsort(stable=True) for rank in ranks]
    return torch.cat([rows[order] for order in orders])[:length]
