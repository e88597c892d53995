"""The training of a generator: one visible loop, in rounds that each draw anew from a seed, with checkpoints."""

import logging
import math
import time
from pathlib import Path

import torch

from unsculpt import models
from unsculpt.files import digest
from unsculpt.generation.flow import Flow
from unsculpt.generation.wgan import Adversaries
from unsculpt.networks import generator
from unsculpt.training.settings import stable_seed

KINDS = {"wgan": Adversaries, "flow": Flow}
ROUND = 50  # steps between two places where a training can be cut off
SECONDS_BETWEEN_CHECKPOINTS = 20
LOWEST_RATE = 0.02
LEARNT = 20_000  # showers from whose statistics networks begin
FORM = 1  # of a checkpoint


class Training:
    """A generator in training.

    Parameters
    ----------
    settings : dict
        Of the generator: kind, steps, batch_size, average, and what its kind reads.
    wish, cells
        True showers, `conditions.Wish` and (n, cells) in GeV.
    geometry, scale, suppression
        See `wgan.Adversaries`.
    seed : int
    device : str
    """

    def __init__(self, settings, wish, cells, *, geometry, scale, suppression, seed, device="cpu"):
        self.settings, self.seed, self.device = settings, seed, device
        some = torch.linspace(0, len(cells) - 1, min(len(cells), LEARNT)).long()  # of all particles
        build = KINDS[settings["kind"]]
        self.model = build(settings, geometry, scale, suppression, seed, wish[some], cells[some]).to(device)
        self.wish, self.cells = wish.to(device), cells.to(device)
        self.upto = _drawn_upto(wish.energy, settings["low_energies"])
        self.optimisers = self.model.optimisers()
        self.average = [p.detach().clone() for p in self.model.generator.parameters()]
        self.steps, self.history = 0, []

    @property
    def finished(self):
        """Whether nothing is left to be trained."""
        return self.steps >= self.settings["steps"]

    def train_round(self):
        """Some steps; their batches and noise come from a seed of their own."""
        random = generator(stable_seed(self.seed, "round", self.steps))
        number = min(ROUND, self.settings["steps"] - self.steps)

        def batch():
            drawn = torch.rand(self.settings["batch_size"], generator=random, dtype=torch.float64)
            rows = torch.searchsorted(self.upto, drawn).clamp(max=len(self.cells) - 1).to(self.device)
            return self.wish[rows], self.cells[rows]

        losses = []
        for _ in range(number):
            share = max(LOWEST_RATE, (1 + math.cos(math.pi * self.steps / self.settings["steps"])) / 2)
            for optimiser, rate in self.optimisers:
                optimiser.param_groups[0]["lr"] = rate * share
            losses.append(self.model.step(batch, [optimiser for optimiser, _ in self.optimisers], random))
            self.steps += 1
            keep = min(self.settings["average"], self.steps / (self.steps + 10))
            with torch.no_grad():
                torch._foreach_lerp_(self.average, list(self.model.generator.parameters()), 1 - keep)
        self.history.append([self.steps, *torch.stack(losses).mean(0).tolist()])

    def finish(self):
        """Give the generator the mean of its weights over the last steps."""
        with torch.no_grad():
            for parameter, mean in zip(self.model.generator.parameters(), self.average, strict=True):
                parameter.copy_(mean)

    def state(self):
        """Everything the next round depends on."""
        return {
            "steps": self.steps,
            "history": self.history,
            "model": self.model.state_dict(),
            "average": self.average,
            "optimisers": [optimiser.state_dict() for optimiser, _ in self.optimisers],
        }

    def restore(self, state):
        """Continue from a state."""
        self.steps, self.history = state["steps"], state["history"]
        self.model.load_state_dict(state["model"])
        self.average = [mean.clone() for mean in state["average"]]
        for (optimiser, _), saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)

    def identity(self):
        """Digest of all that decides the result; a checkpoint of another is not continued."""
        probe = [self.cells.sum(dtype=torch.float64).item(), self.wish.energy.sum(dtype=torch.float64).item()]
        content = [FORM, self.settings, self.seed, len(self.cells), probe, torch.__version__, self.device]
        return digest(content)


def _drawn_upto(energy, low):
    """Probability that a shower of a batch is one up to each, (n,): a share `low` of them is drawn as 1 / energy.

    Where energies are uniform, that share is uniform in ln E: the smallest energies would hardly be seen else.
    """
    weight = (1 / energy).double()
    share = (1 - low) / len(energy) + low * weight / weight.sum()
    return share.cumsum(0) / share.sum()


def train(training, checkpoint=None, stop_after=None):
    """Train to the end, from a checkpoint of the same training on if there is one, with the same bytes.

    Parameters
    ----------
    training : Training
    checkpoint : path, optional
        Kept on the way and removed at the end.
    stop_after : int, optional
        Steps after which to leave, with a checkpoint, as a job that is cut off.
    """
    name, saved, start, first = training.identity(), time.monotonic(), time.monotonic(), 0
    if checkpoint is not None:
        checkpoint = Path(checkpoint)
        if models.resume(training, checkpoint, name):
            logging.info("continuing after step %d of %d", training.steps, training.settings["steps"])
        first = training.steps
    while not training.finished:
        training.train_round()
        now, done, steps = time.monotonic(), training.steps, training.settings["steps"]
        if not math.isfinite(sum(training.history[-1])):
            raise ValueError(f"a loss is not finite after {done} steps")
        if done * 10 // steps > (done - ROUND) * 10 // steps:
            left = (now - start) / (done - first) * (steps - done)
            logging.info("step %d of %d: %s, %.0f s left", done, steps, training.history[-1][1:], left)
        cut = stop_after is not None and done >= stop_after
        if checkpoint is not None and (cut or now - saved >= SECONDS_BETWEEN_CHECKPOINTS):
            models.save({"identity": name, "state": training.state()}, checkpoint)
            saved = now
        if cut:
            return training
    training.finish()
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return training
