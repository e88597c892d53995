"""The likelihoods: a pyhf model with a log-linear background, its portable form, and a vectorised Poisson GLM."""

from unsculpt.likelihood.combination import Combination, combined
from unsculpt.likelihood.glm import GlmFit, poisson_glm
from unsculpt.likelihood.models import Channel
from unsculpt.likelihood.portable import workspace
from unsculpt.likelihood.significance import asimov_significance

__all__ = ["Channel", "Combination", "GlmFit", "asimov_significance", "combined", "poisson_glm", "workspace"]
