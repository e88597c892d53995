"""summary.json, the contract with whoever reads a run, and its headline; gathers numbers, has none of its own."""

import math
from statistics import mean, stdev

from unsculpt import files, formulas, naming, stages, wording
from unsculpt.version import VERSION

_NAMES = ("background", "method", "tag", "provenance")  # what a file says of itself; the summary says it by its keys
_FIT_DETAILS = (  # stay in the fits JSON, or have a key of their own
    *_NAMES,
    "spectrum",
    "model",
    "parameters",
    "orders",
    "cross_check",
    "spurious_signal",
    "injection",
)
_CATEGORY_DETAILS = ("spectrum", "model")
_SPURIOUS_DETAILS = ("functions", "envelope")
_COMBINED_DETAILS = (*_NAMES, "scan")
_SPECTRA = ("edges_gev", "counts", "signal_counts", "expected")  # of a hunt
_LISTED = 10  # warnings that the headline spells out
_SAMPLE_KEYS = (
    "role",
    "events_read",
    "events_selected",
    "sum_weights",
    "cutflow",
    "scale",
    "cross_section_pb",
    "branching_ratio",
    "generator",
)


def assemble(config, backgrounds, combinations=()):
    """The summary of a study.

    Parameters
    ----------
    config : dict
        The resolved configuration.
    backgrounds : dict
        By background hypothesis the content of its files, as `gathering.load` returns it; of stages that the study
        leaves out there is none.
    combinations : sequence of dict
        The files of the combinations of objects, if the study has any.

    Returns
    -------
    dict
        As docs/outputs.md describes it.
    """
    samples = _samples(backgrounds)
    order = [name for name in config["samples"] if name in samples]
    for name in order:
        samples[name]["description"] = config["samples"][name].get("description", "")
        samples[name]["measured"] = bool(config["samples"][name].get("measured", False))
    return {
        "study": config["study"],
        "title": config["title"],
        "unsculpt": VERSION,
        "config_digest": files.digest(config),
        "luminosity_fb": config["luminosity_fb"],
        "blind": None if config["mass"]["window_gev"] is None else config["blind"],
        "stages": config["stages"],
        "ranges": _ranges(config),
        "threshold": config["threshold"],
        "hunt": config["hunt"],
        "probes": config["probes"],
        "variations": config["variations"],
        "combinations": {content["combination"]: _combination(content, config) for content in combinations},
        "published": config["published"],
        "samples": {name: samples[name] for name in order},
        "backgrounds": {name: _background(parts, config) for name, parts in backgrounds.items()},
        "warnings": [*files.warnings(*combinations), *_warnings(backgrounds, config["methods"])],
    }


def _ranges(config):
    """The ranges of other columns in which points are measured again, with what the columns are called."""
    said = {name: config["quantities"].get(about["column"], {}) for name, about in config["ranges"].items()}
    return {
        name: about | {key: said[name].get(key) for key in ("latex", "unit")}
        for name, about in config["ranges"].items()
    }


def _combination(content, config):
    """How often the true combination is found, and from which sample that was learnt."""
    learnt = {"learn_from": config["combinations"][content["combination"]]["learn_from"]}
    return learnt | {key: content[key] for key in ("examples", "efficiencies", "centres")}


def _samples(backgrounds):
    """The samples of a study; a scale that differs from hypothesis to hypothesis is null here, and is with these."""
    samples = {}
    for parts in backgrounds.values():
        for name, sample in parts["events"]["samples"].items():
            known = samples.setdefault(name, {key: sample.get(key) for key in _SAMPLE_KEYS})
            if known["scale"] != sample.get("scale"):
                known["scale"] = None
    return samples


def _background(parts, config):
    """One background hypothesis; null is what the study leaves out."""
    features, methods = parts["features"]["features"], config["methods"]
    losses = _losses(parts["histories"], methods)
    correlations = {feature["name"]: feature["correlation"]["background"] for feature in features}
    return {
        "samples": {
            name: {key: sample.get(key) for key in ("share", "scale")}
            for name, sample in parts["events"]["samples"].items()
            if sample.get("role") == "background"
        },
        "correlations": {name: correlation["value"] for name, correlation in correlations.items()},
        "correlations_error": {name: correlation["error"] for name, correlation in correlations.items()},
        "importance": parts["importance"]["importance"],
        "networks": _networks(parts["histories"], methods),
        "points": [_point(point, parts, losses) for name in methods for point in parts["metrics"][name]["points"]],
        "comparison": _comparison(parts["comparison"], methods),
        "working_point": parts["working_point"]["working_point"],
        "candidates": parts["working_point"]["candidates"],
        "exact": _exact(parts),
        "learning": _learning(parts.get("learning"), methods),
        "threshold": _threshold(parts.get("threshold")),
        "variations": _variations(parts.get("variations"), methods),
        "hunts": _hunts(parts.get("hunts"), methods),
        "probes": _points_of(parts.get("probes"), methods),
        **{key: None for stage in stages.STAGES for key in stage.keys},
        **{key: value for name in config["stages"] for key, value in _OF_STAGE[name](parts).items()},
    }


