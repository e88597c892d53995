"""Early stopping: each model of a stack keeps the weights of its best epoch, and stops when none better comes."""

import math

import torch

from unsculpt import models
from unsculpt.errors import InputError
from unsculpt.training.settings import VALIDATION


class Stopping:
    """Watches the part of the training events that is kept back; the held-out fold, which is scored, is not looked at.

    The criterion of a model is cross-entropy + strength x dependence. The dependence is the penalty itself, or what the
    adversary knows of the protected variables beyond their spectrum, or what a cut on the score knows, if that is
    significantly more (an adversary that has not learnt yet, or is dead, knows nothing of a score that sculpts); of the
    last two what is above the floor (`alarms.cut_information`). While the strength grows (`training.adversary.ramp`) no
    epoch is judged: the networks then answer to another criterion, and patience begins when it is over.

    Parameters
    ----------
    training : Training
    """

    def __init__(self, training):
        self.training, self.patience = training, training.settings.early_stopping.patience
        self.entropy = models.reference_entropy(training.settings, training.examples)
        self.cuts = models.Cuts(training, VALIDATION) if self.entropy is not None else None
        size = len(training.members)
        self.best = torch.full((size,), torch.inf, dtype=torch.float64)
        self.best_epoch = torch.zeros(size, dtype=torch.int64)
        self.last_epoch = torch.zeros(size, dtype=torch.int64)  # that a model was trained for; 0 while it goes on
        self.kept = {name: tensor.clone() for name, tensor in self._weights().items()}

    def _weights(self):
        """The tensors of classifiers and adversaries, each with a leading model axis."""
        modules = {"classifier": self.training.classifier, "objective": self.training.objective}
        return {f"{m}.{name}": t for m, module in modules.items() for name, t in module.state_dict().items()}

    @property
    def all_stopped(self):
        return bool((self.last_epoch > 0).all())

    def look(self):
        """Judge the epoch that is over, if the strength has grown to its value."""
        epoch, going, grown = self.training.epoch, self.last_epoch == 0, math.ceil(self.training.settings.ramp_epochs)
        if epoch < grown:
            return
        criterion = self.criterion()
        better = going & (criterion < self.best)
        self.best, self.best_epoch = torch.where(better, criterion, self.best), self.best_epoch.where(~better, epoch)
        for name, tensor in self._weights().items():
            self.kept[name][better] = tensor[better]
        over = (epoch - self.best_epoch.clamp(min=grown) >= self.patience) | (epoch == self.training.settings.epochs)
        self.last_epoch = self.last_epoch.where(~(going & over), epoch)

    @torch.no_grad()
    def criterion(self):
        """The criterion after the epoch, (K,)."""
        stack = self.training
        cross_entropy, value = stack.evaluate(VALIDATION).cpu().double()
        strength = stack.strength[:, 0].cpu().double()
        if stack.objective.sign >= 0:
            return cross_entropy + strength * value
        known = models.dependence(self.cuts.known(), self.entropy - value.numpy())
        return cross_entropy + strength * torch.from_numpy(known)

    def keep_best(self):
        """Put the weights of the best epochs into the networks.

        Raises
        ------
        InputError
            If no epoch of a model has a criterion that is a number.
        """
        if (self.best_epoch == 0).any():
            worst = self.training.members[int((self.best_epoch == 0).nonzero()[0])]
            raise InputError(
                f"the training of {worst} diverged on the events of early stopping; "
                f"lower training.learning_rate (now {self.training.settings.learning_rate:g})"
            )
        for name, tensor in self._weights().items():
            tensor.copy_(self.kept[name])

    def adopt(self, k, other, place):
        """Take the epochs of a model of another training in the place of model k."""
        for name in ("best", "best_epoch", "last_epoch"):
            getattr(self, name)[k] = getattr(other, name)[place]

    def state(self):
        """Everything the next epoch depends on."""
        return {name: getattr(self, name) for name in ("best", "best_epoch", "last_epoch", "kept")}

    def restore(self, state):
        """Continue from a state."""
        for name, value in state.items():
            setattr(self, name, value)
