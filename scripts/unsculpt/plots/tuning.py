"""A hyperparameter search: the objective of each trial, and which hyperparameters matter."""

import numpy as np
from matplotlib.figure import Figure

from unsculpt.plots import style

_CRITERIA = {
    "loss": "Validation loss",
    "constrained": r"$-\ln$ rejection (+ penalty)",
    "ratio": "$-$ (rejection + weight / JSD)",
    "significance": "$-$ expected significance",
}
_NAMES = {
    "learning_rate": "learning rate",
    "schedule": "schedule",
    "learning_rate_decay": "decay of the rate",
    "hidden_layers": "hidden layers",
    "log2_units": "units",
    "dropout": "dropout",
    "activation": "activation",
    "adversary_rate_ratio": "rate of adversary / classifier",
    "adversary_hidden_layers": "adversary: hidden layers",
    "log2_adversary_units": "adversary: units",
    "adversary_head": "adversary: head",
    "adversary_components": "adversary: components",
}
_TRIAL = {"color": style.BACKGROUND["color"], "linestyle": "none", "marker": "o", "markersize": 3.5, "linewidth": 1}
_BEST = {"color": style.SIGNAL["color"], "linewidth": 1.6}


def search(result, study):
    """Each trial as mean and standard deviation over the folds, the best objective so far, and the importances.

    The objective is the upper end of a bar. Pruned trials are crosses where they stopped, on the frame if they are far
    above; the dashed line is the objective of the study's own settings.

    Parameters
    ----------
    result : dict
        Content of tuning/{bkg}/{search}/result.json.
    study : style.Study
    """
    panels = 2 if result["importance"] else 1
    figure = Figure(figsize=(5.4 * panels, 4.2), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    _history(axes[0], result)
    if panels == 2:
        _importance(axes[1], result["importance"])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2 * panels)
    style.identify(axes[0], study, right=axes[-1])
    return figure


def _history(axes, result):
    complete = [trial for trial in result["trials"] if trial["state"] == "complete"]
    number = [trial["number"] for trial in complete]
    folds, values = style.numbers([trial["folds"] for trial in complete]), style.numbers([t["value"] for t in complete])
    mean = folds.mean(axis=1)
    own = result["choice"]["own"]["validation"]["value"]
    axes.errorbar(number, mean, yerr=values - mean, label="Trial", **_TRIAL)
    low, high = _range(np.concatenate([2 * mean - values, values, style.numbers([own])]))
    pruned = [
        (t["number"], np.mean(t["folds"]) if t["folds"] else np.inf) for t in result["trials"] if t["state"] == "pruned"
    ]
    if pruned:
        x, y = np.array(pruned).T
        axes.plot(
            x,
            np.minimum(y, high),
            color="0.55",
            linestyle="none",
            marker="x",
            markersize=4,
            label="Pruned",
            clip_on=False,
        )
    axes.step(
        [*number, len(result["trials"]) - 1],
        [*np.minimum.accumulate(values), values.min()],
        where="post",
        label="Best objective so far",
        **_BEST,
    )
    if own is not None:
        axes.axhline(own, label="The study's own settings", **style.GUIDE)
    axes.set(xlabel="Trial", ylabel=_CRITERIA[result["criterion"]], ylim=(low, high))


def _range(values):
    """Limits that hold the bulk of the values, and leave out what lies far above."""
    values = values[np.isfinite(values)]
    low, middle = values.min(), np.quantile(values, 0.5)
    high = min(values.max(), middle + 3 * (middle - low) + 1e-9)
    margin = 0.05 * (high - low) or 0.1 * abs(high) or 1
    return low - margin, high + margin


def _importance(axes, importance):
    rows = np.arange(len(importance))[::-1]
    values, errors = (style.numbers([entry[key] for entry in importance]) for key in ("value", "error"))
    axes.barh(rows, values, height=0.6, color=style.BACKGROUND["color"], alpha=0.6)
    axes.errorbar(values, rows, xerr=errors, color="0.2", linestyle="none", marker=".", linewidth=1)
    axes.set_yticks(rows, [_NAMES.get(entry["parameter"], entry["parameter"]) for entry in importance])
    axes.tick_params(axis="y", which="minor", left=False, right=False)
    axes.set(xlabel="Importance (PED-ANOVA)")
    axes.set_xlim(left=0)
