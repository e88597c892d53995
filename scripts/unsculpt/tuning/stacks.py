"""Several trials as one stack: the same networks and batches, each with learning rates and a schedule of its own."""

from itertools import groupby

import numpy as np
import torch

from unsculpt import models, training
from unsculpt.tuning.space import shape


class AdamByModel(training.StackedAdam):
    """Adam with one learning rate a model: `lr` is a tensor (K,), every parameter has a leading model axis.

    Without weight decay the step of Adam does not depend on the value of the parameters, so the step of rate one, taken
    from zero, is the direction, which is then scaled model by model.
    """

    def __init__(self, parameters):
        self.of_models = list(parameters)
        super().__init__(self.of_models)

    @torch.no_grad()
    def step(self):
        """One step."""
        (group,) = self.param_groups
        rates, before = group["lr"], [parameter.clone() for parameter in self.of_models]
        for parameter in self.of_models:
            parameter.zero_()
        group["lr"] = 1.0
        super().step()
        group["lr"] = rates
        for parameter, start in zip(self.of_models, before, strict=True):
            parameter.mul_(rates.view(-1, *[1] * (parameter.dim() - 1))).add_(start)


class TrialStack(training.Training):
    """The cross-validation of several trials at once: trial t holds the models t x folds to (t + 1) x folds - 1.

    Parameters
    ----------
    settings : sequence of training.Settings
        One a trial; they may differ in the rates (`space.RATES`) only.
    examples : examples.Examples
    members : sequence of training.Member
        The models of one trial, one a fold; all trials share their seeds.
    device : str
    """

    def __init__(self, settings, examples, members, device="cpu"):
        super().__init__(settings[0], examples, list(members) * len(settings), device)
        self.trials, self.folds = settings, [member.fold for member in members]
        rates = [[s.learning_rate, s.adversary.learning_rate] for s in settings]
        rates = self._by_model(torch.tensor(rates))  # (K, 2)
        self.optimisers = [(AdamByModel(self.classifier.parameters()), rates[:, 0])]
        if list(self.objective.parameters()):
            self.optimisers.append((AdamByModel(self.objective.parameters()), rates[:, 1]))

    def rate(self, step, steps):
        """Learning rates as a fraction of the first ones, (K,)."""
        return self._by_model(torch.tensor([training.schedule(s, self.epoch, step, steps) for s in self.trials]))

    def check(self, losses):
        """A trial may diverge: its neighbours do not notice, and the search prunes it."""

    @torch.no_grad()
    def logits(self, trial, events):
        """Logit of each event by the model of a trial that did not train on its fold, float64, (n,).

        `events` are a `criteria.Held`.
        """
        result = np.empty(len(events.fold))
        for i, fold in enumerate(self.folds):
            rows = np.flatnonzero(events.fold == fold)
            model = self.classifier.select([trial * len(self.folds) + i]).eval()
            result[rows] = models.logits(model, events.features[rows])[0].double().cpu().numpy()
        return result

    def _by_model(self, values):
        """A value (or a row) for each trial as one for each model, on the device."""
        return values.repeat_interleave(len(self.folds), 0).to(self.device, self.features.dtype)


def by_shape(trials):
    """Trials in groups that can be one stack, in order; of anything with `params`."""
    trials = sorted(trials, key=lambda trial: repr(sorted(shape(trial.params).items())))
    return [list(group) for _, group in groupby(trials, key=lambda trial: shape(trial.params))]
