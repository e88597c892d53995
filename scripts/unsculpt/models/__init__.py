"""Trained models: what their file holds, their history as plain numbers, what went wrong in them, and their scores."""

from unsculpt.models.contents import content, load, resume, save, summary
from unsculpt.models.history import history
from unsculpt.models.inference import classifier, column, each, logits, out_of_fold, predict
from unsculpt.models.judgement import LOSSES, dependence, reference_entropy, warnings
from unsculpt.models.together import Cuts

__all__ = [
    "LOSSES",
    "Cuts",
    "classifier",
    "column",
    "content",
    "dependence",
    "each",
    "history",
    "load",
    "logits",
    "out_of_fold",
    "predict",
    "reference_entropy",
    "resume",
    "save",
    "summary",
    "warnings",
]
