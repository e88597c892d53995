"""Boosted trees that tell true combinations from others.

scikit-learn's HistGradientBoostingClassifier: it bins its inputs once, so that it trains on millions of combinations in
minutes, takes weights and knows missing values. hep-ml (decorrelation.trees) is for trees that must be flat in a
column, which is not asked here, and its trees look at every value at each split.
"""

from dataclasses import dataclass

import joblib
from sklearn.ensemble import HistGradientBoostingClassifier

from unsculpt import files
from unsculpt.errors import InputError


@dataclass(frozen=True)
class Trees:
    """Trained trees, and the expressions of what they see, in order."""

    model: HistGradientBoostingClassifier
    inputs: dict

    def score(self, inputs):
        """The probability to be true among the combinations that trained, of inputs (m, D); shape (m,)."""
        return self.model.predict_proba(inputs)[:, 1] if len(inputs) else inputs[:, 0].astype(float)


def train(about, inputs, truth, weight, seed):
    """Train on combinations.

    Parameters
    ----------
    about : dict
        One of the configuration `combinations`.
    inputs : float32 array, shape (m, D)
    truth : bool array, shape (m,)
    weight : float array, shape (m,)
        Of their events; a negative one counts as zero.
    seed : int

    Returns
    -------
    Trees
    """
    settings = about["training"]
    model = HistGradientBoostingClassifier(
        max_iter=settings["trees"],
        max_leaf_nodes=settings["leaves"],
        learning_rate=settings["learning_rate"],
        min_samples_leaf=settings["min_leaf"],
        early_stopping=False,
        random_state=seed,
    )
    return Trees(model.fit(inputs, truth, weight.clip(min=0)), dict(about["inputs"]))


def save(trees, path):
    """Write trees to a file, complete or absent."""
    with files.written(path) as part:
        joblib.dump(trees, part, compress=3)


def load(path):
    """Read the trees of `save`: a file that the same program has written, as it runs what is in it.

    Raises
    ------
    InputError
        For a file that cannot be read, one that was cut off, say.
    """
    try:
        return joblib.load(path)
    except (FileNotFoundError, MemoryError):
        raise
    except Exception as error:  # whatever stands in its bytes
        raise InputError(f"{path}: not a file of trained trees ({error}); delete it and run again") from error
