"""Table of the bump hunt: what fits find of the signal that was injected."""

from unsculpt.tables.cells import Table


def injection(names, content, chosen):
    """What the fit before any cut and after that of each point finds of each injected strength."""
    hunts = [content["initial"].get("injection"), *(point.get("injection") for point in content["points"])]
    strengths = [row["strength"] for row in next(filter(None, hunts), {"injected": []})["injected"]]
    rows = [
        (name, *_cells(hunt, len(strengths)))
        for name, hunt in zip(("no cut on a score", *names), hunts, strict=True)
        if strengths
    ]
    found = (
        f"{what} {strength:g}"
        for strength in strengths
        for what in ("Found of", "Error of template of", "Significance of")
    )
    columns = ("Selection", *found, "Limit expected", *(f"Limit of {strength:g}" for strength in strengths))
    caption = (
        "Bump hunt in the background template with injected signal; strengths in units of the expected signal, errors "
        "are those of data at the luminosity, limits at 95 % CL."
    )
    empty = "No signal is injected (fit.injection)."
    return Table("injection", caption, columns, tuple(rows), tuple(i + 1 for i in chosen), empty)


def _cells(hunt, strengths):
    """The cells of one hunt; nothing where there was none."""
    if hunt is None:
        return (None,) * (4 * strengths + 1)
    found = [cell for row in hunt["injected"] for cell in (row["fitted"], row["error_template"], row["significance"])]
    return (*found, hunt["limit_expected"], *(row["limit"] for row in hunt["injected"]))
