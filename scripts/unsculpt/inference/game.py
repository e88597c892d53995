"""The game of adversarial variational optimisation (arXiv:1707.07113), K fits as one stack.

min over q, max over d of  E_data[d(x)] - E_{theta ~ q, x ~ p(x|theta)}[d(x)] + gamma H(q): a critic d that tells data
from simulated events, and a proposal q of the parameters that moves by score-function gradients. The simulator is a
black box: nothing of it is differentiated.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
import torch

from unsculpt.inference.critics import Critic, gradient_penalty
from unsculpt.inference.drawing import generators_of, rows
from unsculpt.inference.proposals import Proposal, gradient_variance, score_gradient
from unsculpt.patches.torch import Adam

LOOK = 5000  # events of an estimate of the loss


@dataclass(frozen=True)
class Recipe:
    """How a game is played; the keys of `inference.recipe`."""

    hidden_layers: tuple
    batch: int
    proposal_batch: int
    warm_up: int
    iterations: int
    critic_steps: int
    critic_learning_rate: float
    learning_rate: float
    least_width: float
    final_rate: float
    average: float

    @classmethod
    def from_config(cls, tree):
        """From the key `inference.recipe`."""
        return cls(**{field.name: tree[field.name] for field in fields(cls)})

    @property
    def calls(self):
        """Simulated events of one fit."""
        return self.batch * (self.warm_up + self.iterations * self.critic_steps) + self.proposal_batch * self.iterations


@dataclass(frozen=True)
class Model:
    """One fit of the stack: its data are those of `seed`, `gamma` weighs the penalty on the entropy of q."""

    seed: int
    gamma: float
    controlled: bool = True


class Game:
    """K fits of one simulator.

    Parameters
    ----------
    simulator : as in `simulators`
    about : dict
        The entry of `inference.simulators`: parameters and penalty.
    observed : float tensor, shape (K, N, D)
    models : sequence of K Model
    recipe : Recipe
    watch : sequence of int
        Iterations at which the variance of the gradient is measured.
    watched : pair of int
        Estimates of each variance, and draws of one estimate.
    """

    def __init__(self, simulator, about, observed, models, recipe, watch=(), watched=(400, 64)):
        self.simulator, self.recipe, self.models = simulator, recipe, tuple(models)
        self.penalty, self.observed = about["penalty"], observed
        seeds = [model.seed for model in self.models]
        self.generators = generators_of(10_000 + seed for seed in seeds)
        self.lookers = generators_of(20_000 + seed for seed in seeds)  # to look changes nothing
        self.centre = observed.mean(1, keepdim=True)
        self.width = observed.std(1, keepdim=True).clamp(min=1e-6)
        self.critic = Critic(seeds, observed.shape[2], recipe.hidden_layers)
        self.proposal = Proposal(about["parameters"], len(seeds))
        self.gamma = torch.tensor([model.gamma for model in self.models]).view(-1, 1, 1)
        self.controlled = torch.tensor([model.controlled for model in self.models]).view(-1, 1, 1)
        self.watch, self.watched = set(watch), watched
        self.trace = {"loss": [], "mean": [], "width": [], "entropy": []}
        self.variances = []

    def simulate(self, theta, generators):
        """Events at these parameters (in units of their scale), standardised by the data, (K, n, D)."""
        return (self.simulator(self.proposal.natural(theta), generators) - self.centre) / self.width

    def generate(self, n, generators):
        """Events under the proposals, standardised by the data."""
        return self.simulate(self.proposal.sample(generators, n), generators)

    def events(self, n):
        """Events under the proposals as they are, (K, n, D)."""
        return self.simulator(self.proposal.natural(self.proposal.sample(self.lookers, n)), self.lookers)

    def real(self, n, generators):
        """Events of the data, standardised."""
        models = torch.arange(len(self.models)).unsqueeze(1)
        return (self.observed[models, rows(generators, self.observed.shape[1], n)] - self.centre) / self.width

    def critic_step(self, optimiser):
        """One step of the critics on a batch of each class."""
        n = self.recipe.batch
        real, fake = self.real(n, self.generators), self.generate(n, self.generators)
        d = self.critic(torch.cat([real, fake], 1))
        loss = d[:, n:].mean((1, 2)) - d[:, :n].mean((1, 2))
        loss = loss + self.penalty * gradient_penalty(self.critic, real, fake, self.generators)
        optimiser.zero_grad(set_to_none=True)
        loss.sum().backward()
        optimiser.step()

    @torch.no_grad()
    def proposal_step(self, optimiser):
        """One step of the proposals down the gradient of E_q[-d] + gamma H(q); no width falls below the least one."""
        q = self.proposal
        theta = q.sample(self.generators, self.recipe.proposal_batch)
        cost = -self.critic(self.simulate(theta, self.generators))
        of_mean, of_sigma = score_gradient(cost, theta, q, self.controlled)
        q.mean.grad, q.log_sigma.grad = of_mean, of_sigma + self.gamma  # dH / d log sigma = 1
        optimiser.step()
        q.log_sigma.clamp_(min=math.log(self.recipe.least_width))

    @torch.no_grad()
    def look(self):
        """Note loss, means, widths and entropies of now."""
        real, fake = self.critic(self.real(LOOK, self.lookers)), self.critic(self.generate(LOOK, self.lookers))
        self.trace["loss"].append((real.mean((1, 2)) - fake.mean((1, 2))).numpy())
        self.trace["mean"].append(self.proposal.means())
        self.trace["width"].append(self.proposal.widths())
        self.trace["entropy"].append(self.proposal.entropy().numpy())

    @torch.no_grad()
    def measure_variance(self, iteration):
        """Note the variance of the gradient of now."""
        repeats, batch = self.watched
        theta = self.proposal.sample(self.lookers, repeats * batch)
        cost = -self.critic(self.simulate(theta, self.lookers))
        self.variances.append({"iteration": iteration, **gradient_variance(cost, theta, self.proposal, batch)})

    def play(self):
        """Warm the critics up, play all iterations, and put the mean of the last ones in the place of each proposal."""
        recipe, q = self.recipe, self.proposal
        critic = Adam(self.critic.parameters(), recipe.critic_learning_rate, (0.5, 0.9), fused=True)
        proposal = Adam([q.mean, q.log_sigma], recipe.learning_rate, (0.5, 0.9))
        for _ in range(recipe.warm_up):
            self.critic_step(critic)
        for iteration in range(recipe.iterations):
            factor = max(recipe.final_rate, 0.5 * (1 + math.cos(math.pi * iteration / recipe.iterations)))
            critic.param_groups[0]["lr"] = recipe.critic_learning_rate * factor
            proposal.param_groups[0]["lr"] = recipe.learning_rate * factor
            self.proposal_step(proposal)
            for _ in range(recipe.critic_steps):
                self.critic_step(critic)
            self.look()
            if iteration + 1 in self.watch:
                self.measure_variance(iteration + 1)
        last = max(1, round(recipe.iterations * recipe.average))
        means, widths = (np.mean(self.trace[key][-last:], axis=0) for key in ("mean", "width"))
        q.mean = (torch.from_numpy(means) / q.scale).unsqueeze(1)
        q.log_sigma = (torch.from_numpy(widths) / q.scale).log().unsqueeze(1)
        return self
