"""Trained networks as ONNX, for programs that know nothing of torch; scaling, sigmoid and rank are inside."""

from unsculpt.export.description import description
from unsculpt.export.files import build, classifiers, describe, difference, save, scores

__all__ = ["build", "classifiers", "describe", "description", "difference", "save", "scores"]
