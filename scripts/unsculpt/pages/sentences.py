"""The sentences of the pages that hold numbers of a run."""

import re
from datetime import date

from unsculpt import naming, wings, wording
from unsculpt.tables import point_label, same_point

TOLERANCE = 0.2  # of expected significances: ten points on two processors differed by 0.07 (rms), at most by 0.11


def origin(kept):
    """Which run the numbers are of."""
    run, summary = kept["run"], kept["summary"]
    versions = ", ".join(f"{name} {run['versions'][name]}" for name in ("python", "torch") if name in run["versions"])
    return (
        f"The numbers are those of one run of the study `{summary['study']}` (seed {run['seed']}) on {run['cores']} "
        f"{'core' if run['cores'] == 1 else 'cores'} of the processor “{run['processor']}”, finished on "
        f"{_day(run['finished'])}, at commit `{run['commit']}` (unsculpt {summary['unsculpt']}, {versions}). On "
        "another processor the networks round differently: numbers differ within their errors"
    ) + (
        "."
        if wings.of(summary)
        else ", and of points that are about equally good another may be chosen. `make docs-compare` says how far a "
        "run of yours does."
    )


def samples(kept):
    """How many simulated events are selected."""
    found = [
        f"{sample['events_selected']:,} of `{name}`".replace(",", "\u2009")
        for name, sample in kept["summary"]["samples"].items()
    ]
    mixtures = [_shares(kept, name) for name in kept["summary"]["backgrounds"]]
    return f"Simulated events after the selection: {', '.join(found)}.{''.join(mixtures)}"


def story(kept):
    """What the plain classifier and the chosen one do to the first background, and in short to the others."""
    first, *others = kept["summary"]["backgrounds"]
    return " ".join([_in_full(kept, first), *(_in_short(kept, name) for name in others)])


def working_point(kept, background):
    """The working point, what else is as good, the best of the methods, and the combined result."""
    content = _content(kept, background)
    sentences = [f"Working point: {_labelled(content['working_point']['reason'], kept, content['candidates'])}"]
    sentences += [_as_good(kept, content)] if content["working_point"].get("qualified", True) else []
    sentences += [_combined(content)] if content.get("combined") else []
    comparison = content["comparison"]
    reasons = [comparison[key]["reason"] for key in ("best", "best_unsculpted") if comparison.get(key)]
    sentences += [_labelled(reason, kept, content["candidates"]) for reason in dict.fromkeys(reasons)]
    return " ".join(filter(None, sentences))


def before_cut(kept, background):
    """The spurious signal that is there before any cut on a score."""
    initial = _content(kept, background)["initial"]
    spurious, fit = initial["spurious_signal"], initial["fit"]
    if not spurious or fit["status"] != "fitted":
        return f"The template of `{background}` has no spurious signal before any cut on a score."
    met = "meets" if spurious["passes"] else "does not meet"
    relaxed = "and" if spurious["passes"] == spurious["passes_relaxed"] else "but"
    relaxed += " meets" if spurious["passes_relaxed"] else " does not meet"
    n_sp = {"value": spurious["n_sp"], "error": spurious["template_error"]}
    return (
        f"Before any cut on a score the template of `{background}` has N_sp = {wording.measurement(n_sp)} with "
        f"`{spurious['function']}` (the error is that of the template), "
        f"{wording.number(spurious['n_sp_over_error'], 2)} times the error of the "
        f"signal: it {met} the spurious-signal criterion, {relaxed} its relaxed form."
    )


def toys(kept, background):
    """Significances from toys beside the asymptotic ones, of the combination and of its first category."""
    combined = _content(kept, background)["combined"]
    rows = [("the combination", combined.get("significance_toys"))]
    rows += [(row["name"], row.get("significance_toys")) for row in combined.get("per_category") or []][:1]
    found = [
        f"{name} {_two(toys.get('asymptotic'))} from the median of toys, {_calibrated(toys)}"
        for name, toys in rows
        if toys
    ]
    return f"Against `{background}`: {'; '.join(found)}." if found else f"Against `{background}` no toys were needed."


def _in_full(kept, background):
    content = _content(kept, background)
    plain, chosen = _plain(kept, content), _chosen(content)
    parts = []
    if plain is not None:
        parts.append(
            f"The plain classifier ({_label(plain, kept)}) rejects {_short(plain['rejection'])} times the background "
            f"`{background}` at {_percent(plain['signal_efficiency']['value'], 0)} of the signal, and its "
            f"Jensen–Shannon divergence is {_short(plain['jsd']['over_floor'])} times that of a cut which ignores the "
            f"mass{_window(plain)}."
        )
    if chosen is not plain:
        qualified = content["working_point"].get("qualified", True)
        lead = "The chosen point" if qualified else "No point qualifies; the nearest to its floor"
        parts.append(
            f"{lead} ({_label(chosen, kept)}) rejects {_short(chosen['rejection'])} times and is at "
            f"{_short(chosen['jsd']['over_floor'])} times that divergence{_window(chosen)}{_sensitivity(content)}."
        )
    return " ".join(parts)


