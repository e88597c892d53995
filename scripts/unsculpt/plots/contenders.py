"""Variational optimisation of one number, and adversarial variational optimisation beside its contenders."""

import numpy as np
from matplotlib.figure import Figure
from scipy.special import ndtr

from unsculpt.plots import style
from unsculpt.plots.inference import chosen, errors_off, gammas_of, grid

NAMES = {
    "avo": "AVO",
    "rejection_plain": "ABC, rejection alone",
    "rejection": "ABC, regression",
    "rejection_covariances": "ABC, covariances",
    "smc": "ABC, sequential",
    "ratio": "classifier",
    "likelihood": "exact likelihood",
}
LOOKS = {
    "avo": ("#bd1f01", "o"),
    "rejection_plain": ("#94a4a2", "v"),
    "rejection": ("#3f90da", "s"),
    "rejection_covariances": ("#00483f", "^"),
    "smc": ("#832db6", "D"),
    "ratio": ("#ffa90e", "P"),
    "likelihood": ("black", "*"),
}


_TICKS = (-1000, -100, -10, -3, 0, 3, 10, 100, 1000)
_SHADES = ("#ffa90e", "#e76300", "#bd1f01", "#832db6")  # of q from its first step to its last


def optimisation(content, about):
    """-sin(x)/x, plain descent caught in a ripple, and the path of a proposal over its expectation.

    Parameters
    ----------
    content : dict
        Contents by kind: optimisation, fits, contenders, dimensions, coverage, a list each.
    about : inference.About

    Returns
    -------
    Figure
    """
    found = content["optimisation"][0]
    x, f, mu, sigma, path = (style.numbers(found[key]) for key in ("x", "f", "mu", "sigma", "path"))
    descent = style.numbers(found["descent"])
    figure = Figure(figsize=(11.6, 5.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.1])
    top, bottom = left.subplots(2, sharex=True, height_ratios=[2, 1])
    right = right.subplots()
    top.plot(x, f, color="0.25", label="$f(x) = -\\sin(x)/x$")
    values = style.numbers([-np.sinc(value / np.pi) for value in descent])
    top.plot(descent, values, "s", color="#3f90da", markersize=4, label="gradient descent")
    top.set(ylabel="$f(x)$", ylim=(-1.1, 0.45))
    top.legend(loc="lower right", fontsize=9)
    about.identify(top, "the function, and $q$ on its way")
    for step, colour in zip(_steps(path), _SHADES, strict=True):
        at, width = path[step]
        bottom.plot(x, np.exp(-0.5 * ((x - at) / width) ** 2), color=colour, label=f"step {step}")
    bottom.set(xlabel="$x$", ylabel="$q(x)$ / largest", xlim=(x[0], x[-1]), ylim=(0, 1.1))
    bottom.legend(loc="upper right", fontsize=8)
    levels = np.linspace(-1, 0.1, 23)
    drawn = right.contourf(
        mu, sigma, style.numbers(found["expectation"]).T, levels=levels, cmap="viridis", extend="max"
    )
    figure.colorbar(drawn, ax=right, label=r"$U(\mu, \sigma) = E_q[f]$")
    right.plot(*path.T, color="#bd1f01", linewidth=1.6)
    for step, colour in zip(_steps(path), _SHADES, strict=True):
        right.plot(*path[step], "o", color=colour, markeredgecolor="white", markersize=6)
    right.plot(*path[-1], "*", color="white", markeredgecolor="black", markersize=14)
    right.set(yscale="log", xlabel=r"$\mu$", ylabel=r"$\sigma$", ylim=(sigma[0], sigma[-1]))
    about.identify(right, "what the proposal descends")
    return figure


def _steps(path):
    """Steps of the path at which q is drawn: the first, two on its way, the last."""
    return 0, len(path) // 8, len(path) // 6, len(path) - 1


def offsets_of(fits, contenders):
    """By contender the estimates less the maximum-likelihood one in errors of the latter, flat over sets and columns.

    Of the fits those with the largest entropy weight.
    """
    gamma = max(gammas_of(fits))
    rows = chosen(fits, gamma)
    found = {"avo": [errors_off(fits["models"][k]) for k in rows]}
    of_seed = {fits["models"][k]["seed"]: fits["models"][k] for k in rows}
    for row in contenders["results"]:
        model = of_seed[row["seed"]]
        found.setdefault(row["contender"], []).append(errors_off(model | {"expected": row["estimate"]}))
    return {name: np.ravel(values) for name, values in found.items()}


