"""Mean images of jets after each step of their preparation, and what networks look at in them."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from unsculpt.plots import style

_STEPS = {"centre": "centred", "rotate": "turned", "flip": "flipped"}
_DECADES = 5  # that the colours of mean images span
_SIDE = 2.5  # inches of a panel


def images(means, gradients, study):
    """Mean images, sample by sample, and mean gradients of the networks on images.

    Parameters
    ----------
    means : list of dict
        Contents of images/{sample}.json.
    gradients : list of dict
        Contents of gradients/{bkg}/{method}.json.
    study : style.Study

    Returns
    -------
    Figure
        A row for each image and sample of signal and background: overlays of all jets of a file after each step,
        colours of the share of the transverse momentum in a pixel; then of each network the mean of d logit / d pixel
        over the jets of the class, red where more light makes a jet more like signal. Below them a panel for each
        further sample, after the last step.
    """
    rows = [(sample, name, image) for sample in means for name, image in sample["images"].items()]
    known = [
        row for row in rows if row[0]["role"] == "signal" or row[0]["sample"] in study.backgrounds[study.background]
    ]
    others = [row for row in rows if row not in known]
    steps = max(len(image["steps"]) for *_, image in rows)
    columns = steps + len(gradients)
    number = len(known) - (-len(others) // columns)
    figure = Figure(figsize=(_SIDE * 1.25 * columns, _SIDE * number + 0.5), layout="constrained")
    panels = figure.subplots(number, columns, squeeze=False)
    for (sample, name, image), axes in zip(known, panels, strict=False):
        for axis, step in zip(axes, image["steps"], strict=False):
            drawn = _overlay(axis, sample["sample"], image, step, study)
        figure.colorbar(drawn, ax=axes[steps - 1], label="share of $p_T$")
        for axis, content in zip(axes[steps:], gradients, strict=True):
            _gradient(figure, axis, content, sample["role"], name, _edges(image), study)
    free = panels[len(known) :].ravel()
    for (sample, _, image), axis in zip(others, free, strict=False):
        drawn = _overlay(axis, sample["sample"], image, list(image["steps"])[-1], study)
        figure.colorbar(drawn, ax=axis, label="share of $p_T$")
    for axis in free[len(others) :]:
        axis.set_axis_off()
    for axis in panels.ravel():
        axis.set_aspect("equal")
    for axis in panels[:, 0]:
        axis.set_ylabel(r"$\phi'$")
    for axis in panels[-1]:
        axis.set_xlabel(r"$\eta'$")
    figure.suptitle(style.words(study), fontsize=10)
    return figure


def _edges(image):
    """Edges of the pixels, of rows and of columns."""
    return [np.linspace(-image["half_width"], image["half_width"], side + 1) for side in image["shape"]]


def _overlay(axis, sample, image, step, study):
    """The mean image of a sample after a step; colours are those of its brightest step."""
    top = max(np.max(mean) for mean in image["steps"].values())
    light = np.ma.masked_less_equal(style.numbers(image["steps"][step]), 0)
    norm, (rows, columns) = LogNorm(top / 10**_DECADES, top), _edges(image)
    drawn = axis.pcolormesh(columns, rows, light, norm=norm, cmap="viridis", label=step, rasterized=True)
    axis.set_title(f"{study.latex(sample)}, {_STEPS[step]}", fontsize=9)
    return drawn


def _gradient(figure, axis, content, role, name, edges, study):
    """The mean gradient of one network on the jets of one class; nothing for one that sees another image."""
    if content["image"] != name:
        axis.set_axis_off()
        return
    values = style.numbers(content["gradients"][role])
    most = np.quantile(np.abs(values), 0.999)
    label = f"gradient of {content['method']}"
    drawn = axis.pcolormesh(
        edges[1], edges[0], values, vmin=-most, vmax=most, cmap="RdBu_r", label=label, rasterized=True
    )
    axis.set_title(f"{study.name(content['method'], content['tag'])}", fontsize=9)
    figure.colorbar(drawn, ax=axis, label="d logit / d pixel")
