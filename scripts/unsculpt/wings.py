"""Studies that select nothing, the wings of the house: which there are, and the parts of their pages; stdlib only."""

from dataclasses import dataclass

WINGS = ("generation", "inference")
SHARED = ("study", "base", "title", "seed", "figure_label")  # keys that all studies have


@dataclass(frozen=True)
class Section:
    """A part of the page of a wing.

    title : its heading.
    text : paragraphs.
    tables : of `tables.Table`; they are written as CSV and LaTeX, too.
    figures : names of figures, with the captions templates/captions/<wing>/<name>.rst; one that is not drawn is left
        out.
    """

    title: str
    text: tuple = ()
    tables: tuple = ()
    figures: tuple = ()


def of(config):
    """The wing whose block stands in a configuration; None for a selection.

    Examples
    --------
    >>> of({"study": "avo", "inference": {}}), of({"study": "tthyy", "samples": {}})
    ('inference', None)
    """
    return next((wing for wing in WINGS if wing in config), None)
