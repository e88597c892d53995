"""How often the best combination of objects is the true one, by boosted trees and by a chi-squared."""

from matplotlib.figure import Figure

from unsculpt.plots import style
from unsculpt.plots.style import BACKGROUND, SIGNAL

_SPREAD = 0.08  # between the points of two methods
_LOOKS = ({"fmt": "o", **SIGNAL}, {"fmt": "s", **BACKGROUND}, {"fmt": "^", "color": "0.45"})


def efficiency(content, label):
    """The efficiency against the number of objects.

    Parameters
    ----------
    content : dict
        The file combinations/{combination}.json.
    label : str
        Text on every figure.

    Returns
    -------
    Figure
        The last column has all rows.
    """
    rows = content["efficiencies"]
    methods = [name for name in rows[0] if name == "trees" or name.startswith("chi-squared")]
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = figure.subplots()
    for i, (method, look) in enumerate(zip(methods, _LOOKS, strict=False)):
        value, error = style.numbers([style.value_error(row[method]) for row in rows]).T
        x = [place + _SPREAD * (i - (len(methods) - 1) / 2) for place in range(len(rows))]
        name = method.replace("chi-squared", r"$\chi^2$")
        axes.errorbar(x, value, error, markersize=5, linestyle="none", label=name, **look)
    axes.axvline(len(rows) - 1.5, **style.GUIDE)
    axes.set_xticks(range(len(rows)), [row["objects"] for row in rows])
    axes.set(xlabel="Objects", ylabel=f"Rows whose best {content['combination']} is true", ylim=(0, 1))
    axes.legend()
    axes.set_title(label, loc="left", fontweight="bold")
    return figure
