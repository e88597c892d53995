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
        A row for each image and sample: overlays of all jets of a file after each step, colours of the share of the
        transverse momentum in a pixel; then of each network the mean of d logit / d pixel over the jets of the class,
        red where more light makes a jet more like signal.
    """
    rows = [(sample, name, image) for sample in means for name, image in sample["images"].items()]
    steps = max(len(image["steps"]) for *_, image in rows)
    figure = Figure(figsize=(_SIDE * 1.25 * (steps + len(gradients)), _SIDE * len(rows) + 0.5), layout="constrained")
    panels = figure.subplots(len(rows), steps + len(gradients), squeeze=False)
    for (sample, name, image), axes in zip(rows, panels, strict=True):
        edges = [np.linspace(-image["half_width"], image["half_width"], side + 1) for side in image["shape"]]
        top = max(np.max(step) for step in image["steps"].values())
        for axis, (step, mean) in zip(axes, image["steps"].items(), strict=False):
            light = np.ma.masked_less_equal(style.numbers(mean), 0)
            norm = LogNorm(top / 10**_DECADES, top)
            drawn = axis.pcolormesh(edges[1], edges[0], light, norm=norm, cmap="viridis", label=step, rasterized=True)
            axis.set_title(f"{study.latex(sample['sample'])}, {_STEPS[step]}", fontsize=9)
        figure.colorbar(drawn, ax=axes[steps - 1], label="share of $p_T$")
        for axis, content in zip(axes[steps:], gradients, strict=True):
            _gradient(figure, axis, content, sample["role"], name, edges, study)
        for axis in axes:
            axis.set_aspect("equal")
        axes[0].set_ylabel(r"$\phi'$")
    for axis in panels[-1]:
        axis.set_xlabel(r"$\eta'$")
    figure.suptitle(style.words(study), fontsize=10)
    return figure


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
