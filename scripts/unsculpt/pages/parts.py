"""The generated parts of the pages by the name in their marker: tables and sentences, from what is kept of a run."""

from dataclasses import replace

from unsculpt import stories, tables, wings
from unsculpt.errors import InputError
from unsculpt.methods import families
from unsculpt.naming import is_plain
from unsculpt.pages import markers, numbers, sentences

PAGES = ("README.md", "docs/*.md")
CANDIDATES = 8  # the most sensitive ones
CRITERION = tables.CRITERION_MET
_FITS = {name: name for name in ("Selection", "Function", "p-value", "Predicted", "In the template", "Pull")}
_FITS |= {"Over its error": "Spurious signal over its error", CRITERION: CRITERION}
_CATEGORIES = ("Category", "S", "B", "Significance", "S/B", "Spurious signal", CRITERION)
_CANDIDATES = (  # with one of both merits
    *("Point", "Significance", "Rejection", "JSD / floor", "Bias / error of data", "Verdict", "Why not"),
)
_HUNTS = ("Point", "Share of signal [%]", "Pass", "Of them signal", "Function", "p-value", "Window [GeV]", "Local")
_HUNTS += ("Global", "Global is a lower limit")


def selection(known):
    """How each point selects and sculpts."""
    selected = tables.part(known["selection"], {name: name for name in ("Point", "AUC", "Rejection")})
    sculpted = tables.part(known["sculpting"], {name: name for name in ("JSD", "JSD / floor", "JSD beyond slope")})
    rows = tuple(a + b for a, b in zip(selected.rows, sculpted.rows, strict=True))
    return tables.to_markdown(replace(selected, columns=selected.columns + sculpted.columns, rows=rows))


def fits(known):
    """The sideband fits of all points, and their spurious signal."""
    return tables.to_markdown(tables.part(known["sideband_fits"], _FITS))


def in_ranges(kept, background):
    """Rejection and 1/JSD of all points in ranges of other columns, without a cut on the mass."""
    known = tables.of_background(kept["summary"], background, kept["methods"])
    found = [known[f"ranges_{name}"] for name in kept["summary"]["ranges"]]
    return "\n\n".join(tables.to_markdown(table) for table in found)


def injection(known):
    """What a bump hunt finds of the signal that was injected."""
    return tables.to_markdown(known["injection"])


def categories(known):
    """The categories of the working point."""
    return tables.to_markdown(tables.part(known["categories"], {name: name for name in _CATEGORIES}))


def candidates(known):
    """The most sensitive candidates for the working point."""
    table = known["candidates"]
    table = tables.part(table, {name: name for name in _CANDIDATES if name in table.columns})
    rows = [(*row[:-1], "chosen") if i in table.chosen else row for i, row in enumerate(table.rows)]
    chosen = tuple(i for i in table.chosen if i < CANDIDATES)
    return tables.to_markdown(replace(table, rows=tuple(rows[:CANDIDATES]), chosen=chosen))


def impacts(known):
    """What the systematic uncertainties cost."""
    return tables.to_markdown(known["impacts"])


def composition(kept, background):
    """What the cuts on the plain classifier and on the chosen one make of the samples."""
    content, methods = kept["summary"]["backgrounds"][background], kept["methods"]
    points = [point for point in content["points"] if is_plain(methods.get(point["method"], {}))][:1]
    points += [p for p in content["points"] if tables.same_point(p, content["working_point"]) and p not in points]
    found = [(tables.point_label(point, methods), tables.composition(content, methods, point)) for point in points]
    rows = tuple((name, *row) for name, table in found for row in table.rows)
    return tables.to_markdown(replace(found[0][1], columns=("Point", *found[0][1].columns), rows=rows, chosen=()))


def independence(known):
    """What the scores know of protected variables."""
    columns = ("Point", "Cross-entropy [nat]", "KS", "KS/floor", "JSD/floor", "Information [nat]")
    columns += ("Seen by the adversary [nat]",)
    return tables.to_markdown(tables.part(known["independence"], {name: name for name in columns}))


def exact(known):
    """Networks beside exact classifiers."""
    return tables.to_markdown(known["exact"])


def autoencoders(known):
    """Autoencoders beside other methods, and what a map of their scores leaves."""
    return tables.to_markdown(known["autoencoders"])


def hunts(kept, background):
    """What hunts found, of methods that are trained with several shares of signal, or else of all."""
    content, methods = kept["summary"]["backgrounds"][background]["hunts"], kept["methods"]
    several = [point for family in families(content, methods) if len(family) > 1 for point in family]
    names = {(point["method"], point["tag"]): tables.point_label(point, methods) for point in content}
    table = tables.hunts(names, several or content, methods)
    return tables.to_markdown(tables.part(table, {name: name for name in _HUNTS}))


