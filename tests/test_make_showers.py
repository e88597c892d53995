"""A published file of showers in place of the simulation, cut into samples."""

from types import SimpleNamespace

import h5py
import make_showers
import numpy as np
import pytest

from unsculpt.errors import InputError
from unsculpt.generation import showers
from unsculpt.generation.geometry import LAYOUT, Geometry

SAMPLES = {
    "train": {"showers": 60, "chunks": 2},
    "test": {"showers": 20, "chunks": 1},
    "other": {"showers": 20, "chunks": 1},
}


@pytest.fixture
def made(tmp_path):
    """Makes a chunk of a sample; the file has as many showers as it is told."""

    def make(sample, chunk, rows=100, file=True):
        path = tmp_path / f"{rows}.hdf5"
        with h5py.File(path, "w") as given:
            given["energy"] = np.arange(1.0, rows + 1)[:, None]
            for layer, shape in enumerate(LAYOUT["cells"]):
                given[f"layer_{layer}"] = np.full((rows, *shape), 100.0 * (layer + 1))
        calorimeter = LAYOUT | {"suppression_mev": 150.0, "spot_mev": 5}
        particles = {"a": {"start_x0": 0, "file": None}, "b": {"start_x0": 1.0, "file": str(path) if file else None}}
        generation = {"calorimeter": calorimeter, "energies_gev": [1, 100], "particles": particles}
        output = str(tmp_path / f"{sample}{chunk}.h5")
        make_showers.main(
            SimpleNamespace(
                params=SimpleNamespace(generation=generation, samples=SAMPLES, seed=1, code="x"),
                wildcards=SimpleNamespace(sample=sample, particle="b", chunk=str(chunk)),
                output=SimpleNamespace(showers=output),
            )
        )
        return showers.load(output, Geometry.of(LAYOUT))

    return make


def test_samples_follow_each_other_in_the_file(made):
    energies = [made(*part).energy for part in (("train", 0), ("train", 1), ("test", 0), ("other", 0))]
    assert np.array_equal(np.concatenate(energies), np.arange(1.0, 101))
    found = made("test", 0)
    assert set(found.particle) == {1} and (found.cells[:, :288] == 0).all() and (found.cells[:, 288:] > 0).all()


def test_a_file_that_is_too_short_is_refused(made):
    with pytest.raises(InputError, match="ends before shower 80, which sample test needs"):
        made("test", 0, rows=70)


def test_without_a_file_showers_are_simulated(made):
    first, again, other = made("train", 0, file=False), made("train", 0, file=False), made("train", 1, file=False)
    assert (
        len(first) == 30 and np.array_equal(first.cells, again.cells) and not np.array_equal(first.cells, other.cells)
    )
    assert set(first.particle) == {1} and 1 <= first.energy.min() <= first.energy.max() <= 100