def _learning(contents, methods):
    """How well each method learns from how many events; None in a study that does not ask."""
    return contents and [point for name in methods if name in contents for point in contents[name]["points"]]


def _threshold(content):
    """The significance against the threshold, whose curves and shapes stay in its own file; None in a study without."""
    if content is None:
        return None
    points = [{key: value for key, value in point.items() if key != "curves"} for point in content["points"]]
    return {key: value for key, value in content.items() if key not in (*_NAMES, "shapes")} | {"points": points}


def _variations(contents, methods):
    """What other scales do to the points of all methods that keep their models; None in a study without."""
    if not contents:
        return None
    first = next(iter(contents.values()))
    return {"events": first["events"], "copies": first["copies"], "points": _points_of(contents, methods)}


def _points_of(contents, methods):
    """The points of the files of all methods, in the order of the study; None without files."""
    return [p for name in methods if name in contents for p in contents[name]["points"]] if contents else None


def _hunts(contents, methods):
    """What was found in the mass of what is least like background, without the spectra; None in a study without."""
    points = _points_of(contents, methods)
    return points and [_without_spectra(point) | {"hunt": _without_spectra(point["hunt"])} for point in points]


def _without_spectra(found):
    return found and {key: value for key, value in found.items() if key not in _SPECTRA}


def _fits(parts):
    """What the stage `fits` says of a background hypothesis; its fits of points are with these."""
    return {"initial": _of_fit(parts["initial"])}


def _categories(parts):
    """What the stage `categories` says of a background hypothesis."""
    return {
        "categories": [_category(row) for row in parts["categories"]["categories"]],
        "combined": {key: value for key, value in parts["combined"].items() if key not in _COMBINED_DETAILS},
        "search": parts["categories"]["search"],
        "skipped": parts["categories"]["skipped"],
    }


_OF_STAGE = {"fits": _fits, "categories": _categories}


def _networks(histories, methods):
    """By method the layers of its networks, which are those of its first training job."""
    first = {name: min((part for method, part in histories if method == name), default=None) for name in methods}
    return {name: histories[name, part].get("summary", []) for name, part in first.items() if part is not None}


def _losses(histories, methods):
    """By method and tag the error of autoencoders on events that they have not seen, a mean over their models."""
    found = {}
    for (name, _), history in sorted(histories.items()):
        for model in history["models"] if methods[name].get("task", "classification") != "classification" else ():
            kept = model["classifier_validation"][model["best_epoch"] - 1]
            found.setdefault((name, model["tag"]), []).append(kept)
    return {point: _mean(values) for point, values in found.items()}


def _mean(values):
    """The mean of the numbers of several models; its error is from their scatter, None of one."""
    error = stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    return {"value": mean(values), "error": error}


def _comparison(content, methods):
    """The comparison with the label of each method: the files before the summary do not hold what can be reworded."""
    table = [
        {"method": row["method"], "label": naming.method_label(row["method"], methods[row["method"]])} | row
        for row in content["methods"]
    ]
    return {key: value for key, value in content.items() if key not in _NAMES} | {"methods": table}


def _point(point, parts, losses):
    """A point of the grid with its fit and the verdict on it; the curves stay in the metrics JSON."""
    name = (point["method"], point["tag"])
    numbers = {key: value for key, value in point.items() if key != "curves"}
    fit = parts.get("fits", {}).get(name)
    row = next((row for row in parts["comparison"]["points"] if (row["method"], row["tag"]) == name), {})
    judged = {key: row.get(key) for key in ("acceptance", "sculpts")}
    asked = parts.get("independence", {}).get(point["method"], {"points": []})["points"]
    known = next((row["independence"] for row in asked if row["tag"] == point["tag"]), [])
    return numbers | _of_fit(fit) | judged | {"independence": known, "loss": losses.get(name)}


