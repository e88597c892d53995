"""The one visible loop: K trainings (strength x fold) as one stack, with checkpoint, resume and history.

A batch is background first: its first half is background, which alone the objectives see, the rest signal.
"""

import hashlib
import logging
import math
import pickle
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F

from unsculpt import models, objectives
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.examples import mass_bins, scaling, stream
from unsculpt.files import digest
from unsculpt.networks import StackedMLP

LOWEST_RATE = 0.02  # of the cosine schedule, as a fraction of the first
SECONDS_BETWEEN_CHECKPOINTS = 20


@dataclass(frozen=True)
class Settings:
    """The objective of a method and the configuration `training`, name by name (config/README.md)."""

    objective: str = "none"
    hidden_layers: tuple = (64, 64, 64)
    activation: str = "relu"
    batch_normalisation: bool = False
    dropout: float = 0.0
    epochs: int = 40
    batch_size: int = 1024
    learning_rate: float = 0.001
    learning_rate_decay: float = 0.0
    adversary: objectives.AdversarySettings = field(default_factory=objectives.AdversarySettings)

    @classmethod
    def from_config(cls, objective, training):
        """From the sub-tree `training` of a resolved configuration; where and in how many jobs is not a setting."""
        known = {k: v for k, v in training.items() if k not in ("models_per_job", "device")}
        return cls(objective, **known | {"adversary": objectives.AdversarySettings(**training["adversary"])})


@dataclass(frozen=True)
class Member:
    """One model of a stack: its strength, the fold that is held out, and the seed of everything random in it."""

    strength: float
    fold: int
    seed: int


def stable_seed(*words):
    """A seed between 0 and 2^63 that depends on the words alone, on any machine.

    Examples
    --------
    >>> stable_seed(1, "ttyy", 0) == stable_seed(1, "ttyy", 0) != stable_seed(1, "ttyy", 1)
    True
    """
    return int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:8]) >> 1


def members(strengths, *, folds, seed, background, part=0, models_per_job=None):
    """The models of one job: strength by strength, fold by fold, cut into parts.

    All strengths and methods share the seed of their fold: they start from the same network and see the same batches,
    so that what differs between them is the objective.
    """
    grid = [Member(float(s), fold, stable_seed(seed, background, fold)) for s in strengths for fold in range(folds)]
    size = models_per_job or len(grid)
    return grid[part * size : (part + 1) * size]


