"""Ntuples by their format, in steps: fields of objects and events, units, weights, what files say of all events."""

from unsculpt.ntuples.header import Header
from unsculpt.ntuples.ntuple import BAD, Ntuple

__all__ = ["BAD", "Header", "Ntuple"]