def probes(known):
    """How well further signals are told from background."""
    return tables.to_markdown(known["probes"])


def published(known):
    """Taggers beside numbers of others, without what others published of accuracy and size."""
    table = known["published"]
    columns = [name for name in table.columns if name not in ("Accuracy, published", "Parameters, published")]
    return tables.to_markdown(tables.part(table, {name: name for name in columns}))


def learning_curves(known):
    """How well methods learn from how many events."""
    return tables.to_markdown(known["learning_curves"])


_OF_TABLES = {
    "autoencoders": autoencoders,
    "learning_curves": learning_curves,
    "probes": probes,
    "published": published,
    "independence": independence,
    "exact": exact,
    "selection": selection,
    "fits": fits,
    "injection": injection,
    "categories": categories,
    "candidates": candidates,
    "impacts": impacts,
}
_OF_BACKGROUND = {
    "composition": composition,
    "ranges": in_ranges,
    "hunts": hunts,
    "working_point": sentences.working_point,
    "before_cut": sentences.before_cut,
    "toys": sentences.toys,
}
OF_WINGS = "table"  # with the name of one of the tables of its page
_OF_STUDY = {"origin": sentences.origin, "samples": sentences.samples, "story": sentences.story}
_STAGES = dict.fromkeys(("fits", "before_cut", "injection"), "fits") | dict.fromkeys(
    ("categories", "impacts", "toys"), "categories"
)
NAMES = (*_OF_STUDY, *_OF_TABLES, *_OF_BACKGROUND, OF_WINGS)


def part(kept, name, background=None):
    """A generated part in Markdown.

    Parameters
    ----------
    kept : dict
        As `numbers.load` returns it.
    name : str
        One of `NAMES`.
    background : str, optional
        The hypothesis, for all but the parts of the whole study; of a wing the name of a table.

    Raises
    ------
    InputError
        If there is no such part, or the study has not what it needs.
    """
    if name not in NAMES:
        raise InputError(f"there is no part {name}; there are {', '.join(NAMES)}")
    if name == OF_WINGS:
        return of_wing(kept["summary"], background)
    known = kept["summary"].get("backgrounds", {})
    if (background is None) != (name in _OF_STUDY) or (background and background not in known):
        asked = f"the background {background}" if background else "no background"
        allowed = "none" if name in _OF_STUDY else " or ".join(known)
        raise InputError(f"the part {name} has {asked}, where it takes {allowed}")
    if name in _STAGES and _STAGES[name] not in kept["summary"]["stages"]:
        raise InputError(
            f"the part {name} is of the stage {_STAGES[name]}, which {kept['summary']['study']} leaves out"
        )
    try:
        if name in _OF_STUDY:
            return _OF_STUDY[name](kept)
        if name in _OF_BACKGROUND:
            return _OF_BACKGROUND[name](kept, background)
        return _OF_TABLES[name](tables.of_background(kept["summary"], background, kept["methods"]))
    except KeyError as error:
        study = kept["summary"]["study"]
        raise InputError(
            f"what is kept of the study {study} has no {error}, which the part {name} shows; keep a run of today's "
            f"code by `make docs-numbers STUDY={study}`"
        ) from error


def of_wing(summary, name):
    """A table of the page of a study of a wing."""
    wing = wings.of(summary)
    found = stories.tables(stories.of(wing).sections(summary[wing])) if wing else {}
    if name not in found:
        asked = ", ".join(found) or "none"
        raise InputError(f"the study {summary['study']} has no table {name} of a wing; it has {asked}")
    return tables.to_markdown(found[name])


def figures(root, study):
    """The figures of a study on the pages: (file in the folder of its run, path of the copy, its name)."""
    found = {}
    for page, text in _texts(root).items():
        for source, copy in markers.figures(text, study):
            target = page.parent / copy
            found[target.relative_to(root).as_posix()] = (source, target)
    return [(source, target, name) for name, (source, target) in found.items()]


def pages(root):
    """The pages of a checkout, by path their text as it should be.

    Parameters
    ----------
    root : pathlib.Path

    Returns
    -------
    dict
    """
    loaded = {}

    def make(study, name, background):
        if study not in loaded:
            loaded[study] = numbers.load(study, root)
        return part(loaded[study], name, background)

    return {path: markers.fill(text, path.relative_to(root), make) for path, text in _texts(root).items()}


def _texts(root):
    return {path: path.read_text(encoding="utf-8") for pattern in PAGES for path in sorted(root.glob(pattern))}
