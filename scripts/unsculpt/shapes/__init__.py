"""Shapes of mass spectra: families of falling functions for the background, and peaks for the signal."""

from unsculpt.shapes.backgrounds import (
    FUNCTIONS,
    LETTERS,
    MAX_ORDER,
    Function,
    basis,
    bin_integrals,
    function,
    function_name,
    latex,
    polynomials,
)
from unsculpt.shapes.bins import centres, half_range, reduced, relative_widths
from unsculpt.shapes.peaks import CrystalBall, Template

__all__ = [
    "FUNCTIONS",
    "LETTERS",
    "MAX_ORDER",
    "CrystalBall",
    "Function",
    "Template",
    "basis",
    "bin_integrals",
    "centres",
    "function",
    "function_name",
    "half_range",
    "latex",
    "polynomials",
    "reduced",
    "relative_widths",
]