def contenders(content, about):
    """Estimates of all contenders on the same data with as many simulated events; arguments as of `optimisation`."""
    fits = {c["simulator"]: c for c in content["fits"]}
    shown = content["contenders"]
    figure, panels = grid(len(shown), width=4.6, height=3.7)
    for panel, one in zip(panels, shown, strict=True):
        found = offsets_of(fits[one["simulator"]], one)
        names = [name for name in NAMES if name in found]
        for place, name in enumerate(names):
            colour, marker = LOOKS[name]
            values = found[name]
            beside = place + np.linspace(-0.22, 0.22, len(values))
            panel.plot(values, beside, marker, color=colour, markersize=5)
            rms = np.sqrt(np.mean(values**2))
            panel.annotate(f"{rms:.3g}", (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=9)
        panel.axvspan(-1, 1, color="0.92", linewidth=0, zorder=0)
        panel.axvline(0, **style.GUIDE)
        panel.set_xscale("symlog", linthresh=3)
        reach = 1.5 * max(3, *(np.max(np.abs(values)) for values in found.values()))
        ticks = [tick for tick in _TICKS if abs(tick) < reach]
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set(xlim=(-reach, reach), ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)))
        panel.set_yticklabels([NAMES[name] for name in names])
        panel.tick_params(axis="y", which="both", left=False, right=False)
        panel.minorticks_off()
        panel.set_xlabel("(estimate - maximum likelihood) / error")
        about.identify(panel, about.name(one["simulator"]))
        panel.annotate("rms", (1.02, 1.02), xycoords="axes fraction", fontsize=9)
    return figure


def dimensions(content, about):
    """How far estimates are off against the number of parameters; arguments as of `optimisation`."""
    shown = sorted(content["dimensions"], key=lambda one: one["dimension"])
    figure = Figure(figsize=(6.6, 5.0), layout="constrained")
    axes = figure.subplots()
    numbers = [one["dimension"] for one in shown]
    for name in ("avo", "rejection_plain", "rejection", "smc"):
        colour, marker = LOOKS[name]
        sets = [
            [np.sqrt(np.mean(style.numbers(row["offset"]) ** 2)) for row in one["results"] if row["contender"] == name]
            for one in shown
        ]
        middle, low, high = (np.array([reduce(values) for values in sets]) for reduce in (np.mean, np.min, np.max))
        bars = np.stack([middle - low, high - middle])
        axes.errorbar(numbers, middle, bars, color=colour, marker=marker, linewidth=1.4, label=NAMES[name])
    axes.axhline(1, **style.GUIDE)
    axes.set(xscale="log", yscale="log", xlabel="Number of parameters")
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.tick_params(axis="x", which="minor", bottom=False, top=False)
    axes.set_ylabel("rms of (estimate - maximum likelihood) / error")
    axes.legend()
    about.identify(axes, "means of mixed normal variables")
    return figure


def coverage(content, about):
    """Pulls of many data sets beside a normal distribution; arguments as of `optimisation`."""
    found = content["coverage"][0]
    names = [name for name in ("likelihood", "avo", "rejection", "smc") if name in found["pulls"]]
    figure, panels = grid(len(names), width=3.7, height=3.7, columns=4)
    edges = np.linspace(-4, 4, 17)
    highest = 0.0
    for panel, name in zip(panels, names, strict=True):
        pulls = np.ravel(style.numbers(found["pulls"][name]))
        counts = np.histogram(np.clip(pulls, -3.99, 3.99), edges)[0]
        panel.stairs(counts, edges, fill=True, color=LOOKS[name][0], alpha=0.45)
        expected = len(pulls) * np.diff(ndtr(edges))
        panel.stairs(expected, edges, baseline=None, color="0.1", linewidth=1.4)
        words = f"mean {pulls.mean():+.2f}\nwidth {pulls.std(ddof=1):.2f}\nwithin 1: {np.mean(np.abs(pulls) < 1):.0%}"
        panel.annotate(words, (0.04, 0.96), xycoords="axes fraction", va="top", fontsize=9)
        panel.set(xlabel="(estimate - truth) / exact error")
        highest = max(highest, counts.max(), expected.max())
        about.identify(panel, NAMES[name])
    for panel in panels:
        panel.set_ylim(0, 1.5 * highest)
    panels[0].set_ylabel("Data sets")
    return figure


FIGURES = {"optimisation": optimisation, "contenders": contenders, "dimensions": dimensions, "coverage": coverage}
