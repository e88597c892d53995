"""Whole trainings: to the end, from a checkpoint on, and again where an alarm was given."""

import logging
import time
from dataclasses import asdict
from pathlib import Path

import torch

from unsculpt import alarms, models
from unsculpt.examples import NO_FOLD
from unsculpt.files import digest
from unsculpt.training.settings import products_in
from unsculpt.training.stack import Training

SECONDS_BETWEEN_CHECKPOINTS = 20
FORM = 2  # of a checkpoint: the optimiser of a network has one tensor


def train(settings, examples, members, *, checkpoint=None, device="cpu", keep=False):
    """Train a stack to its end; a checkpoint of the same training is continued, bit for bit.

    Parameters
    ----------
    settings : Settings
    examples : examples.Examples
    members : sequence of Member
    checkpoint : path, optional
        Where to keep the state on the way; removed at the end.
    device : str
        A torch device, see `pick_device`.
    keep : bool
        Leave a checkpoint of the end instead.

    Returns
    -------
    Training
    """
    with products_in(settings.precision, device):
        return _train(Training(settings, examples, members, device), checkpoint, keep)


def _train(training, checkpoint, keep):
    settings, members = training.settings, training.members
    if checkpoint is not None:
        checkpoint, name = Path(checkpoint), identity(training)
        if models.resume(training, checkpoint, name):
            logging.info("continuing after epoch %d of %d", training.epoch, training.settings.epochs)
    start, first, saved = time.monotonic(), training.epoch, time.monotonic()
    tenth = max(1, settings.epochs // 10)
    while not training.finished:
        training.train_epoch()
        now, done = time.monotonic(), training.epoch
        if done % tenth == 0 or training.finished:
            left = (now - start) / (done - first) * (settings.epochs - done) * (not training.finished)
            loss = sum(training.history[-1][2]) / len(members)
            logging.info(
                "epoch %d of %d: mean %s %.4f held out, %.0f s left",
                *(done, settings.epochs, training.task.loss_name, loss, left),
            )
        due = keep if training.finished else now - saved >= SECONDS_BETWEEN_CHECKPOINTS
        if checkpoint is not None and due:
            models.save({"identity": name, "state": training.state()}, checkpoint)
            saved = now
    training.finish()
    if checkpoint is not None and not keep:
        checkpoint.unlink(missing_ok=True)
    return training


def train_reliably(settings, examples, members, *, retries=1, checkpoint=None, device="cpu"):
    """Train a stack; models about which there are warnings start again from another seed, as a smaller stack.

    A new attempt replaces the model if nothing is wrong with it; either way the history says what happened. Another
    seed does not help where a batch holds too few effective events, so of that there is one sentence in the log.

    Parameters
    ----------
    settings, examples, members, checkpoint, device
        As for `train`.
    retries : int
        How often a model may start again.

    Returns
    -------
    Training
        Its members tell the seeds and attempts of the models that are in it.
    """
    paths = [checkpoint and Path(f"{checkpoint}{again or ''}") for again in range(retries + 1)]
    training = train(settings, examples, members, checkpoint=checkpoint, device=device, keep=retries > 0)
    weight = examples.protected(NO_FOLD, settings.protect)[1].double().numpy()
    if few := alarms.few_in_a_batch(weight, training.seen, settings.objective):
        logging.warning(few)
    entropy = models.reference_entropy(settings, examples)
    wrong = {k: models.warnings(training, k, entropy) for k in range(len(members))}
    latest = dict(enumerate(members))
    for path in paths[1:]:
        wrong = {k: sentences for k, sentences in wrong.items() if sentences}
        if not wrong:
            break
        for k, sentences in wrong.items():
            logging.info("%s; training it again from another seed", "; ".join(sentences))  # the end is in the history
            latest[k] = latest[k].again()
        again = train(settings, examples, [latest[k] for k in wrong], checkpoint=path, device=device, keep=True)
        outcome = {k: models.warnings(again, place, entropy) for place, k in enumerate(wrong)}
        for place, k in enumerate(wrong):
            if outcome[k]:
                training.retried[k].append(f"{latest[k]} went wrong again from another seed")
            else:
                training.retried[k] += [f"{sentence}; another seed did better" for sentence in wrong[k]]
                training.adopt(k, again, place)
        wrong = outcome
    for path in filter(None, paths):
        path.unlink(missing_ok=True)
    return training


def identity(training):
    """Digest of all that decides the result of a training; a checkpoint of another identity is not continued."""
    members = [asdict(member) for member in training.members]
    content = [FORM, asdict(training.settings), members, training.examples.digest(), torch.__version__, training.device]
    return digest(content)
