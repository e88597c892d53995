"""summary.json, headline, tables and page of a study of a wing; the numbers and words are those of the wing itself."""

from unsculpt import files
from unsculpt.version import VERSION


def of(wing):
    """The module of a wing that tells its story.

    It has `content(measured)`, the numbers of the study out of the files of its jobs; `headline(content)`, sentences;
    and `sections(content)`, of `wings.Section`.
    """
    if wing == "generation":
        from unsculpt.generation import story
    else:
        from unsculpt.inference import story
    return story


def assemble(wing, config, measured):
    """The summary of a study: what all summaries begin with, and the numbers of the wing under its name.

    Parameters
    ----------
    wing : str
    config : dict
        The resolved configuration.
    measured : list of dict
        Content of the files of its jobs.

    Returns
    -------
    dict
    """
    return {
        "study": config["study"],
        "title": config["title"],
        "unsculpt": VERSION,
        "config_digest": files.digest(config),
        "wing": wing,
        wing: of(wing).content(measured),
        "warnings": list(dict.fromkeys(files.warnings(*measured))),
    }


def tables(sections):
    """The tables of a page, by name."""
    return {table.name: table for section in sections for table in section.tables}
