"""All categories in one fit: expected significance and limit by pyhf, and the portable workspace."""

import numpy as np
from pyhf.exceptions import FailedMinimization

from unsculpt import likelihood


def channels(categories, *, window_gev, blind):
    """The channels of the likelihood.

    Parameters
    ----------
    categories : list of dict
        The category table (docs/categories.md).
    window_gev : pair of float
    blind : bool
        Whether the data stay unused.

    Returns
    -------
    list of likelihood.Channel
    """
    return [
        likelihood.Channel(
            name=row["name"].replace(" ", "_"),
            edges=np.array(row["spectrum"]["edges_gev"]),
            window=tuple(window_gev),
            background=np.array(row["model"]["expected"]),
            order=row["fit"]["order"],
            signal=np.array(row["spectrum"]["signal"]["sumw"]),
            counts=None if blind or row["data"] is None else np.array(row["spectrum"]["data"]["sumw"]),
        )
        for row in categories
    ]


def combine(fitted):
    """Sensitivity of all categories together.

    Parameters
    ----------
    fitted : list of likelihood.Channel

    Returns
    -------
    dict
        significance_pyhf (expected, standard deviations), cls_upper_limit_mu (expected, band at -2 ... +2 standard
        deviations, observed; in units of the expected signal), observed_significance, and reason where they are None.
    """
    if not fitted:
        return _without("there are no categories")
    try:
        result = likelihood.combined(fitted)
    except (FailedMinimization, ValueError) as error:  # degenerate spectra must not stop a study
        return _without(f"the combined fit failed ({error})")
    return {
        "significance_pyhf": result.significance,
        "cls_upper_limit_mu": {
            "expected": result.limit_expected,
            "band": result.limit_band,
            "observed": result.observed_limit,
        },
        "observed_significance": result.observed_significance,
        "reason": "",
    }


def _without(reason):
    return {"significance_pyhf": None, "cls_upper_limit_mu": None, "observed_significance": None, "reason": reason}


def workspace(fitted):
    """The plain HistFactory workspace of the categories; without categories an empty dictionary."""
    return likelihood.workspace(fitted) if fitted else {}
