"""Files of showers: the published layout in, the same showers out."""

import h5py
import numpy as np
import pytest
import uproot

from unsculpt.errors import InputError
from unsculpt.generation import showers
from unsculpt.generation.geometry import LAYOUT, Geometry

GEOMETRY = Geometry.of(LAYOUT)


@pytest.fixture
def some(rng):
    cells = rng.exponential(0.01, (20, GEOMETRY.cells)).astype(np.float32) * (rng.random((20, GEOMETRY.cells)) < 0.3)
    return showers.Showers(rng.uniform(1, 100, 20), np.arange(20) % 2, cells, np.ones((20, 3), np.float32))


def published(path, some, **changes):
    """A file as CaloGAN has it: energy in GeV, the rest in MeV, no particle."""
    arrays = {"energy": some.energy[:, None], "overflow": 1000 * some.overflow}
    arrays |= {f"layer_{k}": 1000 * image for k, image in enumerate(GEOMETRY.images(some.cells))}
    with h5py.File(path, "w") as file:
        for name, values in (arrays | changes).items():
            if values is not None:
                file[name] = values
    return path


def test_what_is_written_is_read(tmp_path, some):
    showers.save(some, GEOMETRY, tmp_path / "a.h5", {"made_by": "us"})
    found = showers.load(tmp_path / "a.h5", GEOMETRY)
    for name in ("energy", "particle", "cells", "overflow"):
        np.testing.assert_allclose(getattr(found, name), getattr(some, name), rtol=2e-7)
    both = showers.load_all([tmp_path / "a.h5", tmp_path / "a.h5"], GEOMETRY)
    assert len(both) == 40 and len(showers.load_all(str(tmp_path / "a.h5"), GEOMETRY)) == 20


def test_the_same_showers_are_the_same_bytes(tmp_path, some):
    for name in ("a.h5", "b.h5"):
        showers.save(some, GEOMETRY, tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_a_published_file_drops_in(tmp_path, some):
    found = showers.load(published(tmp_path / "eplus.hdf5", some), GEOMETRY, slice(5, 12), suppression=0.004)
    assert len(found) == 7 and set(found.particle) == {0} and set(found.of(1).particle) == {1}
    kept = np.where(some.cells[5:12] < 0.004, 0, some.cells[5:12])
    np.testing.assert_allclose(found.cells, kept, rtol=2e-7)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layer_1": None}, "no dataset layer_1"),
        ({"layer_2": np.zeros((20, 6, 12))}, "layer_2 has 6 x 12 cells, where generation.calorimeter says 12 x 6"),
        ({"layer_0": np.full((20, 3, 96), -1.0)}, "negative"),
        ({"energy": np.full((20, 1), np.nan)}, "no numbers"),
    ],
)
def test_another_file_is_refused_in_a_sentence(tmp_path, some, changes, words):
    path = published(tmp_path / "a.h5", some, **changes)
    with pytest.raises(InputError, match=words):
        showers.load(path, GEOMETRY)


def test_what_is_no_hdf5_is_refused(tmp_path):
    (tmp_path / "a.h5").write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.h5: cannot be read as HDF5"):
        showers.load(tmp_path / "a.h5", GEOMETRY)


def test_root_has_the_same(tmp_path, some):
    showers.save_root(some, GEOMETRY, tmp_path / "a.root")
    with uproot.open(tmp_path / "a.root") as file:
        tree = file["showers"]
        images = tree["layer_2"].array(library="np")
        assert images.shape == (20, 12, 6) and (tree["particle"].array(library="np") == some.particle).all()
    np.testing.assert_allclose(images, 1000 * GEOMETRY.images(some.cells)[2], rtol=2e-7)