def _exact(parts):
    """Networks beside the exact classifiers, without what only figures show; None where the study does not ask."""
    contents = parts.get("exact")
    if not contents:
        return None
    first = next(iter(contents.values()))["exact"]
    rows = [
        {"method": method} | {key: point[key] for key in ("strength", "tag", "trainings", "median")}
        for method, content in contents.items()
        for point in content["points"]
    ]
    return {"anchors": first["anchors"], "judged": first["judged"], "points": rows}


def _of_fit(fit):
    """A fit, its spurious signal, and what it finds of injected signal; each None without a fit."""
    return {"fit": _fit(fit), "spurious_signal": _spurious(fit), "injection": (fit or {}).get("injection")}


def _spurious(fit):
    """Spurious signal of a fit, without the table of all functions that were tried."""
    found = (fit or {}).get("spurious_signal")
    return found and {key: value for key, value in found.items() if key not in _SPURIOUS_DETAILS}


def _fit(fit):
    return None if fit is None else {key: value for key, value in fit.items() if key not in _FIT_DETAILS}


def _category(row):
    data = row["data"]
    short = {key: value for key, value in row.items() if key not in _CATEGORY_DETAILS}
    fits = {"fit": _fit(row["fit"]), "data": data and data | {"fit": _fit(data["fit"])}}
    return short | fits | {"spurious_signal": _spurious(row)}


def _warnings(backgrounds, methods):
    """What the jobs of a study warned of, each sentence once: those on samples, then background by background."""
    sentences = files.warnings(*(parts["events"] for parts in backgrounds.values()))
    for name, parts in backgrounds.items():
        sources = {}
        for source, content in _sources(parts, methods):
            for sentence in files.warnings(content):
                sources.setdefault(sentence, {})[source] = None
        sentences += [f"{name}: {', '.join(found)}: {sentence}" for sentence, found in sources.items()]
    return list(dict.fromkeys(sentences))


def _sources(parts, methods):
    """The files of a background hypothesis that may hold warnings, in the order of the pipeline, and their subjects."""
    of_points = [(point["method"], point["tag"]) for name in methods for point in parts["metrics"][name]["points"]]
    fits, histories = parts.get("fits", {}), parts["histories"]
    found = [
        ("features", parts["features"]),
        *((name, histories[key]) for name in methods for key in sorted(histories) if key[0] == name),
        *((name, parts["scores"][name]) for name in methods),
        ("importance", parts["importance"]),
        *((name, parts["metrics"][name]) for name in methods),
        *((name, parts.get("independence", {}).get(name)) for name in methods),
        *((name, parts.get("exact", {}).get(name)) for name in methods),
        *((name, parts.get("learning", {}).get(name)) for name in methods),
        ("before any cut on a score", parts.get("initial")),
        *((f"{method} at strength {tag}", fits.get((method, tag))) for method, tag in of_points),
        ("comparison", parts["comparison"]),
        ("threshold", parts.get("threshold")),
        *((name, parts.get("variations", {}).get(name)) for name in methods),
        *((name, parts.get("hunts", {}).get(name)) for name in methods),
        *((name, parts.get("probes", {}).get(name)) for name in methods),
        # with categories the job that chooses them chooses the working point too: one file has its warnings
        *([] if "categories" in parts else [("working point", parts["working_point"])]),
        ("categories", parts.get("categories")),
        ("combination", parts.get("combined")),
    ]
    return [(source, content) for source, content in found if content is not None]


def headline(summary, methods):
    """The most important numbers of a summary in a few lines: the first background in full, the others in a line.

    Parameters
    ----------
    summary : dict
        As `assemble` returns it.
    methods : dict
        The sub-tree `methods` of the configuration, for their labels.

    Returns
    -------
    str
    """
    first, *others = summary["backgrounds"]
    lines = [
        f"{summary['title']} ({summary['study']}, {summary['luminosity_fb']:g}/fb)",
        *_full(summary, first, methods),
    ]
    lines += [_short(name, summary["backgrounds"][name], methods) for name in others]
    return "\n".join([*lines, *_told(summary["warnings"])]) + "\n"


def _told(warnings):
    """The warnings, the first ones spelt out."""
    if not warnings:
        return []
    more = len(warnings) - _LISTED
    rest = [f"  and {more} more in summary.json and the report"] if more > 0 else []
    return ["Warnings:", *(f"  - {sentence}" for sentence in warnings[:_LISTED]), *rest]


