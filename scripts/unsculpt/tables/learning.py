"""How well methods learn from how many events."""

from unsculpt.tables.cells import Table, point_label


def learning_curves(learning, methods):
    """Area, accuracy and rejections of each point by the number of events that its models learnt from.

    Parameters
    ----------
    learning : list of dict
        Of a background hypothesis in summary.json.
    methods : dict
        The sub-tree `methods` of the configuration, for labels.
    """
    rows = [
        (
            point_label(point, methods),
            least(row["events"]),
            row["trainings"],
            row["auc"],
            row["accuracy"],
            *row["rejections"],
        )
        for point in learning
        for row in point["curve"]
    ]
    efficiencies = [row["signal_efficiency"] for row in learning[0]["curve"][0]["rejections"]]
    columns = ("Point", "Events", "Trainings", "AUC", "Accuracy", *(f"R{100 * each:g}" for each in efficiencies))
    caption = (
        "By the events of each class to learn from (of the smaller class) area under the ROC curve, mean accuracy of "
        "both classes and background rejection at signal efficiencies in per cent, on the events of one fold: mean of "
        "the trainings, and the error of one, of the events that judge and, of three trainings or more, of their "
        "spread. The last of each point are the models of the study, from all events outside the fold."
    )
    return Table("learning_curves", caption, columns, tuple(rows))


def size(learning, point):
    """Events of the smaller class from which a model of the study learns; None of a point that does not learn."""
    for known in learning or ():
        if (known["method"], known["tag"]) == (point["method"], point["tag"]):
            return least(known["curve"][-1]["events"])
    return None


def least(events):
    """Events of the smaller class."""
    return min(events.values())
