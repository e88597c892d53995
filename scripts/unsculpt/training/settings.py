"""What is to be trained: the settings of a method, the models of a job, and their seeds."""

import hashlib
import math
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch

from unsculpt.errors import InputError
from unsculpt.objectives import AdversarySettings

TRAINING, VALIDATION, HELD_OUT = "training", "validation", "held out"  # parts of the events
LOWEST_RATE = 0.02  # of the cosine schedule, as a fraction of the first
NOT_SETTINGS = ("models_per_job", "device", "seeds", "retries")  # where, in how many jobs, how often


@dataclass(frozen=True)
class EarlyStopping:
    """The configuration `training.early_stopping`, name by name (config/README.md)."""

    patience: int = 10
    share: float = 0.2


@dataclass(frozen=True)
class Settings:
    """The objective of a method and the configuration `training`, name by name (config/README.md).

    architecture, task : of the method.
    network : settings of the architecture, from the configuration `architectures`; none of the perceptron.
    """

    objective: str = "none"
    order: int = 0
    hidden_layers: tuple = (64, 64, 64)
    activation: str = "relu"
    batch_normalisation: bool = False
    dropout: float = 0.0
    epochs: int = 40
    batch_size: int = 1024
    learning_rate: float = 0.001
    learning_rate_decay: float = 0.0
    inputs: tuple | None = None
    protected: tuple = ("mass",)
    protect: str = "background"
    flat_in: dict = field(default_factory=dict)
    adversary: AdversarySettings = field(default_factory=AdversarySettings)
    early_stopping: EarlyStopping | None = None
    min_auc: float = 0.55
    matmul: str = "auto"
    precision: str = "float32"
    architecture: str = "perceptron"
    task: str = "classification"
    network: dict = field(default_factory=dict)

    @property
    def ramp_epochs(self):
        """Epochs over which the strength grows to its value."""
        return self.adversary.ramp * self.epochs if self.objective != "none" else 0.0

    @classmethod
    def from_config(cls, objective, training, order=0):
        """From the sub-tree `training` of a resolved configuration; where and in how many jobs is not a setting."""
        known = {k: v for k, v in training.items() if k not in NOT_SETTINGS}
        known["adversary"] = AdversarySettings(**training["adversary"])
        if known.get("early_stopping") is not None:
            known["early_stopping"] = EarlyStopping(**known["early_stopping"])
        return cls(objective, order, **known)

    @classmethod
    def of_method(cls, method, training, network):
        """Of a method of the configuration, with the settings of its architecture."""
        own = {key: method[key] for key in ("architecture", "task") if key in method}
        return replace(cls.from_config(method["objective"], training, method.get("order", 0)), network=network, **own)


@dataclass(frozen=True)
class Member:
    """One model of a stack.

    strength : of the objective.
    fold : the fold that is held out.
    seed : of everything random in it.
    replica : number of the training among those of `training.seeds`, which differ in their seed alone.
    attempt : 0, or how often an alarm has made it start again from another seed.
    channel : whose events it learns from and scores, or "all".
    """

    strength: float
    fold: int
    seed: int
    replica: int = 0
    attempt: int = 0
    channel: str = "all"

    def again(self):
        """The next attempt of this model."""
        return replace(self, seed=stable_seed(self.seed, "again"), attempt=self.attempt + 1)

    def __str__(self):
        seed, channel = f", seed {self.replica}" * (self.replica > 0), f", channel {self.channel}"
        return f"strength {self.strength:g}, fold {self.fold}{seed}{channel * (self.channel != 'all')}"


def stable_seed(*words):
    """A seed between 0 and 2^63 that depends on the words alone, on any machine.

    Examples
    --------
    >>> stable_seed(1, "fakes", 0) == stable_seed(1, "fakes", 0) != stable_seed(1, "fakes", 1)
    True
    """
    return int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:8]) >> 1


def members(strengths, *, folds, seed, background, seeds=1, channels=("all",), part=0, models_per_job=None):
    """The models of one job: strength by strength, seed by seed, fold by fold, cut into parts; channel after channel.

    All strengths and methods share the seed of their fold (and channel): they start from the same network and see the
    same batches, so that what differs between them is the objective. The models of a job are all of one channel.
    """
    size = models_per_job or len(strengths) * seeds * folds
    channel, part = divmod(part, -(-len(strengths) * seeds * folds // size))
    channel = channels[channel]

    def start(fold, replica):
        more = ([replica] if replica else []) + ([channel] if channel != "all" else [])
        return stable_seed(seed, background, fold, *more)

    grid = [
        Member(float(strength), fold, start(fold, replica), replica, channel=channel)
        for strength in strengths
        for replica in range(seeds)
        for fold in range(folds)
    ]
    return grid[part * size : (part + 1) * size]


def schedule(settings, epoch, step, steps):
    """Learning rate as a fraction of the first: inverse-time decay by step, or a cosine by epoch; steps in an epoch."""
    if settings.learning_rate_decay > 0:
        return 1 / (1 + settings.learning_rate_decay * (epoch * steps + step))
    return max(LOWEST_RATE, 0.5 * (1 + math.cos(math.pi * epoch / settings.epochs)))


@contextmanager
def products_in(precision, device):
    """Matrix products on a GPU in single precision, or in TF32: faster, with 10 bits of the mantissa instead of 23."""
    before = torch.get_float32_matmul_precision()
    if torch.device(device).type != "cpu":
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def ramp(settings, epoch, step, steps):
    """Strength of a step as a fraction of its value: linear from 0 to 1 over `ramp_epochs`; steps in an epoch.

    Examples
    --------
    >>> half = Settings("adversarial", epochs=10, adversary=AdversarySettings(ramp=0.5))
    >>> [ramp(half, epoch, 2, 4) for epoch in (0, 2, 4, 5)]
    [0.1, 0.5, 0.9, 1.0]
    """
    return min(1.0, (epoch + step / steps) / settings.ramp_epochs) if settings.ramp_epochs > 0 else 1.0


def pick_device(name):
    """The torch device of `training.device`; auto takes a GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("training.device is cuda but this machine shows no GPU to torch; use auto or cpu")
    return "cuda" if name != "cpu" and torch.cuda.is_available() else "cpu"
