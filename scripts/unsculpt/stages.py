"""The stages that a study may leave out, and what each of them owns; stdlib only."""

from dataclasses import dataclass

from unsculpt.errors import InputError


@dataclass(frozen=True)
class Stage:
    """A stage that a study may leave out; its rules are in rules/<name>.smk, the one of its figures is plot_<name>.

    name : in the key `stages` of the configuration.
    needs : names of the stages whose results it takes.
    files : kinds of files that `summarise` loads.
    keys : of a background hypothesis in summary.json, null without the stage.
    tables : names of the tables of a background hypothesis.
    sections : of the part of the page that tells of a background hypothesis.
    """

    name: str
    needs: tuple = ()
    files: tuple = ()
    keys: tuple = ()
    tables: tuple = ()
    sections: tuple = ()


STAGES = (
    Stage(
        name="fits",
        files=("initial", "fits"),
        keys=("initial",),
        tables=("sideband_fits", "injection"),
        sections=("fits",),
    ),
    Stage(
        name="categories",
        needs=("fits",),  # the working point must extrapolate well
        files=("categories", "combined"),
        keys=("categories", "combined", "search", "skipped"),
        tables=("categories", "yields", "data", "combined", "sensitivity", "impacts"),
        sections=("categories", "result"),
    ),
)
NAMES = tuple(stage.name for stage in STAGES)


def resolve(stages, window_gev, where):
    """The stages of a study in the order of the pipeline; null stands for all that it can have.

    Parameters
    ----------
    stages : list of str or None
        The key `stages` of the configuration.
    window_gev : pair of float or None
        The signal window.
    where : str
        The study, for the sentences.

    Examples
    --------
    >>> resolve(None, (120, 130), "study toy"), resolve(None, None, "study toy"), resolve(["fits"], (120, 130), "")
    (['fits', 'categories'], [], ['fits'])
    """
    if stages is None:
        return [] if window_gev is None else list(NAMES)
    for stage in STAGES:
        if stage.name not in stages:
            continue
        if window_gev is None:
            raise InputError(
                f"{where}: stages holds {stage.name}, which need a signal window, but mass.window_gev is null; give "
                "the window, or remove the key stages"
            )
        for needed in stage.needs:
            if needed not in stages:
                raise InputError(
                    f"{where}: stages holds {stage.name} without {needed}, which tell whether the sidebands of a point "
                    f"predict its window; add {needed}, or take out {stage.name}"
                )
    return [name for name in NAMES if name in stages]


def kept(names, kind, given):
    """Those of some names that no stage owns which a study leaves out, in their order.

    Parameters
    ----------
    names : iterable of str
    kind : str
        What the names are of: files, keys, tables or sections.
    given : collection of str
        The stages of the study.

    Examples
    --------
    >>> kept(("selection", "sideband_fits", "categories"), "tables", ["fits"])
    ['selection', 'sideband_fits']
    """
    missing = {name for stage in STAGES if stage.name not in given for name in getattr(stage, kind)}
    return [name for name in names if name not in missing]
