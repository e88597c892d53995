"""The mass of the candidates of a drafted study: where they peak, and the range and window of a study around it."""

import copy

import numpy as np

from unsculpt import config, definitions, formats, ntuples
from unsculpt.errors import InputError
from unsculpt.rows import Rows

KEYS = ("min_gev", "max_gev", "window_gev", "bin_width_gev")
_WINDOW = 2.0  # of half the width of the peak on either side of it
_MOST = 0.25  # of the mass, which a window is at most on either side
_SIDES = (4, 7)  # half windows from the peak to the ends of the range, as in the default study


def placed(study, path, root):
    """A drafted study with a range and a window of the mass around the peak of its signal.

    Parameters
    ----------
    study : dict
    path : str
        A file of its signal; the first step of it is read.
    root : path
        The folder of the repository.

    Returns
    -------
    dict, list of str
        The study, and what stands in the way of running it.
    """
    checked = copy.deepcopy(study) | {"apply": {"finished": True}}  # the other files need not be there
    try:
        config.resolve_in_place(checked, root, files=["the draft"], formulas=False)
        found = _masses(checked, path)
    except InputError as error:
        return study, [f"The draft does not run as it is: {error}"]
    usual = {key: checked["mass"][key] for key in KEYS}
    mass = around(found, usual)
    if mass == usual:
        return study | {"mass": mass}, []
    return study | {"mass": {"latex": "m"} | mass, "fit": {"spurious_signal": {"masses_gev": tried(mass)}}}, []


def _masses(study, path):
    """The masses of the candidates in the first step of a file of the signal, in GeV."""
    about = study["formats"][study["format"]]
    used, needs = definitions.used(study, formats.fields(about))
    settings = {"step_size": "50 MB", "simulated": False, "bad_events": study["bad_events"]}
    with ntuples.Ntuple(path, formats.reduced(about, needs), **settings) as ntuple:
        rows = Rows(next(iter(ntuple)), used)
        for text in used["cuts"].values():
            rows = rows.take(rows.passes(text))
        return np.asarray(rows["mass"], float)


def around(found, mass):
    """The range, window and bins for candidates of the signal with these masses; those of `mass` where these fit.

    Parameters
    ----------
    found : array
        Masses in GeV.
    mass : dict
        min_gev, max_gev, window_gev and bin_width_gev of a study.

    Returns
    -------
    dict
        The same keys. The window has two widths of the peak on either side, in whole bins of about half a width.
    """
    found = found[np.isfinite(found) & (found > 0)]
    low, middle, high = np.quantile(found, [0.16, 0.5, 0.84]) if len(found) else (0, 0, 0)
    if not high > low or (mass["window_gev"][0] <= low and high <= mass["window_gev"][1]):
        return mass
    half = min(_WINDOW * (high - low) / 2, _MOST * middle)
    width = _round_below(half / 4)
    bins, middle = int(np.ceil(half / width)), round(middle / width)
    edges = [middle - _SIDES[0] * bins, middle - bins, middle + bins, middle + _SIDES[1] * bins]
    first, lower, upper, last = (_plain(max(edge, 0) * width) for edge in edges)
    return {"min_gev": first, "max_gev": last, "window_gev": [lower, upper], "bin_width_gev": _plain(width)}


def tried(mass):
    """Nine masses inside the window of which spurious signals are tried, in GeV."""
    low, high = mass["window_gev"]
    return [_plain(value) for value in np.linspace(low, high, 11)[1:-1]]


def _round_below(value):
    """The largest of 1, 2 and 5 times a power of ten that is not above a value."""
    power = 10.0 ** np.floor(np.log10(value))
    return max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)) * power


def _plain(value):
    value = round(float(value), 9)
    return int(value) if value.is_integer() else value
