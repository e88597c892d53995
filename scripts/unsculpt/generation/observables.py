"""Observables of showers, one number each, as in CaloGAN (arXiv:1705.02355, analysis/feats1d.py), and fine widths."""

import numpy as np

UNITS = {"total energy": "GeV", "energy": "GeV", "lateral depth": "GeV", "lateral width": "mm", "width across": "mm"}


def observables(cells, geometry):
    """By name the value of each shower, (n,).

    Parameters
    ----------
    cells : float array, shape (n, cells)
        In GeV.
    geometry : geometry.Geometry

    Returns
    -------
    dict
        Energies in GeV, widths in mm; ratios of an empty layer are 0. Layers are numbered from 0. The lateral depth is
        the sum of energies times the number of their layer, the shower depth the same over the energy.
    """
    parts = [part.astype(np.float64) for part in geometry.images(cells)]
    energy = np.array([part.sum((1, 2)) for part in parts])
    total, number = energy.sum(0), np.arange(len(parts))
    out = {"total energy": total}
    for k, e in enumerate(energy):
        out[f"energy {k}"], out[f"fraction {k}"] = e, ratio(e, total)
    out["deepest layer"] = np.max((energy > 0) * number[:, None], 0).astype(float)
    out["lateral depth"] = number @ energy
    out["shower depth"] = ratio(out["lateral depth"], total)
    out["depth width"] = np.sqrt(np.maximum(ratio(number**2 @ energy, total) - out["shower depth"] ** 2, 0))
    for k, part in enumerate(parts):
        rows, columns = geometry.centres(k)
        out[f"lateral width {k}"] = _width(part.sum(2), rows, energy[k])
        out[f"width across {k}"] = _width(part.sum(1), columns, energy[k])
        flat = part.reshape(len(part), -1)
        top = np.partition(flat, -2, axis=1)[:, -2:]
        out[f"E ratio {k}"] = ratio(top[:, 1] - top[:, 0], top.sum(1))
        out[f"sparsity {k}"] = (flat > 0).mean(1)
    return out


def ratio(a, b):
    """a / b, 0 where b is not positive."""
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=b > 0)


def _width(profile, centres, total):
    """Root of the variance of a profile, (n, bins) -> (n,)."""
    mean = ratio(profile @ centres, total)
    return np.sqrt(np.maximum(ratio(profile @ centres**2, total) - mean**2, 0))


def unit(name):
    """Unit of an observable; empty for a number.

    Examples
    --------
    >>> unit("lateral width 2"), unit("sparsity 0")
    ('mm', '')
    """
    return UNITS.get(name.rstrip("012345678 9"), "")
