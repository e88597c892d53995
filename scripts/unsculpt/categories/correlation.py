"""Spurious signals of several categories: independent, or one wrong shape behind all of them.

Nobody knows which is true. Both are fitted, and the one that expects less is quoted.
"""

from dataclasses import replace

import numpy as np

from unsculpt.likelihood import combination
from unsculpt.likelihood.models import signal_template

INDEPENDENT, COMMON = "independent", "common"


def assumptions(fitted, uncertain):
    """The two forms of the uncertainties, by name; none where fewer than two categories have a spurious signal.

    Parameters
    ----------
    fitted : list of likelihood.Channel
    uncertain : likelihood.Nuisances

    Returns
    -------
    dict
        INDEPENDENT and COMMON -> likelihood.Nuisances.
    """
    sizes = [uncertain.spurious_signal.get(c.name, 0.0) for c in fitted if signal_template(c).sum() > 0]
    if sum(size > 0 for size in sizes) < 2:
        return {}
    return {name: replace(uncertain, common_spurious_signal=name == COMMON) for name in (INDEPENDENT, COMMON)}


def quoted(fitted, uncertain):
    """The uncertainties with the assumption on spurious signals that expects the lower significance.

    Parameters
    ----------
    fitted : list of likelihood.Channel
    uncertain : likelihood.Nuisances

    Returns
    -------
    likelihood.Nuisances
        Independent where both are the same, or where neither has a fit. Nothing observed enters the choice.
    """
    found = {name: _significance(fitted, form) for name, form in assumptions(fitted, uncertain).items()}
    return replace(uncertain, common_spurious_signal=bool(found) and found[COMMON] < found[INDEPENDENT])


def _significance(fitted, uncertain):
    """Expected significance; infinite where there is no fit, so that the other assumption is quoted."""
    try:
        return combination.expected_significance(fitted, uncertain)
    except (ValueError, FloatingPointError, np.linalg.LinAlgError):
        return np.inf
