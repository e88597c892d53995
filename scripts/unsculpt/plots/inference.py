"""Fits of simulators: proposals with what no data tell apart, distributions, losses, gradients, the full simulator."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from unsculpt.plots import style
from unsculpt.simulators import mixture_width

GAMMAS = ("#3f90da", "#bd1f01", "#ffa90e", "#832db6")  # colours of the entropy weights, in their order
LINES = ("-", "--", ":", "-.")
SIGMAS = (1, 2, 3)
_TRUTH = {"color": "black", "marker": "*", "markersize": 13, "linestyle": "none", "zorder": 5}
_COLUMNS = 3  # of panels side by side


@dataclass(frozen=True)
class About:
    """What all figures of a study share.

    label : text on every figure.
    simulators : this part of the configuration, for labels.
    """

    label: str
    simulators: dict

    def name(self, simulator):
        """Label of a simulator."""
        return self.simulators[simulator].get("latex", simulator.replace("_", " "))

    def identify(self, axes, text):
        """Write what a panel shows above it."""
        axes.set_title("  ".join(filter(None, [self.label, text])), loc="left")


def gammas_of(content):
    """The entropy weights of the fits of a simulator, in ascending order."""
    return sorted({model["gamma"] for model in content["models"]})


def gamma_label(gamma):
    """What fits with an entropy weight are called in legends."""
    return rf"$\gamma = {gamma:g}$"


def chosen(content, gamma, controlled=True):
    """Indices of the models with this weight."""
    models = enumerate(content["models"])
    return [k for k, model in models if model["gamma"] == gamma and model["controlled"] == controlled]


def grid(number, width=4.6, height=4.0, columns=_COLUMNS):
    """A figure with so many panels, and these as a flat list."""
    columns = min(columns, number)
    rows = -(-number // columns)
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for panel in panels[number:]:
        panel.set_axis_off()
    return figure, panels[:number]


def plain_fits(fits):
    """The simulators that can describe their data and are no full ones."""
    return {name: c for name, c in fits.items() if c["dispersion"] == 1 and c["process"] != "hadrons"}


def proposals(fits, about):
    """Contours of the fitted q of the simulators with two parameters, with the truth (arXiv:1707.07113, fig. 2a).

    Parameters
    ----------
    fits : dict
        By simulator fits/{simulator}.json.
    about : About

    Returns
    -------
    Figure
        One, two and three standard deviations of the fits to the first data set, the means of all; where data know a
        combination of the parameters only, the line on which it is the true one.
    """
    shown = {name: content for name, content in fits.items() if len(content["parameters"]) == 2}
    figure, panels = grid(len(shown), width=5.6, height=5.0, columns=2)
    for panel, (name, content) in zip(panels, shown.items(), strict=True):
        truth = style.numbers(content["true_parameters"])
        reach = np.zeros(2)
        for gamma, colour in zip(gammas_of(content), GAMMAS, strict=False):
            rows = chosen(content, gamma)
            means, widths = (style.numbers([content["models"][k][key] for k in rows]) for key in ("mean", "width"))
            for sigma in SIGMAS:
                shape = Ellipse(
                    means[0], *(2 * sigma * widths[0]), fill=False, edgecolor=colour, alpha=1.15 - 0.25 * sigma
                )
                panel.add_patch(shape)
            panel.plot(*means.T, "o", color=colour, markersize=4, label=gamma_label(gamma))
            reach = np.maximum(reach, np.max(np.abs(means - truth) + 3.2 * widths, axis=0))
        if content["ridge"]:
            panel.plot(*style.numbers(content["ridge"]).T, label="the same $c$", **style.GUIDE)
        panel.plot(*truth, label="truth", **_TRUTH)
        low, high = truth - reach, truth + reach
        panel.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        panel.set(xlabel=content["symbols"][0], ylabel=content["symbols"][1])
        panel.legend(loc="upper right", fontsize=9)
        about.identify(panel, about.name(name))
    return figure


def fitted(fits, about):
    """Data and events under the fitted q, with their ratio (arXiv:1707.07113, fig. 2b); arguments as of `proposals`."""
    shown = plain_fits(fits)
    figure = Figure(figsize=(4.4 * len(shown), 4.6), layout="constrained")
    axes = figure.subplots(2, len(shown), squeeze=False, sharex="col", height_ratios=[3, 1])
    for (top, bottom), (name, content) in zip(axes.T, shown.items(), strict=True):
        _distribution(top, bottom, content, 0)
        about.identify(top, about.name(name))
    axes[0, 0].legend(fontsize=9)
    axes[0, 0].set_ylabel("Events")
    axes[1, 0].set_ylabel("Fit / data")
    return figure


def _distribution(top, bottom, content, column):
    """One column of the data with Poisson errors, events under q of each weight, and their ratio to the data."""
    first = content["distributions"][0]["columns"][column]
    edges, data = style.numbers(first["edges"]), style.numbers(first["observed"])
    top.errorbar(style.centres(edges), data, style.counting_errors(data), label="data", **style.DATA)
    bottom.axhline(1, **style.GUIDE)
    error = style.divide(np.sqrt(data), data)
    bottom.stairs(1 + error, edges, baseline=1 - error, fill=True, color="0.88", linewidth=0)
    for part, colour, line in zip(content["distributions"], GAMMAS, LINES, strict=False):
        values = style.numbers(part["columns"][column]["fitted"])
        top.stairs(values, edges, baseline=None, color=colour, linestyle=line, label=gamma_label(part["gamma"]))
        ratio = np.where(data >= 5, style.divide(values, data), np.nan)
        bottom.stairs(ratio, edges, baseline=None, color=colour, linestyle=line, linewidth=1.4)
    top.set_ylim(0, None)
    if np.all(np.diff(edges) >= 1):  # counts
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    bottom.set(ylim=(0.8, 1.2), xlabel=content["columns"][column], xlim=(edges[0], edges[-1]))


def traces(fits, about):
    """The loss -U_d of all fits against the step of the proposal (arXiv:1707.07113, fig. 2c).

    Arguments as of `proposals`. Lines are means over the data sets, bands from the least to the largest.
    """
    figure, panels = grid(len(fits))
    for panel, (name, content) in zip(panels, fits.items(), strict=True):
        for gamma, colour, line in zip(gammas_of(content), GAMMAS, LINES, strict=False):
            loss = style.numbers([content["traces"][k]["loss"] for k in chosen(content, gamma)])
            steps = np.arange(1, loss.shape[1] + 1)
            panel.plot(steps, loss.mean(0), color=colour, linestyle=line, linewidth=1.2, label=gamma_label(gamma))
            panel.fill_between(steps, loss.min(0), loss.max(0), color=colour, alpha=0.2, linewidth=0)
        panel.axhline(0, **style.GUIDE)
        panel.set_yscale("symlog", linthresh=0.1)
        panel.set(xlabel="Step of the proposal", ylabel="$-U_d$")
        about.identify(panel, about.name(name))
    panels[0].legend()
    return figure


def misspecified(fits, about):
    """Widths of q against the step, and distributions, where no parameter describes the data.

    Arguments as of `proposals`. The width of a simulator that can describe its data, of the same process, is beside
    them; the dotted line is the spread of the parameter that a mixture needs to have the variance of the data.
    """
    process = next(c["process"] for c in fits.values() if c["dispersion"] != 1)
    shown = {name: c for name, c in fits.items() if c["process"] == process}
    shown = dict(sorted(shown.items(), key=lambda item: item[1]["dispersion"] != 1))
    figure = Figure(figsize=(4.4 * len(shown), 7.4), layout="constrained")
    axes = figure.subplots(3, len(shown), squeeze=False, height_ratios=[2.4, 3, 1])
    for (trace, top, bottom), (name, content) in zip(axes.T, shown.items(), strict=True):
        for gamma, colour, line in zip(gammas_of(content), GAMMAS, LINES, strict=False):
            widths = style.numbers([content["traces"][k]["width"] for k in chosen(content, gamma)])[..., 0]
            steps = np.arange(1, widths.shape[1] + 1)
            trace.plot(steps, widths.mean(0), color=colour, linestyle=line, label=gamma_label(gamma))
            trace.fill_between(steps, widths.min(0), widths.max(0), color=colour, alpha=0.2, linewidth=0)
        needed = mixture_width(np.exp(content["true_parameters"][0]), content["dispersion"])
        if needed:
            trace.axhline(needed, color="0.2", linestyle=":", label="of a mixture with this variance")
        trace.set(yscale="log", xlabel="Step of the proposal", ylim=(0.015, 1.5))
        about.identify(trace, f"{about.name(name)}, variance/mean = {content['dispersion']:g}")
        _distribution(top, bottom, content, 0)
        top.tick_params(labelbottom=False)
        bottom.set_ylim(0, 2)
    axes[0, 0].set_ylabel(f"Width of $q$ in {next(iter(shown.values()))['symbols'][0]}")
    axes[1, 0].set_ylabel("Events")
    axes[2, 0].set_ylabel("Fit / data")
    handles = {
        label: handle
        for panel in axes[:2].ravel()
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles))
    return figure


def variance(fits, about):
    """What a control variate does to the variance of the gradient, and to the fits; arguments as of `proposals`."""
    name, content = next((name, c) for name, c in fits.items() if c["variances"])
    rows = content["variances"]
    steps = [row["iteration"] for row in rows]
    plain, controlled = (style.numbers([row[key] for row in rows]) for key in ("plain", "controlled"))
    gain = np.median(plain / controlled, axis=-1)  # over the parameters: (iterations, models)
    figure = Figure(figsize=(13.2, 4.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for values, label, colour in ((plain, "without", "#e76300"), (controlled, "with control variate", "#832db6")):
        each = values[..., 0]  # of the first mean
        left.plot(steps, np.median(each, 1), "o-", color=colour, label=label)
        left.fill_between(steps, each.min(1), each.max(1), color=colour, alpha=0.2, linewidth=0)
    left.set(yscale="log", xlabel="Step of the proposal", ylabel="Variance of the gradient")
    left.legend()
    about.identify(left, f"{about.name(name)}, mean of {content['symbols'][0]}")
    middle.plot(steps, np.median(gain, 1), "o-", color="0.1", label="measured, median and range")
    middle.fill_between(steps, gain.min(1), gain.max(1), color="0.1", alpha=0.15, linewidth=0)
    offset, spread = (style.numbers([row[key] for row in rows]) for key in ("offset", "spread"))
    expected = np.median(1 + (offset / spread) ** 2, axis=1)
    middle.plot(
        steps, expected, "--", color="#bd1f01", linewidth=1.3, label=r"$1 + \langle d\rangle^2/\mathrm{var}(d)$"
    )
    middle.axhline(1, **style.GUIDE)
    middle.set(yscale="log", xlabel="Step of the proposal", ylabel="Variance without / with")
    middle.legend()
    gamma = max(gammas_of(content))
    for place, controls in enumerate((True, False)):
        offsets = [errors_off(content["models"][k]) for k in chosen(content, gamma, controls)]
        values = np.ravel(offsets)
        right.plot(np.full(len(values), place) + np.linspace(-0.12, 0.12, len(values)), values, "o", color=GAMMAS[1])
        rms = np.sqrt(np.mean(values**2))
        right.annotate(f"rms {rms:.2f}", (place, 0.03), xycoords=("data", "axes fraction"), ha="center")
    right.axhline(0, **style.GUIDE)
    right.set(xticks=[0, 1], xticklabels=["with control variate", "without"], xlim=(-0.5, 1.5))
    right.set_ylabel("($E_q$ - maximum likelihood) / error")
    right.tick_params(axis="x", which="minor", bottom=False, top=False)
    right.margins(y=0.25)
    return figure


def errors_off(model):
    """E_q less the maximum-likelihood estimate, in errors of the latter."""
    expected, best, error = (style.numbers(model[key]) for key in ("expected", "best", "error"))
    return (expected - best) / error


def hadrons(fits, about):
    """The full simulator: data and fit of each observable, and the fitted parameter of each data set.

    Arguments as of `proposals`.
    """
    name, content = next((name, c) for name, c in fits.items() if c["process"] == "hadrons")
    figure = Figure(figsize=(17.0, 4.6), layout="constrained")
    axes = figure.subplots(2, 4, height_ratios=[3, 1], sharex="col")
    for column, (top, bottom) in enumerate(axes[:, :3].T):
        _distribution(top, bottom, content, column)
        bottom.set_ylim(0.6, 1.4)
    axes[0, 0].legend()
    about.identify(axes[0, 0], about.name(name))
    axes[0, 0].set_ylabel("Events")
    axes[1, 0].set_ylabel("Fit / data")
    for panel in axes[:, 3]:
        panel.remove()
    panel = figure.add_subplot(axes[0, 0].get_gridspec()[:, 3])
    estimates(panel, content)
    panel.set(xlabel="Data set", ylabel=content["symbols"][0])
    panel.legend(fontsize=9)
    return figure


def estimates(panel, content):
    """E_q of each data set and weight beside the maximum-likelihood estimate with its error, and the truth."""
    models = content["models"]
    first = chosen(content, gammas_of(content)[0])
    places = np.arange(1, len(first) + 1)
    best, error = (style.numbers([models[k][key] for k in first])[:, 0] for key in ("best", "error"))
    panel.errorbar(places - 0.15, best, error, label="binned likelihood", **style.DATA)
    for i, (gamma, colour) in enumerate(zip(gammas_of(content), GAMMAS, strict=False)):
        rows = chosen(content, gamma)
        values, errors = (style.numbers([models[k][key] for k in rows])[:, 0] for key in ("expected", "error"))
        look = {"color": colour, "marker": "os^D"[i], "linestyle": "none", "linewidth": 1}
        panel.errorbar(places + 0.12 * i, values, errors, label=f"$E_q$, {gamma_label(gamma)}", **look)
    panel.axhline(models[0]["truth"][0], label="truth", **style.GUIDE)
    panel.set_xticks(places)
    panel.tick_params(axis="x", which="minor", bottom=False, top=False)


OF_FITS = {
    "proposals": proposals,
    "fitted": fitted,
    "traces": traces,
    "misspecified": misspecified,
    "variance": variance,
    "hadrons": hadrons,
}
