"""The final fit of all categories: significance, signal strength, limits, systematics, toys, and the workspace.

Whatever cannot be fitted becomes a sentence in `reason`; a degenerate study never stops here.
"""

import logging
from dataclasses import asdict

import numpy as np
from pyhf.exceptions import FailedMinimization

from unsculpt import likelihood
from unsculpt.categories import correlation
from unsculpt.files import finite
from unsculpt.likelihood import combination, crosscheck, toys
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.nuisances import KINDS, NONE
from unsculpt.likelihood.simultaneous import build
from unsculpt.naming import category_of, channel_name

_FAILURES = (FailedMinimization, ValueError, FloatingPointError)
_AGREEMENT = 0.02  # standard deviations between the fit and pyhf


def channels(categories, *, axis, blind):
    """The channels of the likelihood.

    Parameters
    ----------
    categories : list of dict
        The category table (docs/categories.md).
    axis : axes.Axis
        Of the mass, that of the spectra of the table.
    blind : bool
        Whether the data stay unused.

    Returns
    -------
    list of likelihood.Channel
    """
    return [
        likelihood.Channel(
            name=channel_name(row["name"]),
            axis=axis,
            background=np.array(row["model"]["expected"]),
            function=row["fit"]["function"] if row.get("slope_prior") is None else "exp1",
            signal=np.array(row["spectrum"]["signal"]["sumw"]),
            counts=None if blind or row["data"] is None else np.array(row["spectrum"]["data"]["sumw"]),
            slope_prior=row.get("slope_prior") and tuple(row["slope_prior"].values()),
        )
        for row in categories
    ]


def nuisances(categories, statistics):
    """The systematic uncertainties of the categories.

    Parameters
    ----------
    categories : list of dict
        The category table.
    statistics : dict
        The sub-tree of the configuration: systematics, luminosity_uncertainty.

    Returns
    -------
    likelihood.Nuisances
    """
    spurious, template = {}, {}
    for row in categories:
        name, signal = channel_name(row["name"]), row["spectrum"]["signal"]
        total = float(np.sum(signal["sumw"]))
        spurious[name] = _spurious(row["spurious_signal"]) if row["spurious_signal"] else 0.0
        template[name] = float(np.sqrt(np.sum(signal["sumw2"])) / total) if total > 0 else 0.0
    everything = likelihood.Nuisances(statistics["luminosity_uncertainty"], spurious, template)
    return everything.without(*(kind for kind in KINDS if kind not in statistics["systematics"]))


def _spurious(found):
    """Size of a spurious signal: its magnitude, and where the template knows it less well than that, its error.

    A template of few events may show a small one by chance; what nobody has measured is no smaller uncertainty.
    """
    return max(abs(found["n_sp"]), found["template_error"] or 0.0)


def combine(fitted, uncertain=NONE):
    """Sensitivity of all categories together and of each, with asymptotic formulae.

    Parameters
    ----------
    fitted : list of likelihood.Channel
    uncertain : likelihood.Nuisances
        Whether spurious signals are independent or common is decided here, as by `correlation.quoted`.

    Returns
    -------
    dict
        As docs/categories.md describes combined.json; None where there is no number, and why in reason.
    """
    if not fitted:
        return _without("there are no categories")
    uncertain = correlation.quoted(fitted, uncertain)
    try:
        whole = _numbers(likelihood.combined(fitted, uncertain))
        impacts = [row | {"mu": asdict(row["mu"])} for row in combination.impacts(fitted, uncertain)]
    except _FAILURES as error:  # degenerate spectra must not stop a study
        return _without(f"the combined fit failed ({error})", [_alone(c, uncertain) for c in fitted])
    check = cross_check(fitted, uncertain, whole["significance"])
    return {
        "significance_pyhf": check["significance"],
        **_as_fit(whole),
        "spurious_signal_correlation": _both(fitted, uncertain, whole),
        "cross_check": check,
        "impacts": impacts,
        "systematics": asdict(uncertain),
        "per_category": [_alone(channel, uncertain) for channel in fitted],
        "reason": "",
    }


def _both(fitted, uncertain, whole):
    """The numbers for independent spurious signals and for a common one; None where they are the same."""
    forms = correlation.assumptions(fitted, uncertain)
    if not forms:
        return None
    quoted = correlation.COMMON if uncertain.common_spurious_signal else correlation.INDEPENDENT
    both = {name: _as_fit(whole) if name == quoted else _other(fitted, form) for name, form in forms.items()}
    return {"quoted": quoted, **both}


def _other(fitted, uncertain):
    """The numbers of the assumption that is not quoted, or None."""
    try:
        return _as_fit(_numbers(likelihood.combined(fitted, uncertain)))
    except _FAILURES:
        return None


def _as_fit(numbers):
    """The numbers of a combination as the fit of all categories names them."""
    return {"significance_fit" if key == "significance" else key: value for key, value in numbers.items()}


def _numbers(result):
    """JSON form of a combination."""
    observed = result.observed_mu and asdict(result.observed_mu)
    return {
        "significance": result.significance,
        "observed_significance": result.observed_significance,
        "mu": {"expected": asdict(result.mu), "observed": observed},
        "cls_upper_limit_mu": {
            "expected": result.limit_expected,
            "band": result.limit_band,
            "observed": result.observed_limit,
        },
    }


def _alone(channel, uncertain):
    """The numbers of one category alone."""
    empty = dict.fromkeys(("significance", "observed_significance", "mu", "cls_upper_limit_mu"))
    base = {"name": category_of(channel.name), "significance_toys": None}
    try:
        return base | _numbers(likelihood.combined([channel], uncertain)) | {"status": "fitted", "reason": ""}
    except _FAILURES as error:
        return base | empty | {"status": "not_fitted", "reason": str(error)}