def _full(summary, name, methods):
    """The headline of one background, one number or pair of numbers a line."""
    background = summary["backgrounds"][name]
    chosen, plain = _chosen(background), _plain(background, methods)
    rejection, efficiency = _pm(chosen["rejection"], ".1f"), _pm(chosen["signal_efficiency"], ".2f")
    sensitivity, stages = _sensitivity(background), summary["stages"]
    of_fits = f"sideband fit extrapolated into the window: {_window(chosen['fit'], _made(summary, background))}"
    return [
        f"Background {_mixture(name, background)}: {_standing(background)}{_label(chosen, methods)}",
        *([f"  {sensitivity}"] if "categories" in stages else []),
        f"  JSD {_jsd(chosen)}" + (f"; {_label(plain, methods)}: {_jsd(plain)}" if plain not in (None, chosen) else ""),
        f"  background rejection {rejection} at signal efficiency {efficiency}",
        *([f"  {of_fits}"] if "fits" in stages else []),
    ]


def _short(name, background, methods):
    chosen = _chosen(background)
    standing, sensitivity = _standing(background, ""), _sensitivity(background)
    words = [f"{standing}{_label(chosen, methods)}", *([sensitivity] if sensitivity else []), f"JSD {_jsd(chosen)}"]
    return f"Background {_mixture(name, background)}: {', '.join(words)}"


def _mixture(name, background):
    """The name of a hypothesis, with the shares of its samples where it has several."""
    shares = {sample: about["share"]["value"] for sample, about in background["samples"].items()}
    if len(shares) < 2 or None in shares.values():
        return name
    return f"{name} ({', '.join(f'{sample} {share:.1%}' for sample, share in shares.items())})"


def _standing(background, qualified="working point "):
    """What to say before the name of the chosen point: first of all whether it qualified."""
    if background["working_point"]["qualified"]:
        return qualified
    return f"{wording.UNQUALIFIED}, "


def _chosen(background):
    """The point of the working point."""
    wanted = background["working_point"]
    return next(p for p in background["points"] if all(p[key] == wanted[key] for key in ("method", "tag")))


def _plain(background, methods):
    """The first point of a plain classifier, if the study has one."""
    plain = [p for p in background["points"] if naming.is_plain(methods.get(p["method"], {}))]
    return plain[0] if plain else None


def _label(point, methods):
    method = methods.get(point["method"], {})
    name = formulas.plain(naming.method_label(point["method"], method))
    alone = naming.objective_of(point["method"], methods) in ("none", "feature")
    return name if alone else f"{name} at strength {point['tag']}"


def _jsd(point):
    jsd = point["jsd"]
    error = "" if jsd["value"] is None or jsd.get("error") is None else f" ± {jsd['error']:.2g}"
    return f"{_number(jsd['value'], '.2g')}{error} (floor {_number(jsd['floor'], '.2g')})"


def _pm(measured, form):
    return f"{_number(measured['value'], form)} ± {_number(measured['error'], form)}"


def _number(value, form):
    return "-" if value is None else format(value, form)


def _made(summary, background):
    """Whether the events of a background are simulated, measured or both, in words."""
    measured = {bool(summary["samples"].get(name, {}).get("measured")) for name in background["samples"]}
    return " and ".join({False: "simulated", True: "measured"}[kind] for kind in sorted(measured)) or "simulated"


def _window(fit, made):
    if fit is None or fit["status"] != "fitted":
        return f"not fitted ({'no fit' if fit is None else fit['reason']})"
    return (
        f"{_pm(fit['window_yield'], '.1f')} for {_pm(fit['window_simulated'], '.1f')} {made} "
        f"(pull {_number(fit['pull'], '+.1f')})"
    )


def _sensitivity(background):
    """Number of categories and the sensitivity of their combination; nothing in a study without them.

    First what an analysis would quote, the fit of all spectra with its systematic uncertainties; pyhf fits the same
    likelihood. Counts in the window are another estimate and no check of it: no shapes, no such uncertainties.
    """
    if background["categories"] is None:
        return ""
    combined, number = background["combined"], len(background["categories"])
    limit = (combined["cls_upper_limit_mu"] or {}).get("expected")
    fitted, pyhf = combined.get("significance_fit"), combined["significance_pyhf"]
    text = f"{number} categor{'y' if number == 1 else 'ies'}, expected significance "
    if fitted is None:
        text += "not fitted"
    else:
        text += f"{fitted:.2f} in one fit with all systematic uncertainties"
        text += "" if pyhf is None else f" (the same in pyhf: {pyhf:.2f})"
    text += "" if limit is None else f", expected limit mu < {limit:.2f}"
    counts, error = combined["significance"], combined.get("significance_error")
    text += f"; counts in the window alone: {_number(counts, '.2f')}"
    return text + ("" if error is None else f" ± {error:.2f}")
