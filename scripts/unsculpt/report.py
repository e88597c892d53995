"""The report: one HTML page that needs no network, made of summary.json, the curves and the figures; no own numbers."""

import base64
import re
from pathlib import Path

import jinja2

from unsculpt import explorer, files, formulas, tables, wording
from unsculpt.naming import is_plain, method_label
from unsculpt.stages import kept

TEMPLATES = Path(__file__).parent / "templates"
MAX_SVG_BYTES = 150_000  # a larger figure goes in as PNG where that is smaller: the page has fifty figures or more

SECTIONS = {
    "problem": "The problem",
    "features": "Features",
    "training": "Training",
    "choice": "Trade-off and choice",
    "decorrelation": "Decorrelation",
    "points": "All points",
    "ranges": "In ranges of other quantities",
    "threshold": "Significance with a nuisance",
    "variations": "Scales of objects",
    "fits": "Sideband fits",
    "categories": "Categories",
    "result": "Combined result",
}

DRAWN = ("weighting", "posterior", "pictures", "map", "probes")  # figures of single methods, or probes


def build(summary, figures, *, methods, curves=None, provenance=None, seconds=None):
    """The page.

    Parameters
    ----------
    summary : dict
        Content of summary.json.
    figures : dict
        By background, empty for those of the whole study, and figure name the path of the SVG file; the PNG file lies
        beside it.
    methods : dict
        This part of the configuration, for labels.
    curves : dict, optional
        By background what the explorer shows (`explorer.content`).
    provenance : dict, optional
        seed : base seed; config : text of the resolved configuration; workflow : path of its figure;
        timings : rows (rule, jobs, seconds in all, seconds of the longest, largest memory in MB).
    seconds : dict, optional
        By background and method what its trainings took (`training_seconds`).

    Returns
    -------
    str
    """
    seconds = seconds or {}
    return _template("report.html.j2").render(
        summary=summary,
        figures={bkg: {name: embedded(path) for name, path in sorted(own.items())} for bkg, own in figures.items()},
        drawn={
            bkg: {kind: _of_methods(kind, figures.get(bkg, {})) for kind in DRAWN} for bkg in summary["backgrounds"]
        },
        captions=captions(),
        methods=methods,
        labels={name: formulas.markup(method_label(name, method)) for name, method in methods.items()},
        label=lambda point: formulas.markup(tables.point_label(point, methods)),
        sections=sections(summary),
        study_tables=tables.of_study(summary),
        tables={bkg: tables.of_background(summary, bkg, methods, seconds.get(bkg)) for bkg in summary["backgrounds"]},
        curves={bkg: explorer.script(content) for bkg, content in (curves or {}).items()},
        program=(TEMPLATES / "explorer.js").read_text(encoding="utf-8"),
        provenance=provenance or {},
        chosen=chosen,
        choices=tables.choices,
        plain_of=lambda background: _plain(background, methods),
    )


def build_wing(summary, headline, sections, figures, *, provenance=None):
    """The page of a study of a wing.

    Parameters
    ----------
    summary : dict
        Content of summary.json.
    headline : sequence of str
        Sentences.
    sections : sequence of wings.Section
    figures : dict
        By name the path of the SVG file; the PNG file lies beside it.
    provenance : dict, optional
        As for `build`.

    Returns
    -------
    str
    """
    return _template("wing.html.j2").render(
        summary=summary,
        headline=headline,
        sections=sections,
        figures={name: embedded(path) for name, path in figures.items()},
        captions=captions(summary["wing"]),
        provenance=provenance or {},
    )


def _template(name):
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: wording.NOTHING if value is None else value,
    )
    environment.filters |= {"number": wording.number, "pm": wording.measurement, "embedded": embedded}
    environment.filters |= {"math": formulas.markup, "letters": formulas.plain}
    environment.filters["cell"] = lambda value: formulas.markup(tables.text(value))
    return environment.get_template(name)


def sections(summary):
    """By name the titles of the sections that the part of the page on a background has."""
    missing = [name for name in ("ranges", "threshold", "variations") if not summary.get(name)]
    names = kept(SECTIONS, "sections", summary["stages"])
    return {name: SECTIONS[name] for name in names if name not in missing}


def save(page, path):
    """Write the page."""
    with files.written(path) as part:
        part.write_text(page, encoding="utf-8")


def captions(wing=""):
    """By figure of selections, or of a wing, its title and its caption, its text for readers who cannot see it as well.

    The files are those that `snakemake --report` shows: `**Title.** Caption`, reStructuredText.
    """
    folder = TEMPLATES / "captions"
    return {path.stem: _caption(path) for path in sorted((folder / wing).glob("*.rst"))} | {
        "workflow": _caption(folder / "workflow.rst")
    }


def _caption(path):
    text = " ".join(path.read_text(encoding="utf-8").split())
    return re.fullmatch(r"\*\*(.+?)\.\*\*\s(.+)", text).groups()


def chosen(background):
    """The point of the working point of a background."""
    wanted = background["working_point"]
    return next(p for p in background["points"] if all(p[key] == wanted[key] for key in ("method", "strength")))


def _of_methods(kind, figures):
    """The methods that have a figure of a kind."""
    return [name.removeprefix(f"{kind}_") for name in figures if name.startswith(f"{kind}_")]


def _plain(background, methods):
    """The point of the plain classifier, or None."""
    return next((p for p in background["points"] if is_plain(methods.get(p["method"], {}))), None)


def embedded(path):
    """A figure as a data URI: the SVG, or the PNG beside it when the SVG is large and the PNG smaller."""
    path = Path(path)
    size, other = path.stat().st_size, path.with_suffix(".png")
    if size > MAX_SVG_BYTES and other.stat().st_size < size:
        path = other
    kind = {".svg": "svg+xml", ".png": "png"}[path.suffix]
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def timings(benchmarks):
    """Jobs, time and memory of each rule, from the benchmark files of a run; the longest rule first.

    Returns
    -------
    list of (rule, jobs, seconds in all, seconds of the longest, largest resident memory in MB)
    """
    found = {}
    for path in sorted(Path(benchmarks).rglob("*.tsv")):
        row = _benchmark(path)
        rule = path.relative_to(benchmarks).parts[0].removesuffix(".tsv")
        memory = row.get("max_rss", "-")
        found.setdefault(rule, []).append((float(row["s"]), 0.0 if memory in ("-", "NA") else float(memory)))
    rows = [
        (rule, len(jobs), sum(s for s, _ in jobs), max(s for s, _ in jobs), max(m for _, m in jobs))
        for rule, jobs in found.items()
    ]
    return sorted(rows, key=lambda row: -row[2])


def training_seconds(benchmarks):
    """By background and method the seconds of all jobs that trained its models, by the clock, as they last ran."""
    found = {}
    for rule in ("train_models", "train_trees"):
        for path in sorted(Path(benchmarks, rule).rglob("*.tsv")):
            background, method, *_ = path.relative_to(Path(benchmarks, rule)).with_suffix("").parts
            own = found.setdefault(background, {})
            own[method] = own.get(method, 0.0) + float(_benchmark(path)["s"])
    return found


def _benchmark(path):
    """The columns of a benchmark file by name."""
    head, values = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[:2])
    return dict(zip(head, values, strict=False))
