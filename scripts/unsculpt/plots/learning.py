"""How well methods learn from how many events."""

from matplotlib.figure import Figure

from unsculpt.plots import style


def curves(points, study):
    """Area under the ROC curve, and background rejections, against the events of each class, a line for each point.

    Parameters
    ----------
    points : list of dict
        Of learning/{bkg}/{method}.json, of all methods.
    study : style.Study

    Returns
    -------
    Figure
        Filled are the models of the study, hollow those that were trained for this figure. Of classes with different
        numbers of events the smaller counts.
    """
    efficiencies = [row["signal_efficiency"] for row in points[0]["curve"][0]["rejections"]]
    figure = Figure(figsize=(2.4 + 4.2 * (1 + len(efficiencies)), 4.4), layout="constrained")
    area, *others = figure.subplots(ncols=1 + len(efficiencies), sharex=True, squeeze=False)[0]
    for point in points:
        events = [min(row["events"].values()) for row in point["curve"]]
        look = {"color": study.shade(point["method"], float(point["tag"])), "linestyle": study.line(point["method"])}
        look |= {"marker": study.marker(point["method"]), "markersize": 5}
        columns = [[row["auc"] for row in point["curve"]]]
        columns += [[row["rejections"][i] for row in point["curve"]] for i in range(len(efficiencies))]
        for axes, column in zip((area, *others), columns, strict=True):
            known = style.numbers([style.value_error(number) for number in column])
            label = study.name(point["method"], point["tag"])
            axes.errorbar(events, known[:, 0], known[:, 1], label=label, **look, markerfacecolor="white")
            axes.plot(events[-1:], known[-1:, 0], **look, markerfacecolor=look["color"], zorder=3)
    area.set(xscale="log", ylabel=f"AUC against {study.sample('background')}")
    for axes, efficiency in zip(others, efficiencies, strict=True):
        axes.set(yscale="log", ylabel=rf"Background rejection, $\varepsilon_s={efficiency:g}$")
    figure.supxlabel("Events of each class to learn from", fontsize=11)
    figure.legend(*area.get_legend_handles_labels(), loc="outside right upper", fontsize=9)
    style.identify(area, study, (area, *others)[-1])
    return figure
