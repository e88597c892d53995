"""The table of what other scales of objects do to the cut of each point."""

from unsculpt.tables.cells import Table

COLUMNS = (
    *("Point", "Scale", "Signal yield, up [%]", "Signal yield, down [%]", "Signal efficiency of the cut [%]"),
    *("Signal in the window [%]", "Background efficiency, up [%]", "Background efficiency, down [%]"),
    *("AUC of up against down, signal", "AUC of up against down, background"),
    *("JSD of the score, signal [bit]", "JSD of the score, background [bit]", "Uncertainty of mu, counts"),
    *("Uncertainty of mu, all scales", "Uncertainty of mu, both"),
)


def variations(names, content, chosen=()):
    """A row for each point and scale.

    Parameters
    ----------
    names : dict
        What the points are called, by method and tag.
    content : dict
        `variations` of a background hypothesis in summary.json.
    chosen : sequence of (method, tag)
        Points to mark.

    Returns
    -------
    Table
    """
    rows, marked = [], []
    for point in content["points"]:
        mu = point["mu"] or dict.fromkeys(("counts", "scales", "total"))
        for of in point["variations"]:
            marked += [len(rows)] if (point["method"], point["tag"]) in chosen else []
            up, down, size = of["up"], of["down"], of["size"]["signal"]
            larger = {c: max((of[side][c]["jsd"] for side in ("up", "down")), key=_value) for c in up}
            rows.append(
                (
                    names[point["method"], point["tag"]],
                    of["name"],
                    *(_percent(side["signal"]["passing"]) for side in (up, down)),
                    _percent(size["efficiency"]),
                    _percent(size["window"]),
                    *(_percent(side["background"]["efficiency"]) for side in (up, down)),
                    *(of["known"][c]["auc"] for c in ("signal", "background")),
                    *({key: larger[c][key] for key in ("value", "error", "floor")} for c in ("signal", "background")),
                    mu["counts"],
                    mu["scales"],
                    mu["total"],
                )
            )
    caption = (
        "What other scales of objects do to the cut of each point, relative to the events as they are. Yields are "
        "those of selection and cut, efficiencies those of the cut alone; numbers without a direction are the root "
        "mean square of up and down. The AUC tells events with the scale up from those with it down by their score, "
        "0.5 knows nothing of the scale. The JSD, of the larger of both, is that of the distributions of the score, "
        "with the floor of pairs. mu: from counts in the window alone, and from the signal that all scales together "
        "move there, and both together."
    )
    return Table("variations", caption, COLUMNS, tuple(rows), tuple(marked))


def _value(cell):
    return -1 if cell["value"] is None else cell["value"]


def _percent(cell):
    """A relative number in per cent, None where there is none."""
    if cell is None or cell["value"] is None:
        return None
    return {key: 100 * cell[key] for key in ("value", "error")}
