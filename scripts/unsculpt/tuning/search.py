"""The loop of a worker: ask for trials, train them as a stack, tell how they did. Workers share a journal.

A worker that is killed leaves trials that never end; when it starts again it gives them up and queues their
hyperparameters anew. The sampler is seeded from the number of finished trials, so that a worker that is alone goes on
as if nothing had happened.
"""

import logging
import math
import os
import time
import warnings
from pathlib import Path

import optuna
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.trial import TrialState

from unsculpt.training import stable_seed
from unsculpt.tuning.space import apply, matters, shape, suggest
from unsculpt.tuning.stacks import by_shape

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
REPORTS = 10  # times in its training that a trial is measured, and may be pruned
ATTEMPTS = 3  # of a trial whose job is killed
GRACE_SECONDS = 10  # in which a new trial gets the number of its worker, and a lock is given back

optuna.logging.set_verbosity(optuna.logging.ERROR)  # the log of a search is ours


def open_journal(path, name, *, pruner="median", epochs=1):
    """The trials of a search in a journal, which many processes may write to, on a shared file system too.

    Parameters
    ----------
    path : path
        Of the journal; made if absent.
    name : str
        Identity of the search; a journal can hold several.
    pruner : "median", "hyperband" or "none"
    epochs : int
        Of a full training.
    """
    path = Path(path).resolve()  # the lock is a symbolic link to it: a relative one would dangle
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = JournalFileSymlinkLock(str(path), grace_period=GRACE_SECONDS)
    lock.acquire()
    try:
        _mend(path)
    finally:
        lock.release()
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(path), lock))
    pruners = {
        "median": lambda: optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=epochs // 3),
        "hyperband": lambda: optuna.pruners.HyperbandPruner(
            min_resource=max(1, epochs // REPORTS), max_resource=epochs
        ),
        "none": optuna.pruners.NopPruner,
    }
    return optuna.create_study(storage=storage, study_name=name, pruner=pruners[pruner](), load_if_exists=True)


def _mend(path):
    """Cut off the end of a journal whose writer was killed in the middle of a line; call it under the lock."""
    content = path.read_bytes() if path.exists() else b""
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)


def work(study, task, *, trials, worker=0, workers=1, per_stack=1, seed=0):
    """Run trials until the search has `trials` of them, those of other workers included.

    Parameters
    ----------
    study : optuna.Study
        As `open_journal` gives it; it may hold trials already.
    task : tasks.Task
    trials : int
        Wanted in all; several workers may end with one more each.
    worker, workers : int
        Number of this worker, from 0, and how many there are.
    per_stack : int
        Trials that train side by side, and share what `space.shape` says.
    seed : int
        Of the sampler.
    """
    revive(study, task, worker, workers)
    start, first = time.monotonic(), len(finished(study))
    while (left := trials - len(study.get_trials(deepcopy=False, states=(*FINISHED, TrialState.RUNNING)))) > 0:
        sampler = optuna.samplers.TPESampler(seed=stable_seed(seed, worker, len(finished(study))) % 2**32)
        for group in by_shape(ask(study, task, sampler, worker, min(per_stack, left))):
            run(study, task, group)
            done = len(finished(study))
            seconds = (time.monotonic() - start) / max(1, done - first) * max(0, trials - done)
            logging.info("%d of %d trials done%s; about %.0f s left", done, trials, _best(study), seconds)


def finished(study):
    """The trials that ended, completed or pruned, by number."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def revive(study, task, worker, workers):
    """Give up the trials that a killed attempt of this worker left running, and queue their hyperparameters again."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    while workers > 1 and (young := [trial for trial in running if _young(trial)]):
        logging.info("waiting for the workers of %d trials to tell their number", len(young))
        time.sleep(1)
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in running:
        owner = trial.user_attrs.get("worker")
        if owner is not None and owner != worker and owner < workers:
            continue
        attempt = trial.user_attrs.get("attempt", 1)
        if attempt >= ATTEMPTS:
            logging.warning(
                "trial %d was cut off %d times, now counts as pruned: %s", trial.number, attempt, trial.params
            )
            study.tell(trial.number, state=TrialState.PRUNED)
            continue
        logging.info("trial %d was cut off and runs again", trial.number)
        study.tell(trial.number, state=TrialState.FAIL)
        if {name for name in task.distributions if matters(name, trial.params)} == trial.params.keys():
            study.enqueue_trial(trial.params, user_attrs={"attempt": attempt + 1})  # if not, the sampler will do it


def _young(trial):
    """Whether a running trial does not yet have the number of its worker, but still may get it."""
    return "worker" not in trial.user_attrs and time.time() - trial.datetime_start.timestamp() < GRACE_SECONDS


def ask(study, task, sampler, worker, number):
    """`number` new trials, of which all have the shape of the first, unless they were queued."""
    trials = []
    for _ in range(number):
        study.sampler = _fixed(shape(trials[0].params), sampler) if trials else sampler
        trials.append(study.ask())
        suggest(trials[-1], task.distributions)
        trials[-1].set_user_attr("worker", worker)
    return trials


def _fixed(parameters, sampler):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(parameters, sampler)


def run(study, task, trials):
    """Train trials of one shape as a stack until each is complete or pruned."""
    stack = task.stack([apply(trial.params, task.start) for trial in trials])
    epochs, running = stack.settings.epochs, dict(enumerate(trials))
    while running:
        stack.train_epoch()
        if stack.epoch < epochs and stack.epoch % max(1, epochs // REPORTS):
            continue
        for number, trial in list(running.items()):
            measured = task.criterion.measure(stack.logits(number, task.events), task.events)
            if _tell(study, trial, measured, stack.epoch, epochs):
                del running[number]


def _tell(study, trial, measured, epoch, epochs):
    """Report a measurement; end the trial if it was the last, if it is hopeless, or worse than most were by then."""
    hopeless = not math.isfinite(measured.value)
    if not hopeless:
        trial.report(measured.value, epoch)
        if epoch < epochs and not trial.should_prune():
            return False
        trial.set_user_attr("folds", measured.folds.tolist())
        trial.set_user_attr("details", measured.details)
    trial.set_user_attr("epochs", epoch)
    complete = epoch == epochs and not hopeless
    study.tell(trial, measured.value if complete else None, TrialState.COMPLETE if complete else TrialState.PRUNED)
    outcome = f"{measured.value:.5g}" if complete else f"pruned after epoch {epoch}" + " (diverged)" * hopeless
    words = ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in trial.params.items()
    )
    logging.info("trial %d: %s; %s", trial.number, outcome, words)
    return True


def _best(study):
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    best = min(complete, key=lambda trial: trial.value, default=None)
    return f", best {best.value:.5g} (trial {best.number})" if best else ""
