"""Showers in memory and as files: HDF5 in the layout of CaloGAN's published sets, and ROOT.

The file has the datasets energy (n, 1) in GeV, layer_0, layer_1, ... (n, rows, columns) in MeV, and overflow
(n, layers) in MeV, energy outside the window (arXiv:1705.02355, generation/convert.py and models/train.py of
hep-lbdl/CaloGAN). In memory all is in GeV.
"""

import warnings
from dataclasses import dataclass, replace

import h5py
import numpy as np
import uproot

from unsculpt import files
from unsculpt.errors import InputError

MEV = 1000.0  # in a GeV


@dataclass(frozen=True)
class Showers:
    """Showers.

    energy : of the particle, in GeV, (n,).
    particle : which one of the study it is, (n,).
    cells : their energies, in GeV, layer after layer, (n, cells) float32.
    overflow : energy outside the window, in GeV, (n, layers).
    """

    energy: np.ndarray
    particle: np.ndarray
    cells: np.ndarray
    overflow: np.ndarray

    def __len__(self):
        return len(self.energy)

    def __getitem__(self, rows):
        return Showers(self.energy[rows], self.particle[rows], self.cells[rows], self.overflow[rows])

    def of(self, particle):
        """The same showers as of the particle of this number."""
        return replace(self, particle=np.full(len(self), particle))


def join(parts):
    """Several sets as one, in this order."""
    parts = list(parts)
    return Showers(*(np.concatenate([getattr(p, name) for p in parts]) for name in Showers.__dataclass_fields__))


def save(showers, geometry, path, about=()):
    """Write showers of any particles as HDF5; `about` are names and texts of attributes."""
    with files.written(path) as part, h5py.File(part, "w", track_order=True) as file:
        for name, values in _arrays(showers, geometry):
            options = {"compression": "gzip", "compression_opts": 1, "track_times": False}
            file.create_dataset(name, data=values, chunks=(min(len(showers), 256) or 1, *values.shape[1:]), **options)
        for name, text in dict(about).items():
            file.attrs[name] = text


def save_root(showers, geometry, path):
    """Write the same as a tree `showers` of a ROOT file, with a branch for each dataset."""
    with files.written(path) as part, uproot.recreate(part) as file:
        arrays = dict(_arrays(showers, geometry))
        arrays["energy"] = arrays["energy"][:, 0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.mktree("showers", {name: np.dtype((a.dtype, a.shape[1:])) for name, a in arrays.items()})
            file["showers"].extend(arrays)


def _arrays(showers, geometry):
    yield "energy", showers.energy[:, None].astype(np.float64)
    yield "particle", showers.particle.astype(np.int32)
    for layer, image in enumerate(geometry.images(showers.cells)):
        yield f"layer_{layer}", (image * np.float32(MEV)).astype(np.float32)
    yield "overflow", (showers.overflow * np.float32(MEV)).astype(np.float32)


def load(path, geometry, rows=slice(None), suppression=0.0):
    """Read showers of a file; without a dataset `particle`, as in the published files, all have number 0.

    Parameters
    ----------
    path : path
    geometry : geometry.Geometry
        What the file must have.
    rows : slice
    suppression : float
        Cells with less are set to zero, in GeV.

    Raises
    ------
    InputError
        If the file is no such file, is of another calorimeter, or holds energies that are negative or no numbers.
    """
    try:
        with h5py.File(path, "r") as file:
            return _read(file, path, geometry, rows, suppression)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read as HDF5 ({error}); delete it and run again, or give another"
        ) from error


def load_all(paths, geometry):
    """The showers of one file or of several, one after the other."""
    return join(load(path, geometry) for path in ([paths] if isinstance(paths, str) else paths))


def _read(file, path, geometry, rows, suppression):
    wanted = {f"layer_{layer}": shape for layer, shape in enumerate(geometry.shapes)}
    for name, shape in {"energy": None, **wanted}.items():
        if name not in file:
            raise InputError(
                f"{path}: has no dataset {name}; files of showers have energy, {', '.join(wanted)}, overflow"
            )
        if shape and file[name].shape[1:] != shape:
            found = " x ".join(map(str, file[name].shape[1:]))
            raise InputError(
                f"{path}: {name} has {found} cells, where generation.calorimeter says {shape[0]} x {shape[1]}; "
                "change generation.calorimeter.cells or give another file"
            )
    energy = file["energy"][rows].reshape(-1).astype(float)
    layers = [file[name][rows].reshape(len(energy), -1) for name in wanted]
    cells = np.concatenate(layers, 1).astype(np.float32) / np.float32(MEV)
    if not (np.isfinite(cells).all() and (cells >= 0).all() and np.isfinite(energy).all() and (energy > 0).all()):
        raise InputError(f"{path}: holds energies that are negative or no numbers; write the file again")
    cells[cells < suppression] = 0
    outside = file["overflow"][rows].astype(np.float32) / np.float32(MEV) if "overflow" in file else None
    if outside is None or outside.shape != (len(energy), geometry.layers):
        outside = np.zeros((len(energy), geometry.layers), np.float32)
    particle = file["particle"][rows].astype(int) if "particle" in file else np.zeros(len(energy), int)
    return Showers(energy, particle, cells, outside)
