"""A training of a generator: cut off and continued it is the same to the bit; it learns; its file generates."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from unsculpt import models
from unsculpt.generation import readout, scanning, trained
from unsculpt.generation.showers import Showers
from unsculpt.generation.training import ROUND, train

GENERATION = {
    "calorimeter": {"depths_mm": [0, 90, 480], "cells": [[2, 4], [3, 3]], "half_width_mm": 240,
                    "suppression_mev": 500.0, "spot_mev": 5},
    "energies_gev": [1, 100],
    "particles": {"a": {"start_x0": 0, "file": None}, "b": {"start_x0": 1.0, "file": None}},
}  # fmt: skip
CRITIC = {"units": [24], "learning_rate": 1e-3, "steps": 2, "penalty": 10, "sums": True, "shapes": True}
WGAN = {"kind": "wgan", "parametrisation": "shares", "steps": 3 * ROUND, "batch_size": 32, "learning_rate": 1e-3,
        "low_energies": 0.25, "average": 0.99, "latent": 4, "own_noise": True, "units": [16], "units_of_sums": [8],
        "solver_steps": 4, "readout": True, "critic": CRITIC}  # fmt: skip
KINDS = {"wgan": WGAN, "cells": WGAN | {"parametrisation": "cells"}, "flow": WGAN | {"kind": "flow"}}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def showers():
    rng = np.random.default_rng(3)
    energy, particle = rng.uniform(1, 100, 400), np.arange(400) % 2
    share = rng.dirichlet(np.full(17, 0.4), 400)
    cells = (energy[:, None] * share).astype(np.float32)
    return Showers(energy, particle, np.where(cells < 0.5, 0, cells), np.zeros((400, 2), np.float32))


def bytes_of(training):
    return [tensor.numpy().tobytes() for tensor in training.model.state_dict().values()], training.history


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_is_cut_off_ends_with_the_same_bytes(tmp_path, showers, kind):
    def begun():
        return trained.start(KINDS[kind], showers, GENERATION, 7, "cpu")

    whole, path = train(begun()), tmp_path / "0.pt.checkpoint"
    train(begun(), path, stop_after=ROUND)
    assert models.load(path)["state"]["steps"] == ROUND
    continued = begun()
    train(continued, path)
    assert bytes_of(continued) == bytes_of(whole) and not path.exists()
    assert len(whole.history) == 3 and np.isfinite(whole.history).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")
@pytest.mark.parametrize("kind", KINDS)
def test_a_gpu_trains_and_generates(showers, kind):
    training = train(trained.start(KINDS[kind] | {"steps": 20}, showers, GENERATION, 7, "cuda"))
    saved = trained.content(training, showers, GENERATION)
    on_gpu, on_cpu = (
        trained.imitation(saved, trained.rebuilt(saved), showers, 11, device) for device in ("cuda", "cpu")
    )
    assert np.isclose(on_gpu.cells, on_cpu.cells, rtol=1e-2, atol=1e-2).mean() > 0.98  # noise is drawn on the CPU


def test_a_checkpoint_of_another_training_is_not_continued(tmp_path, showers):
    path = tmp_path / "checkpoint"
    train(trained.start(WGAN, showers, GENERATION, 7, "cpu"), path, stop_after=ROUND)
    other = train(trained.start(WGAN, showers, GENERATION, 8, "cpu"), path)
    assert bytes_of(other) == bytes_of(train(trained.start(WGAN, showers, GENERATION, 8, "cpu")))


def test_low_energies_are_drawn_more_often(showers):
    training = trained.start(WGAN | {"low_energies": 0.5}, showers, GENERATION, 7, "cpu")
    share = np.diff(training.upto.numpy(), prepend=0)
    inverse = 1 / showers.energy
    np.testing.assert_allclose(share, 0.5 / 400 + 0.5 * inverse / inverse.sum(), rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_generates_what_the_training_does(tmp_path, showers, kind):
    training = train(trained.start(KINDS[kind] | {"steps": 20}, showers, GENERATION, 7, "cpu"))
    models.save(trained.content(training, showers, GENERATION), tmp_path / "0.pt")
    saved = trained.load(tmp_path / "0.pt")
    made = trained.imitation(saved, trained.rebuilt(saved), showers, 11)
    again = trained.imitation(saved, training.model, showers, 11)
    assert np.array_equal(made.cells, again.cells) and np.array_equal(made.energy, showers.energy)
    assert made.cells.dtype == np.float32 and (made.cells >= 0).all()
    assert list(trained.history(training)) == ["step", *training.model.losses]


def test_a_wgan_learns_the_shares_of_the_layers(showers):
    settings = WGAN | {"steps": 300, "critic": CRITIC | {"steps": 3}}
    skewed = replace(showers, cells=showers.cells * np.repeat([1.6, 0.4], [8, 9]).astype(np.float32))
    training = train(trained.start(settings, skewed, GENERATION, 7, "cpu"))
    saved = trained.content(training, skewed, GENERATION)
    made = trained.imitation(saved, training.model, skewed, 11)
    share = [found.cells[:, :8].sum() / found.cells.sum() for found in (made, skewed)]
    assert share[0] == pytest.approx(share[1], abs=0.05)
    hit = [(found.cells > 0).mean() for found in (made, skewed)]
    assert hit[1] - 0.2 < hit[0] < hit[1] + 0.02  # a read-out takes hits away and adds none


def test_a_readout_has_the_occupancy_of_truth_and_keeps_energies(rng):
    geometry = trained.calorimeter(GENERATION)["geometry"]
    energy, particle = rng.uniform(1, 100, 2000), np.arange(2000) % 2
    true = np.maximum(rng.normal(0, 1, (2000, 17)), 0) * (1 + particle[:, None])
    made = rng.exponential(1, (2000, 17))
    fitted = readout.fit(Showers(energy, particle, true, np.zeros((2000, 2))), made, geometry)
    kept = readout.Readout.from_dict(fitted.to_dict()).apply(made, energy, particle, geometry)
    for part in geometry.parts:
        assert (kept[:, part] > 0).mean() == pytest.approx((true[:, part] > 0).mean(), abs=1e-3)
        some = (kept[:, part] > 0).any(1)
        np.testing.assert_allclose(kept[some, part].sum(1), made[some, part].sum(1))


def test_a_scan_has_more_cells_each_time():
    own = {"seed": 1, "device": "cpu", "replicas": 3}
    found = [scanning.scan(GENERATION, WGAN, refinement, steps=10, showers=100, **own) for refinement in (1, 2)]
    assert [row["cells"] for row in found] == [17, 68] and found[1]["parameters"] > found[0]["parameters"]
    assert all(0 < share < 1 for row in found for share in row["sparsity"]) and found[0]["overall"]["median"] > 0
    clock = scanning.times(GENERATION, WGAN, 2, 1)
    assert all(clock[key] > 0 for key in ("truth", "generated", "step"))
