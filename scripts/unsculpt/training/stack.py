"""One epoch of a stack of K trainings: batches, losses, the step. A batch is background first, which alone the
objectives see unless `training.protect` is all; of a task that learns from both classes its second half is signal.
"""

import copy
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from unsculpt import architectures, objectives, tasks
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.examples import protected_bins, scaling, stream, unit
from unsculpt.networks import generator
from unsculpt.training.adam import StackedAdam
from unsculpt.training.learnt import Learnt
from unsculpt.training.passes import Pass
from unsculpt.training.settings import HELD_OUT, TRAINING, VALIDATION, ramp, schedule, stable_seed
from unsculpt.training.stopping import Stopping


@dataclass(frozen=True)
class Protected:
    """A protected variable of all events as the models of a stack see it.

    value : (F, n), scaled to [0, 1], one row a fold; None for a category.
    number : (F, n), of the bin, or (1, n), of the category.
    row : (K,), the row of each model.
    centres : of the bins, (K, M); None for a category.
    bins : M.
    """

    value: Tensor | None
    number: Tensor
    row: Tensor
    centres: Tensor | None
    bins: int

    def seen(self, rows):
        """The events of these row numbers, (K, B), as `objectives.Variable`."""
        place = self.row.unsqueeze(1), rows
        value = None if self.value is None else self.value[place]
        return objectives.Variable(value, self.number[place], self.centres, self.bins)

    def numbers(self, k, rows):
        """Bin or category numbers of these rows, (n,), as model k sees them, on the CPU."""
        return self.number[self.row[k], rows.to(self.number.device)].cpu().numpy()


