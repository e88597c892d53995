"""Tables of the points in ranges of other columns, one for each name that the study gives such ranges."""

from unsculpt import wording
from unsculpt.tables.cells import Table

CUT = "Cut on the mass"  # the column that, with the point, names a row


def of_ranges(name):
    """Name of the table of some ranges.

    Examples
    --------
    >>> of_ranges("pt")
    'ranges_pt'
    """
    return f"ranges_{name}"


def in_ranges(name, about, names, points, chosen):
    """Rejection, 1/JSD and 1/floor of each point in each range; a row more for those with the cut on the mass.

    Parameters
    ----------
    name : str
        Of the ranges.
    about : dict
        Of these, as summary.json has it.
    names : list of str
        What the points are called.
    points : list of dict
    chosen : tuple of int
        The working point among them.
    """
    cut = about["mass_cut_gev"]
    rows, marked = [], []
    for i, point in enumerate(points):
        entries = [entry for entry in point["ranges"] if entry["name"] == name]
        for wanted in (None, cut) if cut else (None,):
            marked += [len(rows)] if i in chosen else []
            cells = [
                cell
                for entry in entries
                if entry["mass_cut_gev"] == wanted
                for cell in (entry["rejection"], entry["inverse_jsd"], entry["inverse_jsd"]["limit"])
            ]
            rows.append((names[i], *(((_between(wanted) if wanted else "none"),) if cut else ()), *cells))
    spans = [_between(pair) for pair in zip(about["edges"], about["edges"][1:], strict=False)]
    heads = [f"{head}, {span}" for span in spans for head in ("Rejection", "1/JSD", "1/floor")]
    unit = f" [{about['unit']}]" if about["unit"] else ""
    symbol = f"${about['latex']}$" if about["latex"] else about["column"]
    caption = (
        f"Points in ranges of {symbol}{unit}, each with a cut of its own at the working signal efficiency. Beyond "
        "1/floor no selection can be told from one that ignores the mass."
    )
    if cut:
        caption += " A cut on the mass [GeV] counts in the efficiencies; the JSD stays that of the whole mass range."
    columns = ("Point", *((CUT,) if cut else ()), *heads)
    return Table(of_ranges(name), caption, columns, tuple(rows), tuple(marked))


def _between(pair):
    return "–".join(map(wording.number, pair))
