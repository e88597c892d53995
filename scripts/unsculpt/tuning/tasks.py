"""What a trial is of one search: which events train and which judge, the settings around its hyperparameters."""

from dataclasses import asdict, dataclass, replace

import torch

from unsculpt import axes, examples, training
from unsculpt.events import BACKGROUND, SIGNAL, fold
from unsculpt.files import digest, load_json
from unsculpt.tuning.criteria import Criterion, Held, held
from unsculpt.tuning.space import distributions
from unsculpt.tuning.stacks import TrialStack

KEYS = ("tuning", "training", "mass", "metrics", "working_point", "seed")  # of the configuration


@dataclass(frozen=True)
class Task:
    """A search, without its trials.

    objective, strength : of the trained classifiers, as in `methods`.
    own, start : configurations `training`: the study's own, and that in which a trial replaces its hyperparameters
        (of the combined search, the outcome of the classifier search).
    distributions : the hyperparameters, by name.
    criterion : what is minimised.
    examples, events : those outside the untouched fold, for training and for the criterion; `fold` is that of the
        cross-validation.
    untouched : events of the untouched fold, cut into as many parts.
    members : the models of one trial.
    """

    objective: str
    strength: float
    own: dict
    start: dict
    distributions: dict
    criterion: Criterion
    examples: examples.Examples
    events: Held
    untouched: Held
    members: tuple
    device: str

    def stack(self, configurations):
        """Trials of these configurations `training`, which differ in their rates only, ready to train."""
        settings = [training.Settings.from_config(self.objective, c) for c in configurations]
        return TrialStack(settings, self.examples, self.members, self.device)

    def identity(self, *more):
        """Digest of all that decides the value of a trial; searches of another identity share no trials."""
        spaces = {name: repr(distribution) for name, distribution in self.distributions.items()}
        axis = self.criterion.axis
        criterion = asdict(self.criterion) | {"axis": [axis.edges.tolist(), axis.window]}  # its label decides nothing
        content = [self.objective, self.strength, self.start, spaces, criterion]
        members = [asdict(member) for member in self.members]
        return digest([*content, members, self.examples.digest(), torch.__version__, self.device, *more])


def build(table, config, *, search, background, start=None):
    """The task of a search.

    Parameters
    ----------
    table : events.Events
        All events of the background hypothesis.
    config : dict
        The sub-trees `KEYS` of the resolved configuration.
    search : "classifier" or "combined"
    background : str
        Name of the background sample, a word of the seeds.
    start : dict, optional
        The configuration `training` from which the search starts, if it is not the study's own.
    """
    tuning, mass = config["tuning"], config["mass"]
    plain, folds = search == "classifier", tuning["folds"]
    settings = {"objective": "none", "strength": 0} if plain else tuning["combined"]
    yields = {label: float(table.weight[table.label == label].sum()) for label in (SIGNAL, BACKGROUND)}
    inner = fold(~table.run, table.event, folds)  # the hash of another run number: independent of the study's folds
    learning, untouched = (
        replace(table[chosen], fold=inner[chosen])
        for chosen in (table.fold != tuning["untouched_fold"], table.fold == tuning["untouched_fold"])
    )
    # bad trials are stopped by the pruner, so that all others are measured at the same age
    epochs = {"epochs": tuning["epochs"] or config["training"]["epochs"], "early_stopping": None}
    seed, mass_range = config["seed"], (mass["min_gev"], mass["max_gev"])
    learnt = examples.from_events(learning, mass_range=mass_range, folds=folds, training=config["training"])
    return Task(
        settings["objective"],
        settings["strength"],
        own=config["training"] | epochs,
        start=(start or config["training"]) | epochs,
        distributions=distributions(tuning[search]["parameters"], tuning["space"]),
        criterion=_criterion("loss" if plain else settings["criterion"], config),
        examples=learnt,
        events=held(learning, yields, learnt.names),
        untouched=held(untouched, yields, learnt.names),
        members=tuple(training.members([settings["strength"]], folds=folds, seed=seed, background=background)),
        device=training.pick_device(config["training"]["device"]),
    )


def outcome(paths):
    """The configuration `training` that an earlier search chose, from its result; None without one."""
    return load_json(paths[0])["choice"]["training"] if paths else None


def _criterion(name, config):
    return Criterion(
        name,
        axes.mass(config["mass"]),
        *(config["metrics"][key] for key in ("signal_efficiency", "jsd_base", "jsd_reference")),
        config["working_point"]["deviation_tolerance"],
        config["tuning"]["combined"]["jsd_weight"],
    )
