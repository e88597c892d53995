"""A bank of events: made in parts, drawn between its points, and its binned likelihood over toys."""

import numpy as np
import pytest
import torch

from unsculpt.errors import InputError
from unsculpt.inference.bank import Bank, make

GRID = np.linspace(0.1, 0.2, 6)


def toy(value, number, seed):
    """Counts and shapes that move with the parameter as those of hadrons do."""
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [
            rng.poisson(20 + 100 * (value - 0.15), number),
            rng.normal(2 - 8 * (value - 0.15), 0.7, number),
            rng.random(number),
        ]
    ).astype(np.float32)


@pytest.fixture(scope="module")
def bank():
    events = np.stack([toy(value, 20_000, i) for i, value in enumerate(GRID)])
    data = np.stack([toy(0.15, 1000, 100 + i) for i in range(60)])
    return Bank(GRID, events, data, 0.15)


def test_events_between_two_points_are_those_of_both(bank):
    generators = [torch.Generator().manual_seed(1)]
    at = torch.full((1, 20_000, 1), 0.125)  # a quarter of the way from 0.12 to 0.14
    x = bank(at, generators)[0].numpy()
    assert x[:, 0].mean() == pytest.approx(20 + 100 * -0.025, abs=0.15)
    inside = (x[:, None] == bank.events[1:3, :2000].reshape(-1, 3).numpy()[None, ::400]).all(-1).any()
    assert inside or bank.calls == 120_000
    edge = bank(torch.full((1, 500, 1), 0.3), generators)[0].numpy()
    assert edge[:, 0].mean() == pytest.approx(25, abs=1)  # held inside the grid


def test_the_binned_likelihood_has_pulls_of_width_one(bank):
    found = np.array([bank.likelihood(x) for x in bank.measured.numpy()])
    pulls = (found[:, 0] - 0.15) / found[:, 1]
    assert abs(pulls.mean()) < 0.6 and pulls.std() == pytest.approx(1, abs=0.3)
    assert bank.error(None, 4000)[0] == pytest.approx(found[:, 1].mean() / 2, rel=0.01)


def test_a_bank_of_two_parts_is_read_as_one(tmp_path):
    grid = {"from": 0.1, "to": 0.16, "points": 3, "events": 60}
    data = {"truth": 0.13, "events": 40, "sets": 2}
    for part in range(2):
        np.savez(tmp_path / f"{part}.npz", **make(grid, data, part=part, parts=2, seed=1))
    read = Bank.load([tmp_path / "1.npz", tmp_path / "0.npz"], 0.13)
    assert read.grid == pytest.approx([0.1, 0.13, 0.16]) and read.events.shape == (3, 60, 3)
    assert read.measured.shape == (2, 40, 3) and not torch.equal(read.measured[0], read.measured[1])
    assert read.events[0, :, 0].mean() < read.events[2, :, 0].mean()  # more radiation, more particles
    with pytest.raises(InputError, match="two points and data"):
        Bank.load([], 0.13)


def test_events_of_pythia_are_hadronic_decays_of_the_z():
    from unsculpt.simulation import hadrons

    x = hadrons.events(0.1365, 300, 7)
    assert 19 < x[:, 0].mean() < 23 and np.all(x[:, 0] % 2 == 0)  # measured: 20.8, and charge is conserved
    assert 0.05 < np.exp(-x[:, 1]).mean() < 0.09  # measured mean of 1 - thrust: 0.068
    assert np.array_equal(x, hadrons.events(0.1365, 300, 7)) and not np.array_equal(x, hadrons.events(0.1365, 300, 8))
