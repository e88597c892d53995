"""What a critic sees of showers: logarithms of cells and, if it is to, sums and shapes of layers, all of order one.

A critic of plain layers finds the sum of 504 logarithms and their widths late or never; here they are given to it.
"""

import torch

from unsculpt.generation.conditions import UNIT, suppress

LEAST = 1e-4  # share of the energy in a layer below which the critic sees no difference
FINE = 1e-3  # GeV, above which a cell or layer counts as hit
RESOLUTION = 0.1  # of the response, times the root of the energy in GeV: the unit in which a critic sees it


def layer_sums(cells, geometry):
    """Energy of each layer, (n, layers), in GeV."""
    return torch.stack([cells[:, part].sum(1) for part in geometry.parts], 1)


def shapes(cells, geometry):
    """Widths along both axes, E ratio, soft occupancies and whether it is hit, of each layer, (n, 6 layers).

    Differentiable in the cells; widths in units of half the window.
    """
    out = []
    for part, (rows, columns) in zip(geometry.parts, geometry.shapes, strict=True):
        flat = cells[:, part]
        image, total = flat.view(-1, rows, columns), flat.sum(1)
        safe = total.clamp(min=1e-6)
        for number, profile in ((rows, image.sum(2)), (columns, image.sum(1))):
            centre = torch.linspace(-1, 1, 2 * number + 1, dtype=cells.dtype, device=cells.device)[1::2]
            first, second = (profile @ centre) / safe, (profile @ centre.square()) / safe
            out.append((second - first.square()).clamp(min=1e-8).sqrt())
        top = flat.topk(2, 1).values
        out.append((top[:, 0] - top[:, 1]) / top.sum(1).clamp(min=1e-6))
        out += [(flat / (flat + UNIT)).mean(1), (flat / (flat + FINE)).mean(1), total / (total + FINE)]
    return torch.stack(out, 1)


class View(torch.nn.Module):
    """Showers as inputs of a critic.

    Parameters
    ----------
    geometry : geometry.Geometry
    scale : conditions.Scale
    suppression : float
        Of the read-out, in GeV.
    cells : tensor, shape (n, cells)
        Some true showers: the shapes are standardised by theirs.
    sums, shapes : bool
        Whether the critic is given these.
    """

    def __init__(self, geometry, scale, suppression, cells, *, sums=True, shapes=True):
        super().__init__()
        self.geometry, self.scale, self.suppression, self.sums, self.shapes = geometry, scale, suppression, sums, shapes
        found = _shapes(cells, geometry) if shapes else None
        self.register_buffer("centre", torch.zeros(0) if found is None else found.mean(0))
        self.register_buffer("width", torch.ones(0) if found is None else found.std(0, correction=0) + 1e-3)
        self.inputs = geometry.cells + scale.columns + (1 + geometry.layers) * sums + len(self.centre)

    def forward(self, cells, wish):
        """Cells in GeV, (n, cells), to (n, inputs); the read-out is part of the view."""
        kept = suppress(cells, self.suppression)
        energy = wish.energy.unsqueeze(1)
        above = (kept - self.suppression).clamp(min=0)  # without a step at the edge of the read-out
        parts = [torch.log1p(above / UNIT) / 2, self.scale.columns_of(wish)]
        if self.sums:
            sums = layer_sums(kept, self.geometry)
            response = sums.sum(1, keepdim=True) / energy - 1
            parts.append(torch.asinh(response * energy.sqrt() / RESOLUTION))
            parts.append(torch.log(sums / energy + LEAST) / 2 + 1)
        if self.shapes:
            parts.append(torch.asinh((_shapes(above, self.geometry) - self.centre) / self.width))
        return torch.cat(parts, 1)


_shapes = shapes
