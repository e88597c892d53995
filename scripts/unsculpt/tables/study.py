"""All tables of a study: of its samples, and of each background hypothesis."""

from dataclasses import replace

from unsculpt import wording
from unsculpt.naming import method_label
from unsculpt.stages import kept
from unsculpt.tables.anomalies import autoencoders, hunts, probes
from unsculpt.tables.categories import categories, combined, data, impacts, sensitivity
from unsculpt.tables.cells import Table, or_else, point_label, same_point, yes
from unsculpt.tables.combinations import combinations
from unsculpt.tables.independence import exact, independence
from unsculpt.tables.injection import injection
from unsculpt.tables.learning import learning_curves
from unsculpt.tables.mixtures import composition, yields
from unsculpt.tables.points import candidates, comparison, sculpting, selection, sideband_fits
from unsculpt.tables.published import published
from unsculpt.tables.ranges import in_ranges, of_ranges
from unsculpt.tables.threshold import threshold
from unsculpt.tables.variations import variations

STUDY = ("samples", "cutflow")  # names of the tables of the whole study, and of those of each background hypothesis
BACKGROUND = (
    *("comparison", "selection", "sculpting", "composition", "sideband_fits", "injection", "candidates"),
    *("categories", "yields", "data", "combined", "sensitivity", "impacts", "features", "networks"),
)
_SAME = ("independence", "exact", "threshold", "variations", "published", "learning_curves", "probes")
ASKED = {name: name for name in _SAME} | {"hunts": "hunt"}  # tables of studies with a key, and which
_OF_THE_WORKING_POINT = ("composition", "categories", "yields", "data", "combined", "sensitivity", "impacts")


def of_study(summary):
    """Tables of the whole study by name: samples, their cut flows, and how often combinations of objects are found."""
    samples = summary["samples"]
    hidden = {name: "blind" if sample["cutflow"][0][1] is None else None for name, sample in samples.items()}
    rows = [
        (
            name,
            sample.get("role"),
            sample.get("cross_section_pb"),
            sample.get("branching_ratio"),
            or_else(sample["events_read"], hidden[name]),
            sample["events_selected"],
            or_else(sample["sum_weights"], hidden[name]),
            sample.get("scale"),
            sample.get("generator") or "files of the user",
        )
        for name, sample in samples.items()
    ]
    columns = (
        "Sample",
        "Role",
        "Cross-section [pb]",
        "Branching ratio",
        "Events read",
        "Selected",
        "Sum of weights read",
        "Scale",
        "Made by",
    )
    cuts = [
        (name, cut, *(or_else(number, hidden[name]) for number in numbers))
        for name, sample in samples.items()
        for cut, *numbers in sample["cutflow"]
    ]
    return _by_name(
        Table("samples", "Samples; weights are normalised to the luminosity.", columns, tuple(rows)),
        Table(
            "cutflow",
            "Cut flow of each sample; of blinded events only what is left at its end.",
            ("Sample", "Cut", "Events", "Sum of raw weights"),
            tuple(cuts),
        ),
        *(combinations({"combination": name} | about) for name, about in (summary.get("combinations") or {}).items()),
    )


def of_background(summary, background, methods, seconds=None):
    """Tables of one background hypothesis by name, without those of stages that the study leaves out.

    Parameters
    ----------
    summary : dict
        Content of summary.json.
    background : str
    methods : dict
        The sub-tree `methods` of the configuration, for labels.
    seconds : dict, optional
        By method what its trainings took, for the page alone.
    """
    content, stages, blind = summary["backgrounds"][background], summary["stages"], summary.get("blind")
    points = content["points"]
    chosen = tuple(i for i, point in enumerate(points) if same_point(point, content["working_point"]))
    names = [point_label(point, methods) for point in points]
    makers = {
        "comparison": lambda: comparison(content, methods, stages),
        "selection": lambda: selection(names, points, chosen),
        "sculpting": lambda: sculpting(names, points, chosen),
        "composition": lambda: composition(content, methods),
        "sideband_fits": lambda: sideband_fits(names, content, chosen),
        "injection": lambda: injection(names, content, chosen),
        "candidates": lambda: candidates(content, methods, stages),
        "categories": lambda: categories(content),
        "yields": lambda: yields(content),
        "data": lambda: data(content, blind),
        "combined": lambda: combined(content, blind),
        "sensitivity": lambda: sensitivity(content, blind),
        "impacts": lambda: impacts(content),
        "features": lambda: features(content),
        "networks": lambda: networks(content, methods),
    }
    known = {name: makers[name]() for name in kept(BACKGROUND, "tables", stages)}
    if not content["working_point"].get("qualified", True):
        for name in kept(_OF_THE_WORKING_POINT, "tables", stages):
            known[name] = replace(known[name], caption=f"{wording.UNQUALIFIED}. {known[name].caption}")
    for name, about in summary.get("ranges", {}).items():
        known[of_ranges(name)] = in_ranges(name, about, names, points, chosen)
    if any(point.get("independence") for point in points):
        known["independence"] = independence(names, points, chosen)
    if content.get("exact"):
        known["exact"] = exact(content["exact"], methods)
    called = {(point["method"], point["tag"]): name for point, name in zip(points, names, strict=True)}
    if content.get("threshold"):
        known["threshold"] = threshold(called, content["threshold"])
    if summary.get("published"):
        known["published"] = published(names, points, content, summary["published"], seconds)
    if any(len(point["curve"]) > 1 for point in content.get("learning") or ()):
        known["learning_curves"] = learning_curves(content["learning"], methods)
    if content.get("variations"):
        marked = [list(called)[i] for i in chosen]
        known["variations"] = variations(called, content["variations"], marked)
    if any(point.get("loss") for point in points):
        known["autoencoders"] = autoencoders(names, points, methods, chosen)
    if content.get("hunts"):
        known["hunts"] = hunts(called, content["hunts"], methods)
    if content.get("probes"):
        known["probes"] = probes(called, content["probes"], points, summary["probes"])
    return known


def features(content):
    """Correlation of each feature with the mass, and what it is worth to the classifier."""
    drops = {entry["feature"]: {"value": entry["drop_auc"], "error": entry["error"]} for entry in content["importance"]}
    errors = content.get("correlations_error", {})
    rows = [
        (name, {"value": value, "error": errors.get(name)}, drops.get(name))
        for name, value in content["correlations"].items()
    ]
    caption = "Linear correlation of the background with the mass, and loss of AUC when the feature is shuffled."
    return Table("features", caption, ("Feature", "Correlation", "Loss of AUC"), tuple(rows))


def networks(content, methods):
    """The layers of the networks, one set for each method."""
    rows = [
        (
            method_label(method, methods.get(method, {})),
            layer["network"],
            layer["layer"],
            " × ".join(map(str, layer["shape"])),
            layer["activation"],
            yes(layer["batch_normalisation"]),
            layer["dropout"],
            layer["parameters"],
        )
        for method in (name for name in methods if name in content.get("networks", {}))
        for layer in content["networks"][method]
    ]
    columns = (
        *("Method", "Network", "Layer", "Inputs × outputs", "Activation"),
        *("Batch normalisation", "Dropout", "Parameters"),
    )
    return Table("networks", "Layers of the networks of one model.", columns, tuple(rows), empty="There is no network.")


def _by_name(*tables):
    return {table.name: table for table in tables}
