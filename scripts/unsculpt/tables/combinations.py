"""The table of how often the best combination of objects is the true one."""

from unsculpt.tables.cells import Table


def combinations(content):
    """The table of one file combinations/{combination}.json."""
    lines, name = content["efficiencies"], content["combination"]
    methods = [key for key in lines[0] if key == "trees" or key.startswith("chi-squared")]
    rows = tuple(
        (line["objects"], line["rows"], *(line[method] for method in methods), line.get("gain")) for line in lines
    )
    heads = tuple(method.replace("chi-squared", "χ²").replace("trees", "Trees") for method in methods)
    caption = (
        f"Rows with a true {name} in which the best one is true, against the number of objects that are combined; the "
        "gain is over the better χ². Each half of the events is judged by what was learnt from the other half."
    )
    return Table(f"combinations_{name}", caption, ("Objects", "Rows", *heads, "Gain"), rows)
