"""Whether a training went well: what a cut on the score knows of the protected variables, and what the adversary."""

import numpy as np
import torch

from unsculpt import alarms
from unsculpt.events import SIGNAL
from unsculpt.examples import NO_FOLD, protected_bins, unit
from unsculpt.tasks import responses
from unsculpt.weighted import auc

LOSSES = ("classifier_train", "adversary_train", "classifier_validation", "adversary_validation")


def reference_entropy(settings, examples):
    """Loss of an adversary that knows the spectra alone, in nats, over the protected events; None without one."""
    if settings.objective != "adversarial":
        return None
    return sum(_entropy(examples.column(name), settings, examples) for name in settings.protected)


def _entropy(column, settings, examples):
    rows, weight = examples.protected(NO_FOLD, settings.protect)
    if column.categories:
        return alarms.entropy(column.value[rows].numpy(), weight.double().numpy())
    value = unit(examples, column, NO_FOLD, settings.protect)
    edges = protected_bins(examples, value, NO_FOLD, settings.adversary.bins, settings.protect)[0].numpy()
    values = value[rows].double().numpy()
    if settings.adversary.head == "bins":
        return alarms.entropy(np.searchsorted(edges, values, side="right"), weight.double().numpy())
    return alarms.entropy(values, weight.double().numpy(), np.unique([0, *edges, 1]))


@torch.no_grad()
def _cut(training, k, rows):
    """AUC of model k on these events, what a cut on its score knows, its floor, and degrees."""
    examples, stack = training.examples, training.classifier.select([k]).eval()
    response = responses(stack, examples.features[rows].to(training.device))[0].double().cpu().numpy()
    weight, signal = examples.weight[rows].double().numpy(), examples.label[rows].numpy() == SIGNAL
    judged, share = training.task.judged
    of_cut = signal == (judged == SIGNAL)
    passed = response > alarms.upper_cut(response[of_cut], weight[of_cut], share)
    kept, of_kept = ~signal, weight[~signal]
    if training.settings.protect == "all":
        kept, of_kept = slice(None), np.where(signal, weight / weight[signal].sum(), weight / weight[~signal].sum())
    bins = [variable.numbers(k, rows)[kept] for variable in training.protected]
    effective = examples.effective(rows[kept], torch.as_tensor(of_kept))
    known = [alarms.cut_information(passed[kept], number, of_kept, effective) for number in bins]
    degrees = sum(len(np.unique(number)) - 1 for number in bins)
    area = auc(response[signal], response[~signal], weights=(weight[signal], weight[~signal]))
    return area, *np.sum(known, axis=0), degrees


def dependence(known, learnt):
    """How much the scores of models know of the protected variables, in nats above the floor, (K,).

    `known` is of a cut on the scores (`together.Cuts`), `learnt` the estimate of the adversaries, (K,). That of the cut
    counts instead where the adversary overlooks it. Below the floor the events cannot tell, and a strong objective
    would only chase their fluctuations.
    """
    information, floor, _ = known
    overlooked = [alarms.adversary_is_dead(*of_one) for of_one in zip(*known, learnt, strict=True)]
    return np.maximum(np.where(overlooked, information, learnt) - floor, 0)


def warnings(training, k, entropy):
    """Sentences about what went wrong in model k of a finished training, judged on its held-out events.

    `entropy` is the reference of the adversary's loss, or None without an adversary.
    """
    member, least = training.members[k], training.settings.min_auc
    protected = "the mass" if tuple(training.settings.protected) == ("mass",) else "the protected variables"
    area, information, floor, degrees = _cut(training, k, training.rows_of_model(k))
    last = dict(zip(LOSSES, training.history[training.kept_epoch(k) - 1], strict=True))
    failure = training.task.failure(member, protected, area=area, loss=last["classifier_validation"][k], least=least)
    if failure:
        return [failure]
    if entropy is None:
        return []
    loss = min(last["adversary_train"][k], last["adversary_validation"][k])  # what it learnt by heart is alive, too
    learnt = entropy - loss
    if not alarms.adversary_is_dead(information, floor, degrees, learnt):
        return []
    return [
        f"the adversary of {member} is dead: it knows {learnt:.2g} nats of {protected} where a cut on the score "
        f"knows {information:.2g}"
    ]
