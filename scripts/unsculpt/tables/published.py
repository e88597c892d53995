"""The points of a study as taggers, beside numbers that others published."""

from unsculpt.tables.cells import Table

_KEYS = ("auc", "accuracy", "rejection", "parameters")


def published(names, points, content, about):
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
    """
    efficiencies = [row["signal_efficiency"] for row in points[0]["rejections"]]
    rows = []
    for name, point in zip(names, points, strict=True):
        theirs = about["taggers"].get(point["method"], {})
        row = [name, point["auc"], point["accuracy"], *point["rejections"]]
        rows.append((*row, parameters(content, point["method"]), *(_cell(theirs, key) for key in _KEYS)))
    columns = (
        *("Tagger", "AUC", "Accuracy", *(f"R{100 * efficiency:g}" for efficiency in efficiencies), "Parameters"),
        *("AUC, published", "Accuracy, published", "R30, published", "Parameters, published"),
    )
    caption = (
        "Taggers, each by itself: area under the ROC curve, mean accuracy of both classes, and background rejection at "
        f"fixed signal efficiencies in per cent. Published: {about['source']}; another sample: {about['sample']}."
    )
    return Table("published", caption, columns, tuple(rows))


def parameters(content, method):
    """Numbers that one classifier of a method learns; None of methods without a network."""
    layers = content["networks"].get(method, [])
    return sum(layer["parameters"] for layer in layers if layer["network"] == "classifier") or None


def _cell(theirs, key):
    """A published number, with its error where it has one."""
    error = theirs.get(f"{key}_error")
    return theirs.get(key) if error is None else {"value": theirs[key], "error": error}
