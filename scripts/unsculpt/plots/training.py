"""Histories of training: losses of networks against the epoch, or of boosted trees against their number."""

from matplotlib.figure import Figure

from unsculpt.plots import style

_NAMES = {"adversarial": (r"$L_\mathrm{adv}$", "-"), "disco": (r"distance correlation", "+"), "mode": ("MoDe", "+")}


def training(method, histories, plain, study):
    """Classifier loss, adversary loss (or penalty), and their combination, against the epoch.

    Each strength is the mean over folds and seeds on the held-out events, its band their standard deviation; the mean
    on the training events is dotted. A model that stopped early stays at the losses of the epoch that it kept. Guides:
    the loss of the stand-alone classifier, and the entropy of the mass, which an adversary without any information
    reaches. The combination is drawn relative to that entropy, so that all strengths share one scale and end, ideally,
    on the stand-alone classifier. Models that each channel has for itself fill a column for each channel. Of boosted
    trees there is the loss alone.

    Parameters
    ----------
    method : str
        Name of the method.
    histories, plain : list of dict
        Contents of training/{bkg}/{method}/{part}.json, of trees trees.json, of the method and of the plain classifier.
    study : style.Study
    """
    objective = study.methods[method]["objective"]
    reconstructs = study.methods[method].get("task") in ("reconstruction", "inverse")
    own_loss = r"L_\mathrm{rec}" if reconstructs else r"L_\mathrm{clf}"  # to be compared with no classifier's
    channels = list(dict.fromkeys(model["channel"] for history in histories for model in history["models"]))
    rows, columns = 3 if objective in _NAMES else 1, max(len(channels), 1)
    figure = Figure(figsize=(2 + 5.6 * columns, 2.4 * rows + (1.6 if rows == 1 else 0.6)), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey="row", squeeze=False)
    for channel, column in zip(channels, axes.T, strict=False):
        own, alone = ([h for h in given if _channel(h) in (channel, "all")] for given in (histories, plain))
        entropy = own[0]["reference"].get("entropy") if objective == "adversarial" else None
        models = [model for history in own for model in history["models"]]
        for strength in study.methods[method]["strengths"]:
            _strength(column, [m for m in models if m["strength"] == strength], method, strength, entropy, study)
        _guides(column, [] if method == study.plain or reconstructs else alone, entropy, study)
        column[-1].set_xlabel("Epoch" if objective in ("none", *_NAMES) else "Trees")
        if columns > 1:
            place = {"transform": column[0].transAxes, "ha": "right", "va": "top"}
            column[0].text(0.97, 0.95, channel.capitalize(), **place)
    if rows == 3:
        name, sign = _NAMES[objective]
        shifted = f"({name} $- H$)" if objective == "adversarial" else name
        axes[1, 0].set_ylabel(name)
        axes[2, 0].set_ylabel(rf"${own_loss} {sign} {study.symbol(method)}$ {shifted}")
    axes[0, 0].set_ylabel(f"${own_loss}$")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper")
    style.identify(axes[0, 0], study)
    return figure


def _channel(history):
    """The channel whose events the models of a training job learnt from, or "all"."""
    return history["models"][0]["channel"] if history["models"] else "all"


def _strength(axes, models, method, strength, entropy, study):
    """The curves of one strength in all panels."""
    if not models:
        return
    colour, label = study.shade(method, strength), study.name(method, strength)
    epochs = max((model["epochs"] for model in models), key=len)
    for part, look in (("validation", {"label": label}), ("train", {"linestyle": ":", "linewidth": 1})):
        curves = [_losses(models, f"classifier_{part}")]
        if len(axes) == 3:
            shift = strength * (entropy or 0)
            curves += [_losses(models, f"adversary_{part}"), _losses(models, f"total_{part}") + shift]
        for panel, curve in zip(axes, curves, strict=True):
            mean, spread = curve.mean(axis=0), curve.std(axis=0)
            panel.plot(epochs, mean, color=colour, **look)
            if part == "validation":
                panel.fill_between(epochs, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)


def _losses(models, key):
    """History of a loss, one row for each model; a shorter one goes on as it was in the epoch that was kept."""
    longest = max(len(model[key]) for model in models)
    rows = [model[key] + [_kept(model, key)] * (longest - len(model[key])) for model in models]
    return style.numbers(rows)


def _kept(model, key):
    """A loss in the epoch whose weights were kept."""
    return model[key][model.get("best_epoch", len(model["epochs"])) - 1]


def _guides(axes, plain, entropy, study):
    """Lines of the stand-alone classifier (mean over folds and seeds, at its end) and of the entropy."""
    axes[0].plot([], [], color="0.4", linestyle=":", linewidth=1, label="on training events")
    models = [model for history in plain for model in history["models"]]
    if models:
        end = style.numbers([_kept(model, "classifier_validation") for model in models]).mean()
        label = f"{study.name(study.plain, '0')} alone"
        for panel in axes[::2]:  # the first, and the third where there is one
            panel.axhline(end, color=study.colour(study.plain), linestyle="--", linewidth=1.2, label=label)
    if entropy is not None:
        axes[1].axhline(entropy, **style.GUIDE)
        place = {"transform": axes[1].get_yaxis_transform(), "ha": "right", "va": "bottom"}
        axes[1].text(0.99, entropy, "entropy $H$", fontsize=9, **place)
        low, high = axes[1].get_ylim()
        axes[1].set_ylim(low, max(high, entropy + 0.12 * (entropy - low)))