def pick_device(name):
    """The torch device of `training.device`; auto takes a GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("training.device is cuda but this machine shows no GPU to torch; use auto or cpu")
    return "cuda" if name != "cpu" and torch.cuda.is_available() else "cpu"


class Training:
    """K trainings at once. Every epoch draws anew from its own seeds, so nothing random is carried between epochs."""

    def __init__(self, settings, examples, members, device="cpu"):
        self.settings, self.examples, self.members, self.device = settings, examples, members, device
        self.epoch, self.history = 0, []  # history: for each epoch (4, K) in the order of models.LOSSES
        self.half = settings.batch_size // 2
        self.seeds = {member.fold: member.seed for member in members}  # one a fold, shared by all strengths
        folds = list(self.seeds)
        self.row = torch.tensor([folds.index(member.fold) for member in members])  # (K,), which fold of these
        dtype = examples.features.dtype
        self.strength = torch.tensor([[member.strength] for member in members], dtype=dtype, device=device)  # (K, 1)
        self.features, self.mass, self.weight = (
            tensor.to(device) for tensor in (examples.features, examples.mass, examples.weight)
        )

        def per_model(values):  # a tuple of tensors for each fold -> tensors with a model axis
            return [torch.stack(column)[self.row] for column in zip(*values, strict=True)]

        bins = per_model(mass_bins(examples, fold, settings.adversary.mass_bins) for fold in folds)
        self.edges, self.centres = (tensor.to(device, dtype) for tensor in bins)  # (K, M - 1), (K, M)
        self.classifier = StackedMLP(
            [member.seed for member in members],
            (examples.features.shape[1], *settings.hidden_layers, 1),
            activation=settings.activation,
            batch_normalisation=settings.batch_normalisation,
            dropout=settings.dropout,
            scaling=per_model(scaling(examples, fold) for fold in folds),
            dtype=dtype,
        ).to(device)
        seeds = [stable_seed(member.seed, "adversary") for member in members]
        self.objective = objectives.build(settings.objective, seeds=seeds, settings=settings.adversary, dtype=dtype).to(
            device
        )
        self.optimisers = [(torch.optim.Adam(self.classifier.parameters(), fused=True), settings.learning_rate)]
        if list(self.objective.parameters()):
            adam = torch.optim.Adam(self.objective.parameters(), fused=True)
            self.optimisers.append((adam, settings.adversary.learning_rate))

    def batches(self, purpose, *, held_out):
        """Row numbers of the batches of one pass, (K, batch) each, background first.

        Their number is the same for all folds, so that a model does not notice which others are in its stack.
        """
        folds, examples = int(self.examples.fold.max()) + 1, self.examples
        share = 1 / folds if held_out else 1 - 1 / folds
        steps = max(1, int(examples.smallest_class() * share) // self.half)

        def order(fold, label):
            seed = stable_seed(self.seeds[fold], purpose, label)
            rows = stream(examples.rows(label, fold, held_out), steps * self.half, seed)
            return rows.view(steps, self.half)

        plan = [torch.cat([order(fold, BACKGROUND), order(fold, SIGNAL)], 1) for fold in self.seeds]
        plan = torch.stack(plan, 1).to(self.device)  # (steps, folds here, batch)
        return (rows[self.row] for rows in plan)

    def losses(self, rows):
        """Cross-entropy, what the objective adds to it, and the objective's value, each (K,), of one batch."""
        weight, half = self.weight[rows], self.half
        logit = self.classifier(self.features[rows]).squeeze(-1)  # (K, batch)
        background = F.softplus(logit[:, :half])
        signal = F.softplus(-logit[:, half:])
        weighted_mean = objectives.weighted_mean
        classifier = 0.5 * (weighted_mean(background, weight[:, :half]) + weighted_mean(signal, weight[:, half:]))
        mass = self.mass[rows[:, :half]].contiguous()
        mass_bin = torch.searchsorted(self.edges, mass, right=True)
        seen = objectives.Background(mass, mass_bin, weight[:, :half], self.centres)
        added, value = self.objective(logit[:, :half], seen, self.strength)
        return classifier, added, value

    def step(self, rows):
        """One simultaneous step of classifier and adversary; the losses before it, (2, K)."""
        classifier, added, value = self.losses(rows)
        for optimiser, _ in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        (classifier + added).sum().backward()  # models share no parameter: the sum trains each on its own
        for optimiser, _ in self.optimisers:
            optimiser.step()
        return torch.stack([classifier.detach(), value.detach()])

    def rate(self, step, steps):
        """Learning rate as a fraction of the first: inverse-time decay by step, or a cosine by epoch."""
        if self.settings.learning_rate_decay > 0:
            return 1 / (1 + self.settings.learning_rate_decay * (self.epoch * steps + step))
        return max(LOWEST_RATE, 0.5 * (1 + math.cos(math.pi * self.epoch / self.settings.epochs)))

    def train_epoch(self):
        """One pass over the smaller class, then the losses on the held-out fold."""
        self.classifier.train()
        self.classifier.reseed([stable_seed(member.seed, "dropout", self.epoch) for member in self.members])
        batches, seen = list(self.batches(self.epoch, held_out=False)), []
        for number, rows in enumerate(batches):
            for optimiser, first_rate in self.optimisers:
                optimiser.param_groups[0]["lr"] = first_rate * self.rate(number, len(batches))
            seen.append(self.step(rows))
        self.classifier.eval()
        with torch.no_grad():
            held_out = [torch.stack(self.losses(rows)[::2]) for rows in self.batches("held out", held_out=True)]
        losses = torch.cat([torch.stack(seen).mean(0), torch.stack(held_out).mean(0)]).cpu()  # (4, K)
        if not torch.isfinite(losses).all():
            worst = self.members[int((~torch.isfinite(losses)).any(0).nonzero()[0])]
            raise InputError(
                f"the training of strength {worst.strength:g}, fold {worst.fold} diverged in epoch {self.epoch + 1}; "
                f"lower training.learning_rate (now {self.settings.learning_rate:g})"
            )
        self.history.append(losses.tolist())
        self.epoch += 1

    def state(self):
        """Everything the next epoch depends on."""
        return {
            "epoch": self.epoch,
            "history": self.history,
            "classifier": self.classifier.state_dict(),
            "objective": self.objective.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser, _ in self.optimisers],
        }

    def restore(self, state):
        """Continue from a state."""
        self.epoch, self.history = state["epoch"], state["history"]
        self.classifier.load_state_dict(state["classifier"])
        self.objective.load_state_dict(state["objective"])
        for (optimiser, _), saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)


def train(settings, examples, members, *, checkpoint=None, device="cpu"):
    """Train a stack to its end; a checkpoint of the same training is continued, bit for bit.

    Parameters
    ----------
    settings : Settings
    examples : examples.Examples
    members : sequence of Member
    checkpoint : path, optional
        Where to keep the state on the way; removed at the end.
    device : str
        A torch device, see `pick_device`.

    Returns
    -------
    Training
    """
    training = Training(settings, examples, members, device)
    if checkpoint is not None:
        checkpoint, name = Path(checkpoint), identity(training)
        _resume(training, checkpoint, name)
    start, first, saved = time.monotonic(), training.epoch, time.monotonic()
    tenth = max(1, settings.epochs // 10)
    while training.epoch < settings.epochs:
        training.train_epoch()
        now, done = time.monotonic(), training.epoch
        if done % tenth == 0 or done == settings.epochs:
            left = (now - start) / (done - first) * (settings.epochs - done)
            loss = sum(training.history[-1][2]) / len(members)
            logging.info(
                "epoch %d of %d: mean cross-entropy %.4f held out, %.0f s left", done, settings.epochs, loss, left
            )
        if checkpoint is not None and now - saved >= SECONDS_BETWEEN_CHECKPOINTS and done < settings.epochs:
            models.save({"identity": name, "state": training.state()}, checkpoint)
            saved = now
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return training


def identity(training):
    """Digest of all that decides the result of a training; a checkpoint of another identity is not continued."""
    members = [asdict(member) for member in training.members]
    content = [asdict(training.settings), members, training.examples.digest(), torch.__version__, training.device]
    return digest(content)


def _resume(training, path, name):
    """Restore the checkpoint if it is readable and of this very training."""
    if not path.exists():
        return
    try:
        content = torch.load(path, map_location=training.device, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError):
        content = {"identity": None}
    if content["identity"] != name:
        logging.info("%s is unreadable or of another training: starting afresh", path)
        return
    training.restore(content["state"])
    logging.info("continuing after epoch %d of %d", training.epoch, training.settings.epochs)
