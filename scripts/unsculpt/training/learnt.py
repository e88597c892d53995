"""What the models of a stack learn from, before any epoch: the inputs outside the fold of each."""

from dataclasses import dataclass

import torch

from unsculpt.examples import Examples, scaling


@dataclass(frozen=True)
class Learnt:
    """The inputs of the events outside a fold, model by model, of the classes that train.

    examples : of all folds.
    folds : (K,), that each model holds out.
    classes : labels.
    """

    examples: Examples
    folds: tuple
    classes: tuple

    def scaling(self):
        """Centre and width of each input, (K, D) each; all classes count the same."""
        found = {fold: scaling(self.examples, fold, classes=self.classes) for fold in dict.fromkeys(self.folds)}
        return tuple(torch.stack(parts) for parts in zip(*(found[fold] for fold in self.folds), strict=True))

    def sample(self, k):
        """Inputs (n, D) and weights (n,) of model k, class after class; all classes have the same share."""
        rows = [self.examples.rows(label, self.folds[k], held_out=False) for label in self.classes]
        weights = [self.examples.weight[part].double() for part in rows]
        weight = torch.cat([part / part.sum() for part in weights]) / len(rows)
        return self.examples.features[torch.cat(rows)], weight