class Training:
    """K trainings at once. Every epoch draws anew from its own seeds, so nothing random is carried between epochs."""

    def __init__(self, settings, examples, members, device="cpu"):
        self.settings, self.examples, self.members, self.device = settings, examples, list(members), device
        self.epoch, self.history = 0, []  # history: for each epoch (4, K) in the order of models.LOSSES
        self.retried = [[] for _ in members]  # what went wrong in earlier attempts, in sentences
        self.task = tasks.build(settings.task)
        self.share_of_class = settings.batch_size // len(self.task.classes)  # events of each in a batch
        self.seen = self.share_of_class  # of a batch by the objectives
        if settings.protect == "all":
            self.seen *= len(self.task.classes)
        self.starts = list(dict.fromkeys((member.fold, member.seed) for member in members))  # shared by all strengths
        self.folds = list(dict.fromkeys(member.fold for member in members))
        starts = [self.starts.index((member.fold, member.seed)) for member in members]
        self.start_row = torch.tensor(starts, device=device)  # (K,)
        fold_row = torch.tensor([self.folds.index(member.fold) for member in members])
        self.fold_row = fold_row.to(device)  # (K,)
        self.passes, self.plans = {}, {}  # by part of the events
        dtype = examples.features.dtype
        self.strength = torch.tensor([[member.strength] for member in members], dtype=dtype, device=device)  # (K, 1)
        self.pace = self.as_tensor(1.0)  # share of the strength in the step that is next
        self.features, self.weight = (tensor.to(device) for tensor in (examples.features, examples.weight))
        self.protected = [self._protected(examples.column(name)) for name in settings.protected]
        self.learnt = Learnt(examples, tuple(member.fold for member in members), self.task.classes)
        self.conditions = self._conditions([examples.column(name) for name in settings.adversary.conditions])
        self.classifier = architectures.build(
            asdict(settings),
            seeds=[member.seed for member in members],
            inputs=examples.features.shape[1],
            shape=examples.shape,
            dtype=dtype,
            learnt=self.learnt,
        )
        self.task.attach(self.classifier)
        self.classifier.to(device)
        self.classifier.reseed([member.seed for member in members])  # with the masks of this device
        self.objective = objectives.build(
            settings.objective,
            seeds=[stable_seed(member.seed, "adversary") for member in members],
            settings=settings.adversary,
            dtype=dtype,
            order=settings.order,
            categories=[examples.column(name).categories for name in settings.protected],
            conditions=0 if self.conditions is None else self.conditions.shape[-1],
            score=self.task.penalised,
        ).to(device)
        rates = ((self.classifier, settings.learning_rate), (self.objective, settings.adversary.learning_rate))
        learning = [([p for p in network.parameters() if p.requires_grad], rate) for network, rate in rates]
        self.optimisers = [(StackedAdam(parameters), rate) for parameters, rate in learning if parameters]
        self.stopping = Stopping(self) if settings.early_stopping else None

    def _protected(self, column):
        """A protected variable with the bins of each fold."""
        if column.categories:
            row = torch.zeros_like(self.start_row)
            return Protected(None, column.value[None].to(self.device), row, None, column.categories)
        bins, protect, folds = self.settings.adversary.bins, self.settings.protect, []
        for fold in self.folds:
            value = unit(self.examples, column, fold, protect)
            edges, centres = protected_bins(self.examples, value, fold, bins, protect)
            folds.append((value, torch.bucketize(value, edges.to(value.dtype), right=True), centres.to(value.dtype)))
        value, number, centres = (torch.stack(part).to(self.device) for part in zip(*folds, strict=True))
        return Protected(value, number, self.fold_row, centres[self.fold_row], bins)

    def _conditions(self, columns):
        """What the adversary sees beside the score, (F, n, C), one row a fold; None without.

        A continuous column standardised as the inputs are, a category as one column of zeros and ones for each.
        """
        if not columns:
            return None
        dtype, folds = self.examples.features.dtype, []
        for fold in self.folds:
            parts = []
            for column in columns:
                if column.categories:
                    parts.append(F.one_hot(column.value, column.categories).to(dtype))
                    continue
                value = column.value[:, None]
                centre, width = (number.to(dtype) for number in scaling(self.examples, fold, value, self.task.classes))
                parts.append((value - centre) / width)
            folds.append(torch.cat(parts, 1))
        return torch.stack(folds).to(self.device)

    def rows(self, start, label, part):
        """Row numbers of a class in a part of the events, for one (fold, seed) of `starts`."""
        fold, seed = start
        rows = self.examples.rows(label, fold, held_out=part == HELD_OUT)
        if part == HELD_OUT or not self.settings.early_stopping:
            return rows
        if len(rows) < 2:
            name = "signal" if label == SIGNAL else "background"
            raise InputError(f"one {name} event trains outside fold {fold}, none is left for training.early_stopping")
        draws = generator(stable_seed(seed, VALIDATION, label))
        back, others = self.examples.kept_back(rows, self.settings.early_stopping.share, draws)
        return back if part == VALIDATION else others

    def rows_of_model(self, k, part=HELD_OUT):
        """Row numbers of background, then signal, in a part of the events of one model."""
        start = (self.members[k].fold, self.members[k].seed)
        return torch.cat([self.rows(start, label, part) for label in (BACKGROUND, SIGNAL)])

    def share(self, part):
        """The share of the events in a part."""
        folds = int(self.examples.fold.max()) + 1
        if part == HELD_OUT:
            return 1 / folds
        stopping = self.settings.early_stopping
        kept_back = stopping.share if stopping else 0
        return (1 - 1 / folds) * (kept_back if part == VALIDATION else 1 - kept_back)

    def plan(self, purpose, *, part=TRAINING):
        """Row numbers of the batches of one pass, (steps, starts, batch), background first; copies with their event.

        Their number is the same for all folds, so that a model does not notice which others are in its stack.
        """
        number = self.share_of_class
        steps = max(1, int(self.examples.smallest_class(self.task.classes) * self.share(part)) // number)

        def order(start, label):
            seed = stable_seed(start[1], purpose, label)
            rows, event = self.rows(start, label, part), self.examples.event
            event = None if event is None else event[rows]
            return stream(rows, steps * number, seed, event).view(steps, number)

        plan = [torch.cat([order(start, label) for label in self.task.classes], 1) for start in self.starts]
        return torch.stack(plan, 1).to(self.device)

    def batches(self, purpose, *, part=TRAINING):
        """The same batch by batch for each model, (K, batch)."""
        return (rows[self.start_row] for rows in self.plan(purpose, part=part))

    def response(self, rows):
        """What the classifiers respond, (K, batch)."""
        features = F.embedding(rows, self.features)  # whole rows, several times as fast as an index
        return self.task.response(self.classifier(features))

    def losses(self, rows, response, strength):
        """Loss of the task, what the objective of this strength adds to it, and its value, each (K,), of one batch."""
        classifier = self.task.loss(response, self.weight[rows])
        added, value = self.objective(response[:, : self.seen], self.protected_of(rows[:, : self.seen]), strength)
        return classifier, added, value

    def protected_of(self, rows):
        """Protected events of these row numbers, (K, B), as the objectives see them."""
        rows = rows.contiguous()
        conditions = None if self.conditions is None else self.conditions[self.fold_row.unsqueeze(1), rows]
        return objectives.Batch(tuple(v.seen(rows) for v in self.protected), self.weight[rows], conditions)

    def step(self, rows):
        """One simultaneous step of classifier and adversary; the losses before it, (2, K)."""
        classifier, added, value = self.losses(rows, self.response(rows), self.strength * self.pace)
        for optimiser, _ in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        if self.optimisers:
            (classifier + added).sum().backward()  # models share no parameter: the sum trains each on its own
        for optimiser, _ in self.optimisers:
            optimiser.step()
        return torch.stack([classifier.detach(), value.detach()])

    def rate(self, step, steps):
        """Learning rates as a fraction of the first ones."""
        return schedule(self.settings, self.epoch, step, steps)

    def train_epoch(self):
        """One pass over the smallest class, then the losses on the held-out fold."""
        self.classifier.train()
        self.classifier.reseed([stable_seed(member.seed, "dropout", self.epoch) for member in self.members])
        plan = self.plan(self.epoch)
        steps = range(len(plan))
        rates = [[first * self.rate(number, len(plan)) for number in steps] for _, first in self.optimisers]
        pace = [ramp(self.settings, self.epoch, number, len(plan)) for number in steps]
        seen = self.run(TRAINING, self.step, plan, [self.as_tensor(values) for values in (*rates, pace)])
        self.classifier.eval()
        losses = torch.cat([seen, self.evaluate(HELD_OUT)]).cpu()  # (4, K)
        self.check(losses)
        self.history.append(losses.tolist())
        self.epoch += 1
        if self.stopping:
            self.stopping.look()

    def as_tensor(self, values):
        """Learning rates or paces, numbers or (K,) each, on the device, in the precision that its Adam takes."""
        if isinstance(values, list) and torch.is_tensor(values[0]):
            return torch.stack(values)
        on_cpu = torch.device(self.device).type == "cpu"
        return torch.tensor(values, dtype=torch.float64 if on_cpu else torch.float32, device=self.device)

    def run(self, part, work, plan, values=()):
        """Mean losses, (2, K), of one pass; `values` are the learning rates and the pace of its steps."""
        if part not in self.passes:
            now = [value[0].clone() for value in values]
            if now:
                *rates, self.pace = now
                for (optimiser, _), rate in zip(self.optimisers, rates, strict=True):
                    optimiser.param_groups[0]["lr"] = rate
            self.passes[part] = Pass(self, work, plan, now, values)
        return self.passes[part](plan, values)

    @torch.no_grad()
    def evaluate(self, part):
        """Loss of the task and value of the objective, (2, K), on a part that does not train, in the same batches."""
        if part not in self.plans:
            self.plans[part] = self.plan(part, part=part)
        return self.run(part, self.measure, self.plans[part])

    def measure(self, rows):
        """Loss of the task and value of the objective, (2, K), of one batch."""
        return torch.stack(self.losses(rows, self.response(rows), self.strength)[::2])

    def check(self, losses):
        """Refuse a loss, (4, K), that is not finite."""
        if not torch.isfinite(losses).all():
            worst = self.members[int((~torch.isfinite(losses)).any(0).nonzero()[0])]
            raise InputError(
                f"the training of {worst} diverged in epoch {self.epoch + 1}; "
                f"lower training.learning_rate (now {self.settings.learning_rate:g})"
            )

    @property
    def finished(self):
        """Whether nothing is left to be trained."""
        return self.epoch >= self.settings.epochs or (self.stopping is not None and self.stopping.all_stopped)

    def finish(self):
        """Keep the best weights where early stopping asks for it, and let the task do what needs a trained network."""
        if self.stopping:
            self.stopping.keep_best()
        self.task.finish(self.classifier.eval(), self.learnt)

    def last_epoch(self, k):
        """Number of epochs that model k was trained for."""
        return int(self.stopping.last_epoch[k]) if self.stopping else self.epoch

    def kept_epoch(self, k):
        """The epoch whose weights model k has in the end."""
        return int(self.stopping.best_epoch[k]) if self.stopping else self.epoch

    def state(self):
        """Everything the next epoch depends on."""
        return {
            "epoch": self.epoch,
            "history": self.history,
            "classifier": self.classifier.state_dict(),
            "objective": self.objective.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser, _ in self.optimisers],
            "stopping": self.stopping and self.stopping.state(),
        }

    def restore(self, state):
        """Continue from a state."""
        self.passes.clear()  # their recordings know the tensors that are replaced
        self.epoch, self.history = state["epoch"], state["history"]
        self.classifier.load_state_dict(state["classifier"])
        self.objective.load_state_dict(state["objective"])
        for (optimiser, _), saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        if self.stopping:
            self.stopping.restore(state["stopping"])

    def adopt(self, k, other, place):
        """Take a model of another, finished training in the place of model k."""
        for ours, theirs in ((self.classifier, other.classifier), (self.objective, other.objective)):
            for mine, new in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
                mine[k] = new[place]
        if self.stopping:
            self.stopping.adopt(k, other.stopping, place)
        epochs = max(len(self.history), len(other.history))  # with early stopping one may have gone on for longer
        for training in (self, other):
            training.history += [copy.deepcopy(training.history[-1]) for _ in range(epochs - len(training.history))]
        for losses, new in zip(self.history, other.history, strict=True):
            for values, value in zip(losses, new, strict=True):
                values[k] = value[place]
        self.members[k] = other.members[place]
