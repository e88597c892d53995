"""Trained models on new ntuples: entries and their selection, scores by every method, friend trees."""

from unsculpt.applying.entries import BAD, Entries, read
from unsculpt.applying.friends import columns, save
from unsculpt.applying.points import of_background
from unsculpt.applying.scorers import Scorer

__all__ = ["BAD", "Entries", "Scorer", "columns", "of_background", "read", "save"]
