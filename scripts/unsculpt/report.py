"""The report: one HTML page that needs no network, made of summary.json and the figures; no numbers of its own."""

import base64
import math
from pathlib import Path

import jinja2

from unsculpt import files
from unsculpt.naming import method_label

TEMPLATES = Path(__file__).parent / "templates"
NOTHING = "not computed yet"
MAX_SVG_BYTES = 400_000  # larger figures go in as PNG, so that the page stays below 15 MB

SECTIONS = {
    "problem": "The problem",
    "features": "Features",
    "training": "Training",
    "choice": "Trade-off and choice",
    "points": "All points",
    "fits": "Sideband fits",
    "categories": "Categories",
    "result": "Combined result",
}

# What each figure shows: its title, and the caption that also is its text for readers who cannot see it.
FIGURES = {
    "mass": (
        "Mass spectrum",
        "Expected mass spectrum, signal stacked on background, with the data and their ratio to it. While the study is "
        "blind there are no data in the shaded signal window.",
    ),
    "correlations": (
        "Correlation with the mass",
        "Linear correlation of each input feature with the mass, for signal and background. Features that know the "
        "mass let a classifier sculpt it, even if the mass itself is not among them.",
    ),
    "features": (
        "Input features",
        "Shapes of all input features for signal and background, and for data where there are any with their ratio to "
        "background. Events beyond a range are counted in its outermost bin.",
    ),
    "importance": (
        "Importance of the features",
        "Loss of area under the ROC curve of the plain classifier when one feature is shuffled, most important first.",
    ),
    "sculpting": (
        "Sculpting, before and after",
        "Shape of the background mass before any cut, after the cut on the plain classifier, and after the cut on the "
        "chosen one at the same signal efficiency. Below: the ratio to the shape before the cut; flat is unsculpted.",
    ),
    "training": (
        "Training",
        "Losses against the epoch, mean and spread over the folds on held-out events; dotted: on training events. The "
        "adversary has learnt nothing of the mass when its loss is the entropy H of the mass spectrum. The third panel "
        "is the objective of the classifier, relative to that entropy so that all strengths share a scale.",
    ),
    "roc": (
        "ROC curves",
        "Background rejection against signal efficiency for all points of the grid, and the ratio to the plain "
        "classifier.",
    ),
    "tradeoff": (
        "Trade-off",
        "Background rejection against 1/JSD of all points: to the right selects better, upwards sculpts less. Beyond "
        "the dashed line of 1/floor no selection of this size can be told from one that ignores the mass.",
    ),
    "jsd": (
        "Sculpting at every cut",
        "Jensen-Shannon divergence of the passing background against its efficiency, and the floor: what a selection "
        "of the same size shows that ignores the mass.",
    ),
    "efficiency_profile": (
        "Efficiency against the mass",
        "Background efficiency in bins of mass for cuts of inclusive efficiency 5, 10, 20, 40 and 80 % (dashed).",
    ),
    "scores": (
        "Scores",
        "Scores of signal, background and data for the plain and for the chosen classifier, with the cut of the "
        "working point.",
    ),
    "fit_initial": (
        "Sideband fit before any cut",
        "Fit of the background template in the sidebands, extrapolated through the window (hollow points are not "
        "fitted), with its pulls.",
    ),
    "fit_nn": ("Sideband fit after the plain classifier", "The same after the cut on the plain classifier."),
    "fit_chosen": ("Sideband fit after the chosen classifier", "The same after the cut on the chosen classifier."),
    "categories": (
        "Categories",
        "Mass spectrum of each final category: signal on background, the fit of the sidebands, and data outside the "
        "window; below, the pulls of the simulated background.",
    ),
    "significance": ("Significance", "Expected significance of each category, and of all together."),
}


def build(summary, figures, *, methods, seed):
    """The page.

    Parameters
    ----------
    summary : dict
        Content of summary.json.
    figures : dict
        By background and figure name the path of the SVG file; the PNG file lies beside it.
    methods : dict
        This part of the configuration, for labels.
    seed : int
        Base seed of the study.

    Returns
    -------
    str
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: NOTHING if value is None else value,
    )
    environment.filters |= {"number": number, "pm": measurement, "jsd": divergence}
    labels = {name: method_label(name, method) for name, method in methods.items()}
    plain = next((name for name, method in methods.items() if method["objective"] == "none"), None)

    def label(point):
        name = labels.get(point["method"], point["method"])
        return name if point["method"] == plain else f"{name}, strength {point.get('tag', point['strength'])}"

    return environment.get_template("report.html.j2").render(
        summary=summary,
        figures={bkg: {name: embedded(path) for name, path in sorted(own.items())} for bkg, own in figures.items()},
        captions=FIGURES,
        methods=methods,
        labels=labels,
        label=label,
        sections=SECTIONS,
        versions=summary.get("provenance", {}),
        chosen=chosen,
        drops=lambda background: {entry["feature"]: entry for entry in background["importance"]},
        plain_of=lambda background: next((p for p in background["points"] if p["method"] == plain), None),
        seed=seed,
        nothing=NOTHING,
    )


def save(page, path):
    """Write the page."""
    with files.written(path) as part:
        part.write_text(page)


def chosen(background):
    """The point of the working point of a background."""
    wanted = background["working_point"]
    return next(p for p in background["points"] if all(p[key] == wanted[key] for key in ("method", "strength")))


def embedded(path):
    """A figure as a data URI: the SVG, or the PNG beside it when the SVG is large."""
    path = Path(path)
    if path.stat().st_size > MAX_SVG_BYTES:
        path = path.with_suffix(".png")
    kind = {".svg": "svg+xml", ".png": "png"}[path.suffix]
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def number(value, digits=3):
    r"""A number with some significant digits, in words where there is none.

    Examples
    --------
    >>> number(0.01234), number(123456.0), number(7), number(0.0000123), number(None)
    ('0.0123', '123\u2009456', '7', '1.23 × 10⁻⁵', 'not computed yet')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if isinstance(value, int) or (abs(value) >= 10**digits and abs(value) < 1e9):
        return f"{value:,.0f}".replace(",", "\u2009")
    if value and not 1e-3 <= abs(value) < 1e9:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}{_power(int(exponent))}"
    return f"{value:.{digits}g}"


def measurement(content):
    """A value with its error, which has two significant digits.

    Examples
    --------
    >>> measurement({"value": 12.3456, "error": 0.234}), measurement({"value": 0.000123, "error": 0.000021})
    ('12.35 ± 0.23', '(1.23 ± 0.21) × 10⁻⁴')
    >>> measurement(None), measurement({"value": 2.0, "error": None})
    ('not computed yet', '2')
    """
    value, error = (content or {}).get("value"), (content or {}).get("error")
    if value is None or not math.isfinite(value):
        return NOTHING
    if not error or not math.isfinite(error):
        return number(value)
    if 0 < abs(value) < 1e-3:
        exponent = math.floor(math.log10(abs(value)))
        return f"({_rounded(value / 10**exponent, error / 10**exponent)}){_power(exponent)}"
    return _rounded(value, error)


def divergence(content):
    """A divergence with its error, and its floor."""
    if not content or content["value"] is None:
        return NOTHING
    return f"{measurement(content)} (floor {number(content['floor'], 2)})"


def _rounded(value, error):
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f} ± {error:.{digits}f}".replace("-", "−")


def _power(exponent):
    return " × 10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
