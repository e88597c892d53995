"""The table of the significance of the points where a nuisance moves the background."""

from unsculpt.tables.cells import Table

COLUMNS = (
    *(
        "Point",
        "Highest AMS",
        "At threshold",
        "At signal efficiency",
        "AMS, threshold of the other half",
        "Behind the best",
    ),
    *("Within 10 % of the peak",),
)


def threshold(names, content):
    """The highest AMS of each point, that of thresholds which other events found, and how flat it is.

    Parameters
    ----------
    names : dict
        What the points are called, by method and tag.
    content : dict or None
        `threshold` of a background hypothesis in summary.json.

    Returns
    -------
    Table
        The best point is marked. AUC by value of the nuisance stand in columns of their own.
    """
    values = content["values"]
    rows = [
        (
            names[point["method"], point["tag"]],
            point["max"],
            point["threshold"],
            point["signal_efficiency"],
            point["quoted"],
            point["behind"],
            point["plateau"],
            *(point["auc"][value] for value in values),
        )
        for point in content["points"]
    ]
    caption = (
        "Approximate median significance (AMS); the uncertainty is the difference of the background between values of "
        f"{content['nuisance']}. Means over the seeds, with the error of one training. The highest is that of all "
        "events; the other is at thresholds that one half of the events finds and the other measures. "
        f"{content['chosen']['reason']}"
    )
    best = tuple(i for i, point in enumerate(content["points"]) if point["best"])
    return Table("threshold", caption, (*COLUMNS, *(f"AUC, {value}" for value in values)), tuple(rows), best)