def _in_short(kept, background):
    content = _content(kept, background)
    points = [point for point in (_plain(kept, content), _chosen(content)) if point is not None]
    found = [
        f"{_label(point, kept)} {_short(point['rejection'])} times at {_short(point['jsd']['over_floor'])} times the "
        "divergence"
        for point in ([points[0]] if points[0] is points[-1] else points)
    ]
    return f"Against `{background}` alone: {', '.join(found)}{_sensitivity(content)}."


def _window(point):
    fit = point.get("fit")
    if fit is None or fit["status"] != "fitted":
        return ""
    predicted, there = wording.measurement(fit["window_yield"]), wording.measurement(fit["window_simulated"])
    return f"; its sidebands predict {predicted} events in the window where there are {there}"


def _as_good(kept, content):
    """Which other points qualify and are as sensitive as the chosen one."""
    chosen = next(row for row in content["candidates"] if same_point(row, content["working_point"]))
    if chosen.get("significance") is None:
        return ""
    near = [
        row
        for row in content["candidates"]
        if row is not chosen and (row.get("why_not") or "").startswith(("less sensitive by", "equal"))
        if chosen["significance"] - row["significance"] <= TOLERANCE
    ]
    others = [point_label(row, kept["methods"]) + (" (equal)" if row.get("equal") else "") for row in near]
    within = f"within {TOLERANCE:g} standard deviations, which is what one run can tell"
    if not others:
        return f"No other point that qualifies is as sensitive {within}."
    return f"As sensitive {within}: {'; '.join(others)}."


def _combined(content):
    combined, number = content["combined"], len(content["categories"])
    limit = (combined["cls_upper_limit_mu"] or {}).get("expected")
    mu = ((combined.get("mu") or {}).get("expected") or {}).get
    errors = [mu("error_low"), mu("error_high")]
    words = (
        f"Expected significance of the {number} {'category' if number == 1 else 'categories'} of the working point: "
        f"{_two(combined.get('significance_fit'))} in one fit of the spectra with all systematic uncertainties "
        f"({_counts(combined)} from counts in the window alone, in quadrature)"
    )
    if all(wording.exists(error) for error in errors):
        words += f"; μ = 1 would be measured to −{errors[0]:.2f} +{errors[1]:.2f}"
    return words + (f", expected limit on μ {limit:.2f}." if wording.exists(limit) else ".")


def _labelled(sentence, kept, points):
    """The sentence with the label of the point that it is about in place of its name."""
    for point in points:
        for name in (f"{point['method']} at strength {point['tag']}", point["method"]):
            sentence = re.sub(rf"(^|; ){re.escape(name)} (?=is |has )", rf"\1{_label(point, kept)} ", sentence)
    return sentence


def _shares(kept, background):
    points = _content(kept, background)["points"]
    shares = [(part["name"], part["share_before"]["value"]) for part in points[0].get("samples") or []]
    return f" `{background}` is {', '.join(f'{_percent(share)} `{name}`' for name, share in shares)}." if shares else ""


def _content(kept, background):
    return kept["summary"]["backgrounds"][background]


def _chosen(content):
    return next(point for point in content["points"] if same_point(point, content["working_point"]))


def _plain(kept, content):
    methods = kept["methods"]
    return next((p for p in content["points"] if naming.is_plain(methods.get(p["method"], {}))), None)


def _label(point, kept):
    return point_label(point, kept["methods"]).replace(", strength", " at strength")


def _short(measured):
    """A number at two digits, for a reader in a hurry."""
    value = measured["value"]
    return f"{value:#.2g}".rstrip(".") if wording.exists(value) and 0.1 <= value < 100 else wording.number(value, 2)


def _two(value):
    """A significance."""
    return f"{value:.2f}" if wording.exists(value) else wording.NOTHING


def _counts(combined):
    """The significance of the counts in the window, with its error where it has one."""
    error = combined.get("significance_error")
    return _two(combined["significance"]) + (f" ± {error:.2f}" if wording.exists(error) else "")


def _sensitivity(content):
    """The significance that an analysis would quote, as the end of a sentence; nothing without categories."""
    combined = content.get("combined")
    if not combined:
        return ""
    fitted, number = _two(combined.get("significance_fit")), len(content["categories"])
    of = f"{number} {'category' if number == 1 else 'categories'}"
    return f"; its {of} have an expected significance of {fitted} (one fit, all systematic uncertainties)"


def _calibrated(toys):
    if not wording.exists(toys["significance"]):
        return "beyond what its toys can calibrate"
    return f"{wording.measurement({'value': toys['significance'], 'error': toys['error']})} calibrated"


def _percent(share, digits=1):
    return f"{100 * share:.{digits}f} %"


def _day(text):
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B} {day.year}"
