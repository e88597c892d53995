"""The event table: one row an event (or an object of it); its file, and the folds. Knows no ROOT."""

from unsculpt.events.coded import Coded
from unsculpt.events.file import load, load_metadata, save, writing
from unsculpt.events.folds import cluster, draw, fold, part, subfold
from unsculpt.events.table import BACKGROUND, CATEGORIES, DATA, LABELS, SIGNAL, Events, build, concatenate, names

__all__ = [
    "BACKGROUND",
    "CATEGORIES",
    "DATA",
    "LABELS",
    "SIGNAL",
    "Coded",
    "Events",
    "build",
    "cluster",
    "concatenate",
    "draw",
    "fold",
    "load",
    "load_metadata",
    "names",
    "part",
    "save",
    "subfold",
    "writing",
]
