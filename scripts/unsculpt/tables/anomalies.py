"""Tables of searches without a model: autoencoders before and after maps, bump hunts, and further signals."""

from unsculpt import wording
from unsculpt.methods import families
from unsculpt.tables.cells import Table, yes


def autoencoders(names, points, methods, chosen):
    """How well each point tells signal and how much it sculpts, and the same after a map of its score.

    Parameters
    ----------
    names : list of str
        What the points are called.
    points : list of dict
        Of a background hypothesis in summary.json.
    methods : dict
        The sub-tree `methods` of the configuration.
    chosen : tuple of int
        The working point among them.

    Returns
    -------
    Table
        A row for each point that is no map itself, and one more for each further map of it.
    """
    rows, marked = [], []
    for i, point in enumerate(points):
        if "of" in methods[point["method"]]:
            continue
        for j in _maps(point, points, methods) or [None]:
            marked += [len(rows)] if {i, j} & {*chosen} else []
            after = (None,) * 4 if j is None else (methods[points[j]["method"]]["transform"], *_told(points[j]))
            rows.append((names[i], point.get("loss"), *_told(point), *after))
    told = ("AUC", "Rejection", "JSD / floor")
    columns = ("Point", "Loss", *told, "Map", *(f"{what} after it" for what in told))
    caption = (
        "Autoencoders beside other methods, and what a map that takes the mass out of their scores leaves. The loss is "
        "the squared error of the inputs over their square, a mean of events that did not train and count as the class "
        "that did, with the error from the scatter of the models."
    )
    return Table("autoencoders", caption, columns, tuple(rows), tuple(marked))


def _maps(point, points, methods):
    """The places of the points that are maps of a point."""
    wanted = (point["method"], point["tag"])
    return [j for j, other in enumerate(points) if (methods[other["method"]].get("of"), other["tag"]) == wanted]


def _told(point):
    return point["auc"], point["rejection"], point["jsd"]["over_floor"]


def hunts(names, content, methods):
    """What was found in the mass of what is least like background; methods that differ in the share of signal together.

    Parameters
    ----------
    names : dict
        What the points are called, by method and tag.
    content : list of dict
        `hunts` of a background hypothesis in summary.json.
    methods : dict
    """
    rows = [
        (
            names[point["method"], point["tag"]],
            100 * point["contamination"],
            point["passing"],
            point["passing_signal"],
            *_found(point["hunt"]),
        )
        for family in families(content, methods)
        for point in family
    ]
    columns = (
        *("Point", "Share of signal [%]", "Pass", "Of them signal", "Function", "p-value", "Window [GeV]"),
        *("Observed", "Background", "Of them signal in the window", "Local", "Global", "Global is a lower limit"),
    )
    caption = (
        "Largest excess in the mass of the events least like background, in background with a share of signal on which "
        "the method was trained, too; significances in standard deviations. p-value: of the function outside the "
        "window. A global significance is a lower limit where no toy had as much."
    )
    return Table("hunts", caption, columns, tuple(rows))


def _found(hunt):
    if hunt is None:
        return ("not fitted", *[None] * 8)
    window = "–".join(wording.number(edge) for edge in hunt["window"])
    background = {"value": hunt["background"], "error": hunt["error"]}
    told = (hunt["function"], hunt["p_value"], window, hunt.get("observed"), background, hunt["signal"])
    return (*told, hunt["local"], hunt["significance"], yes(hunt["at_limit"]))


def probes(names, content, points, about):
    """How well each point tells further signals from background, beside the signal of the study.

    Parameters
    ----------
    names : dict
        What the points are called, by method and tag.
    content : list of dict
        `probes` of a background hypothesis in summary.json.
    points : list of dict
        Of the same.
    about : dict
        `probes` of summary.json.
    """
    areas = {(point["method"], point["tag"]): point["auc"] for point in points}
    samples = list(dict.fromkeys(name for probe in about.values() for name in probe["samples"]))
    rows = []
    for point in content:
        key = (point["method"], point["tag"])
        rows.append((names[key], areas[key], *(point["samples"][name]["auc"] for name in samples)))
    caption = (
        "Area under the ROC curve of further signals, which no method was trained on, against background, and of the "
        "signal of the study."
    )
    return Table("probes", caption, ("Point", "Signal", *samples), tuple(rows))
