"""Sideband fits: the spectrum, the curve that the sidebands predict through the window, and the pulls."""

import textwrap

import numpy as np

from unsculpt.plots import style


def fit(content, study, title, colour=style.BACKGROUND["color"]):
    """A fit of the sidebands extrapolated through the window, with its pulls.

    Parameters
    ----------
    content : dict
        Content of a file of fits/.
    title : str
        What was selected, for the legend.
    """
    figure, axes = style.panels(height=6)
    top, bottom = axes[:, 0]
    edges = style.edges_of(content["spectrum"])
    values, errors = style.histogram(content["spectrum"])
    hidden = study.axis.in_window
    draw(top, bottom, edges, (values, errors), content, hidden, colour)
    for panel in (top, bottom):
        style.shade_window(panel, study, "window, not fitted" if panel is top else None)
    top.set(ylabel=study.density_label, xlim=edges[[0, -1]], ylim=(0, 1.65 * np.nanmax(values + errors, initial=0.1)))
    bottom.set_xlabel(study.mass_label)
    top.legend(title=title, alignment="left", loc="upper right")
    top.text(0.04, 0.96, words(content), transform=top.transAxes, va="top", fontsize=10, linespacing=1.45)
    style.identify(top, study)
    return figure


def draw(top, bottom, edges, spectrum, content, hidden, colour):
    """Spectrum, model and pulls in two panels; bins that the fit did not see are hollow, dead ones hatched.

    `spectrum` is (values, errors); `content` needs "model", "kappa" and "status", and names empty bins in "dead_gev".
    """
    x, (values, errors) = style.centres(edges), spectrum
    model = content.get("model") if content.get("status", "fitted") == "fitted" else None
    expected, uncertainty = (style.numbers(model[key]) for key in ("expected", "error")) if model else (None, None)
    scale = style.numbers(model["scale"]) if model and model.get("scale") else 1.0
    dead = np.zeros(len(x), bool)
    for i, (low, high) in enumerate(content.get("dead_gev") or ()):
        dead |= (low < x) & (x < high)
        for panel in (top, bottom):
            label = "empty, not fitted" if panel is top and not i else None
            panel.axvspan(low, high, zorder=0, fill=False, hatch="///", edgecolor="0.6", linewidth=0, label=label)
    if model:
        style.steps(top, edges, expected, uncertainty, label="fit of the sidebands", **style.FIT)
    for mask, face, name in ((~hidden, colour, "simulation"), (hidden, "white", "simulation in the window")):
        look = {"fmt": "o", "color": colour, "markerfacecolor": face, "markersize": 4, "linewidth": 1.1}
        filled = mask & (errors > 0)  # an empty bin has no point: its error is not known
        shown, bars = np.where(filled, values, np.nan), np.where(filled, errors, np.nan)
        top.errorbar(x, shown, bars, label=name, zorder=3, **look)
        if model:
            pull = style.pulls(np.where(mask & ~dead, values, np.nan), expected, content["kappa"] * scale)
            bottom.errorbar(x, pull, np.where(np.isfinite(pull), 1.0, np.nan), **look)
    style.pull_panel(bottom)


def words(content):
    """The result of a fit in lines of text."""
    if content["status"] != "fitted":
        return "not fitted:\n" + textwrap.fill(content["reason"], 34)
    borrowed = ", slope borrowed" if content.get("slope_from") == "control region" else ""
    toys = content.get("p_value_toys")
    lines = [
        _function(content["function"]) + borrowed,
        rf"$\chi^2/\mathrm{{ndf}} = {style.text(content['chi2'], '.1f')}/{content['ndf']}$, "
        f"$p = {style.text(content['p_value'], '.2g')}$" + ("" if toys is None else f" (toys {toys:.2g})"),
        f"window, predicted: {_prediction(content)}",
    ]
    if content["window_simulated"]:
        lines.append(f"window, template: {_measurement(content['window_simulated'])}")
    if content["pull"] is not None:
        lines.append(f"pull: ${content['pull']:+.1f}$")
    return "\n".join(lines + _spurious(content.get("spurious_signal")))


def _spurious(found):
    """The spurious signal of the function, if it was looked for."""
    if not found:
        return []
    verdict = "met" if found["passes"] else "met if relaxed" if found["passes_relaxed"] else "not met"
    shares = zip(("n_sp_over_error", "n_sp_over_expected"), (r"\delta S", "S"), strict=True)
    of = ", ".join(rf"${100 * abs(found[key]):.0f}\,\%\,{symbol}$" for key, symbol in shares if found[key] is not None)
    return [rf"$N_\mathrm{{sp}} = {found['n_sp']:+.2g}$ ({of}), criterion {verdict}"]


def _prediction(content):
    """The extrapolated yield; with the interval of its profile likelihood where that is not symmetric."""
    interval, value = content.get("window_yield_interval"), content["window_yield"]["value"]
    if interval is None or value is None:
        return _measurement(content["window_yield"])
    below, above = value - interval["low"], interval["high"] - value
    if max(below, above) < 1.1 * min(below, above):
        return _measurement(content["window_yield"])
    digits = _digits(min(below, above))
    return rf"${value:.{digits}f}^{{+{above:.{digits}f}}}_{{-{below:.{digits}f}}}$"


def _function(name):
    """A function is called by its family and its order."""
    families = {"exp": "exponential", "pow": "power law", "bern": "Bernstein"}
    family, order = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    return f"{families[family]}, order {order}" if family in families and order else name


def _measurement(content):
    value, error = style.value_error(content)
    digits = _digits(error)
    return rf"${style.text(value, f'.{digits}f')} \pm {style.text(error, f'.{digits}f')}$"


def _digits(error):
    """Decimals that an error leaves meaningful."""
    return 0 if error >= 10 else 1 if error >= 0.3 else 2
