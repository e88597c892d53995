"""The one visible loop: K trainings (strength, seed, fold) as one stack, with checkpoint, resume, retry and history."""

from unsculpt.training.adam import StackedAdam
from unsculpt.training.learnt import Learnt
from unsculpt.training.passes import Pass
from unsculpt.training.runs import identity, train, train_reliably
from unsculpt.training.settings import (
    EarlyStopping,
    Member,
    Settings,
    members,
    pick_device,
    products_in,
    schedule,
    stable_seed,
)
from unsculpt.training.stack import Training

__all__ = [
    "EarlyStopping",
    "Learnt",
    "Member",
    "Pass",
    "Settings",
    "StackedAdam",
    "Training",
    "identity",
    "members",
    "pick_device",
    "products_in",
    "schedule",
    "stable_seed",
    "train",
    "train_reliably",
]
