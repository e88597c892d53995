"""The ranges of columns in which points are measured again: what is valid, and which figures they have; stdlib only."""

from itertools import pairwise

from unsculpt.errors import InputError

MOST_PLANES = 4  # ranges that one figure shows side by side as planes of the trade-off


def check(config, where):
    """Refuse ranges of what no row has, edges that do not rise, and cuts on the mass that bins do not know."""
    for name, about in config["ranges"].items():
        key, edges = f"{where}: ranges.{name}", about["edges"]
        if about["column"] not in config["features"]:
            raise InputError(f"{key}.column names {about['column']!r}, which no row has; name a feature of the study")
        for low, high in pairwise(edges):
            if not low < high:
                raise InputError(
                    f"{key}.edges {_list(edges)} do not rise, {high:g} follows {low:g}; give them from low to high"
                )
        if about["mass_cut_gev"] is not None:
            _check_mass_cut(f"{key}.mass_cut_gev {_list(about['mass_cut_gev'])}", about["mass_cut_gev"], config["mass"])


def _check_mass_cut(key, cut, mass):
    """A cut keeps whole bins of the mass."""
    low, high = cut
    if not mass["min_gev"] <= low < high <= mass["max_gev"]:
        raise InputError(
            f"{key} is no part of {mass['min_gev']:g}-{mass['max_gev']:g} GeV; give its lower and its upper edge"
        )
    for edge in cut:
        bins = (edge - mass["min_gev"]) / mass["bin_width_gev"]
        if abs(bins - round(bins)) > 1e-6:
            raise InputError(
                f"{key}: {edge:g} is not a whole number of bins of {mass['bin_width_gev']:g} GeV above "
                f"{mass['min_gev']:g}; change it or mass.bin_width_gev"
            )


def _list(numbers):
    return f"[{', '.join(f'{number:g}' for number in numbers)}]"


def lines(ranges):
    """Names of the ranges that have a figure against their column: two ranges or more.

    Examples
    --------
    >>> lines({"a": {"edges": [0, 1]}, "b": {"edges": [0, 1, 2]}})
    ['b']
    """
    return [name for name, about in ranges.items() if len(about["edges"]) > 2]


def planes(ranges):
    """Names of the ranges each of which has a plane of the trade-off: few enough to stand side by side."""
    return [name for name, about in ranges.items() if len(about["edges"]) <= MOST_PLANES + 1]
