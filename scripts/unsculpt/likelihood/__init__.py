"""The likelihoods: pyhf with a log-linear background, its portable form, a vectorised Poisson GLM, the combination."""

from unsculpt.likelihood.combination import Combination, Strength, combined
from unsculpt.likelihood.crosscheck import workspace
from unsculpt.likelihood.glm import GlmFit, poisson_glm
from unsculpt.likelihood.models import Channel
from unsculpt.likelihood.models import prior as slope_prior
from unsculpt.likelihood.nuisances import Nuisances
from unsculpt.likelihood.significance import asimov_significance

__all__ = [
    "Channel",
    "Combination",
    "GlmFit",
    "Nuisances",
    "Strength",
    "asimov_significance",
    "combined",
    "poisson_glm",
    "slope_prior",
    "workspace",
]