def cross_check(fitted, uncertain, significance):
    """The expected significance by pyhf, and whether it agrees with the fit's."""
    try:
        found, mu = crosscheck.by_pyhf(fitted, uncertain)
    except _FAILURES as error:
        return {"significance": None, "mu": None, "agrees": False, "reason": f"pyhf failed ({error})"}
    if finite(found) is None:
        return {"significance": None, "mu": finite(mu), "agrees": False, "reason": "pyhf failed (no number)"}
    agrees = abs(found - significance) < _AGREEMENT
    reason = "" if agrees else f"pyhf finds {found:.3f} where the fit finds {significance:.3f}"
    return {"significance": found, "mu": finite(mu), "agrees": agrees, "reason": reason}


def _without(reason, per_category=()):
    missing = ("significance_pyhf", "significance_fit", "cls_upper_limit_mu", "observed_significance", "mu")
    missing += ("spurious_signal_correlation",)
    lists = {"impacts": [], "per_category": list(per_category), "systematics": {}, "cross_check": None}
    return dict.fromkeys(missing) | lists | {"reason": reason}


def calibrated(result, fitted, uncertain, *, rows, statistics, seed):
    """The result of `combine` with significances from toys where few background events are expected.

    Parameters
    ----------
    result : dict
        As `combine` returns it.
    fitted : list of likelihood.Channel
    uncertain : likelihood.Nuisances
    rows : list of dict
        The category table: background.
    statistics : dict
        The sub-tree of the configuration: toys, toys_below.
    seed : int

    Returns
    -------
    dict
        With significance_toys for these categories, and for the combination if there is one of them; None elsewhere.
    """
    few = [row["background"] < statistics["toys_below"] for row in rows]
    if not (any(few) and statistics["toys"] and not result["reason"]):
        return result | {"significance_toys": None}
    number, sources = statistics["toys"], np.random.SeedSequence(seed).spawn(len(fitted) + 1)
    per_category = [
        entry | {"significance_toys": _calibrated([channel], uncertain, entry, number, source) if needed else None}
        for entry, channel, needed, source in zip(result["per_category"], fitted, few, sources, strict=False)
    ]
    whole = _calibrated(fitted, uncertain, result, number, sources[-1])
    return result | {"significance_toys": whole, "per_category": per_category}


def _calibrated(fitted, uncertain, result, number, source):
    """JSON form of the calibration of one significance; None where there is no fit, or toys have none."""
    if result["mu"] is None:
        return None
    name = result.get("name", "all categories")
    try:
        content = _toys(fitted, uncertain, result, number, source)
    except _FAILURES as error:
        logging.warning("%s: no significance from toys; %s", name, error)
        return None
    if content["significance"] is None:
        rare = content["p_value"] is not None and content["p_value"] < 0.5  # usual for a strong signal
        level, reached = (logging.INFO, "too few") if rare else (logging.WARNING, "none or all")
        logging.log(level, "%s: no significance from toys; %s of %d reach the value", name, reached, content["toys"])
    return content


def _toys(fitted, uncertain, result, number, source):
    """The toys of `_calibrated`."""
    model, rng = build(fitted, uncertain), np.random.default_rng(source)
    thrown = toys.calibrate(model, toys=number, rng=rng)
    content = asdict(toys.expected(thrown)) | {
        "failed": thrown.failed,
        "curve": [asdict(point) for point in toys.curve(thrown)],
        "observed": None,
    }
    if result["observed_significance"] is not None:
        alone = fit(model, combination.counts(fitted, model), mu=0.0)
        model = model.around(alone.local[0])
        reach = max(1.0, result["mu"]["observed"]["value"])
        thrown = toys.calibrate(model, toys=number, rng=rng, largest=reach)
        content["observed"] = asdict(toys.significance(thrown, result["observed_significance"]))
    return content


def scan(fitted, uncertain, *, points):
    """-2 ln L against the signal strength, of all categories together and of each.

    Of the data once the study is unblinded, else of the Asimov data of mu = 1.

    Parameters
    ----------
    fitted : list of likelihood.Channel
    uncertain : likelihood.Nuisances
    points : int
        Number of signal strengths.

    Returns
    -------
    dict or None
        data ("observed" or "asimov"), mu, combined, combined_statistics (without systematic uncertainties), and
        categories: a list of name and values. None where the fit fails.
    """
    if not fitted:
        return None
    try:
        return _scan(fitted, uncertain, points)
    except _FAILURES:
        return None


def _scan(fitted, uncertain, points):
    model, plain = build(fitted, uncertain), build(fitted)
    seen = all(channel.counts is not None for channel in fitted)
    data = combination.counts(fitted, model) if seen else model.expected(1.0)
    best, lowest = combination.strength(model, data), combination.lowest_mu(model)
    width = best.error_high or 1.0
    mu = np.linspace(max(lowest, best.value - 4 * width), best.value + 4 * width, points)

    def curve(some, spectra):
        return [finite(value) for value in combination.profile(some, spectra, mu)]

    each = [
        {"name": category_of(channel.name), "values": curve(model.only(i), data[i : i + 1])}
        for i, channel in enumerate(fitted)
        if model.signal[i].sum() > 0
    ]
    return {
        "data": "observed" if seen else "asimov",
        "mu": mu.tolist(),
        "combined": curve(model, data),
        "combined_statistics": curve(plain, data),
        "categories": each,
    }


def workspace(fitted, uncertain=NONE):
    """The plain HistFactory workspace of the categories; without categories an empty dictionary."""
    return likelihood.workspace(fitted, uncertain) if fitted else {}
