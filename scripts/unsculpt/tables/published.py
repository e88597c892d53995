"""The points of a study as taggers, beside numbers that others published."""

from unsculpt.tables.cells import Table
from unsculpt.tables.learning import size

_KEYS = ("auc", "accuracy", "rejection", "parameters")


def published(names, points, content, about, seconds=None):
    """How well each point tells the classes apart, at every cut and at signal efficiencies that are usual.

    Parameters
    ----------
    names : list of str
        Of the points.
    points : list of dict
    content : dict
        The background hypothesis in summary.json.
    about : dict
        The configuration `published`: what others found, of methods by name, on which sample.
    seconds : dict, optional
        By method what its trainings took; only with them the table has minutes, which no two runs have in common.
    """
    efficiencies = [f"R{100 * row['signal_efficiency']:g}" for row in points[0]["rejections"]]
    rows = []
    for name, point in zip(names, points, strict=True):
        method, theirs = point["method"], about["taggers"].get(point["method"], {})
        row = [name, point["auc"], point["accuracy"], *point["rejections"], parameters(content, method)]
        row.append(size(content.get("learning"), point))
        row += [] if seconds is None else [minutes(points, method, seconds.get(method))]
        rows.append((*row, *(_cell(theirs, key) for key in _KEYS)))
    clock = () if seconds is None else ("Minutes",)
    columns = (
        *("Tagger", "AUC", "Accuracy", *efficiencies, "Parameters", "Learns from", *clock),
        *("AUC, published", "Accuracy, published", "R30, published", "Parameters, published"),
    )
    caption = (
        "Taggers, each by itself: area under the ROC curve, mean accuracy of both classes, background rejection at "
        "fixed signal efficiencies in per cent, numbers that a model learns, events of each class that it learns from"
        f"{', and minutes of a training by the clock' * bool(clock)}. Published: {about['source']}; another sample: "
        f"{about['sample']}."
    )
    return Table("published", caption, columns, tuple(rows))


def minutes(points, method, seconds):
    """Minutes of one training of a method, of those of all its strengths, folds and seeds; None of what is not known.

    Examples
    --------
    >>> minutes([{"method": "nn", "folds": {"fold": [0, 1, 2]}, "seeds": {"number": 2}}], "nn", 720)
    2.0
    """
    own = [point for point in points if point["method"] == method and point["folds"]]
    number = sum(len(point["folds"]["fold"]) * point["seeds"]["number"] for point in own)
    return seconds / 60 / number if seconds is not None and number else None


def parameters(content, method):
    """Numbers that one classifier of a method learns; None of methods without a network."""
    layers = content["networks"].get(method, [])
    return sum(layer["parameters"] for layer in layers if layer["network"] == "classifier") or None


def _cell(theirs, key):
    """A published number, with its error where it has one."""
    error = theirs.get(f"{key}_error")
    return theirs.get(key) if error is None else {"value": theirs[key], "error": error}
