"""Which interval of the signal strength is quoted: of the likelihood, or of toys where few events are expected."""

import logging
from dataclasses import asdict

import numpy as np
from pyhf.exceptions import FailedMinimization

from unsculpt.likelihood import combination, construction
from unsculpt.likelihood.simultaneous import build

ASYMPTOTIC, TOYS = "asymptotic", "toys"
_FAILURES = (FailedMinimization, ValueError, FloatingPointError, np.linalg.LinAlgError)
_SHARE = 10  # of the toys of a significance, at each signal strength
_FEWEST = 100


def construct(result, fitted, uncertain, *, rows, statistics, seed):
    """The result of `combine` with intervals of mu from toys where few background events are expected.

    Parameters
    ----------
    result : dict
        As `combination.combine` returns it.
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
        Each mu has `method`, `toys` (at each signal strength) and `asymptotic`, which keeps what toys replaced.
    """
    if result["mu"] is None:
        return result
    few = [row["background"] < statistics["toys_below"] for row in rows]
    number = max(statistics["toys"] // _SHARE, _FEWEST) if statistics["toys"] else 0
    sources = np.random.SeedSequence([seed, 1]).spawn(len(fitted) + 1)  # others than those of the significance
    alone = [
        entry | {"mu": _strength(entry, [channel], uncertain, number if needed else 0, source)}
        for entry, channel, needed, source in zip(result["per_category"], fitted, few, sources, strict=False)
    ]
    whole = _strength(result, fitted, uncertain, number if any(few) else 0, sources[-1])
    return result | {"mu": whole, "per_category": alone, **_same(result, whole)}


def _same(result, whole):
    """The assumption on spurious signals that is quoted has the same mu as the combination."""
    both = result["spurious_signal_correlation"]
    if not both:
        return {}
    return {"spurious_signal_correlation": both | {both["quoted"]: both[both["quoted"]] | {"mu": whole}}}


def _strength(entry, fitted, uncertain, number, source):
    """JSON form of mu of some categories; None where there is no fit."""
    plain = entry["mu"]
    if plain is None:
        return None
    kept = plain | {"method": ASYMPTOTIC, "toys": None, "asymptotic": None}
    if not number:
        return kept
    model, rng = build(fitted, uncertain), np.random.default_rng(source)
    data = {"expected": model.expected(1.0)}
    if plain["observed"] is not None:
        data["observed"] = combination.counts(fitted, model)
    try:
        found = {key: construction.interval(model, spectra, toys=number, rng=rng) for key, spectra in data.items()}
    except _FAILURES as error:
        logging.warning("%s: no interval of mu from toys; %s", entry.get("name", "all categories"), error)
        return kept
    made = {key: asdict(interval.strength) for key, interval in found.items()}
    return {"observed": None, **made, "method": TOYS, "toys": number, "asymptotic": dict(plain)}
