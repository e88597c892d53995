"""Tables of a background hypothesis of several samples; without rows where it is one sample."""

from unsculpt.tables.cells import Table, point_label, same_point

_ONE = "The background is one sample."


def composition(content, methods, of=None):
    """The samples of the background before and after the cut of the working point, or of another point."""
    chosen = of or content["working_point"]
    point = next((p for p in content["points"] if same_point(p, chosen)), {})
    keys = ("share_before", "share_after", "background_efficiency", "jsd")
    rows = [(part["name"], *(part[key] for key in keys)) for part in point.get("samples") or []]
    if rows:
        rows.append(("all", 1.0, 1.0, point["background_efficiency"], point["jsd"]))
        rows.append(("composition alone", None, None, None, point["jsd_composition"]))
    caption = (
        f"Samples of the background at {'' if of else 'the working point, '}{point_label(chosen, methods)}: a cut that "
        "is flat in the mass for each of them still sculpts their sum where it changes their shares, by the last line."
    )
    columns = ("Sample", "Share before", "Share after", "Background efficiency", "JSD")
    return Table("composition", caption, columns, tuple(rows), empty=_ONE)


def yields(content):
    """Simulated background of the categories, by sample."""
    categories = [row for row in content["categories"] if row.get("samples")]
    names = list(categories[0]["samples"]) if categories else []
    rows = [
        (row["name"], *(cell for name in names for cell in (row["samples"][name], row["samples"][name]["share"])))
        for row in categories
    ]
    columns = ("Category", *(head for name in names for head in (name, f"Share of {name}")))
    caption = "Simulated background of the categories by sample; events in the signal window at the luminosity."
    return Table("yields", caption, columns, tuple(rows), empty=_ONE)


def composition_column(points):
    """Headings and cells of the divergence of the composition; nothing where no point has one."""
    if not any(point.get("jsd_composition") for point in points):
        return (), [()] * len(points)
    return ("JSD of the composition",), [(point.get("jsd_composition"),) for point in points]
