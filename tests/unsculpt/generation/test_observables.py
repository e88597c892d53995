"""Observables of showers that one can compute by hand."""

import numpy as np
import pytest

from unsculpt.generation.geometry import LAYOUT, Geometry
from unsculpt.generation.observables import observables

GEOMETRY = Geometry.of(LAYOUT)


def of(**hits):
    """Observables of one shower: by layer (row, column, energy) of its cells."""
    cells = np.zeros((1, GEOMETRY.cells))
    for layer, found in hits.items():
        image = GEOMETRY.images(cells)[int(layer[-1])]
        for row, column, energy in found:
            image[0, row, column] += energy
    return {name: value[0] for name, value in observables(cells, GEOMETRY).items()}


def test_two_cells_have_half_their_distance_as_width():
    found = of(layer1=[(5, 2, 1.0), (7, 2, 1.0)], layer0=[(1, 10, 2.0), (1, 14, 2.0)])
    assert found["lateral width 1"] == pytest.approx(40) and found["width across 1"] == pytest.approx(0, abs=1e-6)
    assert found["lateral width 0"] == 0 and found["width across 0"] == pytest.approx(10)
    assert found["total energy"] == 6 and found["fraction 0"] == pytest.approx(4 / 6)
    assert found["sparsity 0"] == 2 / 288 and found["sparsity 1"] == 2 / 144 and found["E ratio 1"] == 0


def test_depths_are_means_over_layers():
    found = of(layer0=[(0, 0, 1.0)], layer1=[(0, 0, 2.0)], layer2=[(0, 0, 1.0)])
    assert found["lateral depth"] == 4 and found["shower depth"] == 1 and found["deepest layer"] == 2
    assert found["depth width"] == pytest.approx(np.sqrt(0.5)) and found["E ratio 2"] == 1


def test_nothing_divides_by_an_empty_layer():
    found = of(layer1=[(0, 0, 1.0)])
    assert found["deepest layer"] == 1 and found["lateral width 2"] == found["E ratio 0"] == 0
    assert np.isfinite(list(of().values())).all() and of()["shower depth"] == 0


def test_finer_cells_keep_the_window():
    fine = Geometry.of(LAYOUT, 2)
    assert fine.cells == 4 * 504 and fine.centres(1)[0][0] == pytest.approx(-240 + 10)
