"""A conditional Wasserstein GAN with gradient penalty (arXiv:1704.00028): its steps."""

import torch
from torch import nn

from unsculpt.generation import critic
from unsculpt.generation.conditions import suppress
from unsculpt.generation.networks import KINDS
from unsculpt.generation.view import View
from unsculpt.networks import StackedMLP
from unsculpt.patches.torch import Adam
from unsculpt.training.settings import stable_seed

BETAS = (0.0, 0.9)


class Adversaries(nn.Module):
    """A generator and its critic in training.

    Parameters
    ----------
    settings : dict
        Of the generator, in the configuration.
    geometry : geometry.Geometry
    scale : conditions.Scale
    suppression : float
        Of the read-out, in GeV.
    seed : int
    wish, cells
        Some true showers, from whose statistics the networks begin.
    """

    losses = ("critic_distance", "gradient_norm")

    def __init__(self, settings, geometry, scale, suppression, seed, wish, cells):
        super().__init__()
        self.settings, of = settings, settings["critic"]
        self.suppression = suppression
        build = KINDS[settings["parametrisation"]]
        self.generator = build(settings, geometry, scale, stable_seed(seed, "generator"), wish, cells)
        options = {"sums": of["sums"], "shapes": of["shapes"]}
        self.view = View(geometry, scale, suppression, cells, **options)
        sizes = (self.view.inputs, *of["units"], 1)
        self.critic = StackedMLP([stable_seed(seed, "critic")], sizes, activation="leaky_relu")

    def optimisers(self):
        """One for each of the two, with its learning rate."""
        rates = self.settings["learning_rate"], self.settings["critic"]["learning_rate"]
        return [
            (Adam(network.parameters(), rate, BETAS, fused=True), rate)
            for network, rate in zip((self.generator, self.critic), rates, strict=True)
        ]

    def step(self, batch, optimisers, random):
        """Some steps of the critic and one of the generator.

        Parameters
        ----------
        batch : function
            Gives a wish and the cells of true showers, other ones each time.
        optimisers : pair of Adam
        random : torch.Generator

        Returns
        -------
        tensor, shape (2,)
            The distance that the critic found last and the mean norm of its gradient.
        """
        for _ in range(self.settings["critic"]["steps"]):
            wish, cells = batch()
            with torch.no_grad():
                real, fake = self.view(cells, wish), self.view(self.fake(wish, random), wish)
                u = torch.rand(len(wish), 1, generator=random).to(real.device)
                between = torch.lerp(fake, real, u).unsqueeze(0)
            value = self.critic(torch.cat([real, fake]).unsqueeze(0))[0, :, 0]
            distance = value[: len(wish)].mean() - value[len(wish) :].mean()
            penalty, norm = critic.penalty(self.critic, between)
            optimisers[1].zero_grad(set_to_none=True)
            (self.settings["critic"]["penalty"] * penalty.sum() - distance).backward()
            optimisers[1].step()
        wish, _ = batch()
        self.critic.requires_grad_(False)
        optimisers[0].zero_grad(set_to_none=True)
        (-self.critic(self.view(self.fake(wish, random), wish).unsqueeze(0)).mean()).backward()
        optimisers[0].step()
        self.critic.requires_grad_(True)
        return torch.stack([distance.detach(), norm[0]])

    def fake(self, wish, random):
        """Generated cells before the read-out."""
        return self.generator(wish, self.generator.draw(len(wish), random).to(wish.energy.device))

    @torch.no_grad()
    def generate(self, wish, random):
        """Generated cells, in GeV."""
        return suppress(self.fake(wish, random), self.suppression)
