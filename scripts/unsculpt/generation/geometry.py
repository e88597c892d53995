"""The calorimeter: layers of cells in depth, each a grid across the beam; energies of cells stand side by side."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

LAYOUT = {  # that of CaloGAN (arXiv:1705.02355): layers of 90, 347 and 43 mm, cells of 160 x 5, 40 x 40 and 40 x 80 mm
    "depths_mm": [0, 90, 437, 480],
    "cells": [[3, 96], [12, 12], [12, 6]],
    "half_width_mm": 240,
}


@dataclass(frozen=True)
class Geometry:
    """A calorimeter.

    depths : edges of the layers from the front face, in mm.
    shapes : rows and columns of the cells of each layer.
    half_width : of the window that is read out, in mm, from the axis of the shower.
    """

    depths: tuple
    shapes: tuple
    half_width: float

    @classmethod
    def of(cls, content, refinement=1):
        """From `depths_mm`, `cells` and `half_width_mm`, each cell cut into `refinement` parts along both axes."""
        shapes = tuple((rows * refinement, columns * refinement) for rows, columns in content["cells"])
        return cls(tuple(content["depths_mm"]), shapes, content["half_width_mm"])

    @property
    def layers(self):
        """Number of layers."""
        return len(self.shapes)

    @property
    def sizes(self):
        """Number of cells of each layer.

        Examples
        --------
        >>> Geometry.of(LAYOUT).sizes
        [288, 144, 72]
        """
        return [rows * columns for rows, columns in self.shapes]

    @property
    def cells(self):
        """Number of cells of all layers."""
        return sum(self.sizes)

    @property
    def parts(self):
        """The place of each layer among all cells, as slices."""
        ends = list(accumulate(self.sizes, initial=0))
        return [slice(*pair) for pair in pairwise(ends)]

    def centres(self, layer):
        """Centres of the rows and of the columns of a layer, in mm."""
        return tuple(self.half_width * np.linspace(-1, 1, 2 * n + 1)[1::2] for n in self.shapes[layer])

    def images(self, cells):
        """Cells, (n, cells), as a grid (n, rows, columns) for each layer."""
        return [cells[:, part].reshape(-1, *shape) for part, shape in zip(self.parts, self.shapes, strict=True)]
