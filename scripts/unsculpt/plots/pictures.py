"""Images, what an autoencoder gives back of them, and its error in each pixel."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from unsculpt.plots import style

_DECADES = 4  # that are shown
_ROWS = {"image": "Image", "given_back": "Given back", "squared_error": "Squared error"}


def pictures(content, study):
    """Mean images of both classes and single events in columns; image, what is given back, and squared error in rows.

    Images are drawn in units of the brightest pixel of the one in their column; errors in units of the mean squared
    pixel of what trained. What is below the scale, zero or negative stays white.

    Parameters
    ----------
    content : dict
        Of pictures/{bkg}/{method}.json.
    study : style.Study
    """
    columns = [(f"{study.sample(name)}, mean", mean) for name, mean in content["means"].items()]
    columns += [(_title(example, study), example) for example in content["examples"]]
    figure = Figure(figsize=(1.6 + 2.3 * len(columns), 7.8), layout="constrained")
    axes = figure.subplots(len(_ROWS), len(columns), squeeze=False, sharex=True, sharey=True)
    most = max(np.max(shown["squared_error"]) for _, shown in columns)
    norms = dict.fromkeys(_ROWS, LogNorm(10.0**-_DECADES, 1)) | {"squared_error": LogNorm(most * 10.0**-_DECADES, most)}
    for column, (title, shown) in zip(axes.T, columns, strict=True):
        brightest = np.max(shown["image"])
        for panel, key in zip(column, _ROWS, strict=True):
            scale = 1 if key == "squared_error" or brightest <= 0 else brightest
            values = style.positive(np.divide(shown[key], scale))
            values = np.where(values < norms[key].vmin, np.nan, values)
            colours = "magma_r" if key == "squared_error" else "viridis_r"
            mesh = panel.pcolormesh(values, norm=norms[key], cmap=colours, rasterized=True, linewidth=0)
            panel.set(aspect="equal", xticks=[], yticks=[])
            panel.minorticks_off()
            if panel in axes[:, -1]:
                label = "Mean squared pixel = 1" if key == "squared_error" else "Brightest pixel = 1"
                figure.colorbar(mesh, ax=panel, label=label, fraction=0.06)
        column[0].set_title(title, fontsize=10)
        column[-1].set_xlabel(f"error {shown['error']:.3g}", fontsize=10)
    for panel, name in zip(axes[:, 0], _ROWS.values(), strict=True):
        panel.set_ylabel(name)
    title = f"{study.name(content['method'], content['tag'])}   {style.words(study)}"
    figure.legend([], [], loc="outside upper right", title=title, title_fontsize=11)
    return figure


def _title(example, study):
    return f"{study.sample(example['class'])}, error above\n{100 * example['quantile']:g} % of the class"
