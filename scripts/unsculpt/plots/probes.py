"""How well methods tell samples from background, against the parameter in which these differ."""

from matplotlib.figure import Figure

from unsculpt.plots import style


def probes(points, about, study):
    """AUC against the value of the parameter, a line for each point of the grid.

    Parameters
    ----------
    points : list of dict
        Of probes/{bkg}/{method}.json, of all methods that are shown.
    about : dict
        Of the configuration, `probes.<name>`: the label of the axis, and the value of each sample.
    study : style.Study
    """
    figure = Figure(figsize=(8.6, 4.8), layout="constrained")
    axes = figure.subplots()
    ordered = sorted(about["samples"], key=about["samples"].get)
    values = [about["samples"][name] for name in ordered]
    axes.axhline(0.5, **style.GUIDE)
    for point in points:
        areas = style.numbers([style.value_error(point["samples"][name]["auc"]) for name in ordered])
        look = {"color": study.shade(point["method"], float(point["tag"])), "linestyle": study.line(point["method"])}
        look |= {"marker": study.marker(point["method"]), "markersize": 5}
        axes.errorbar(values, areas[:, 0], areas[:, 1], label=study.name(point["method"], point["tag"]), **look)
    axes.set(xlabel=about["label"], ylabel=f"AUC against {study.sample('background')}")
    axes.margins(x=0.06)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=9)
    style.identify(axes, study)
    return figure
