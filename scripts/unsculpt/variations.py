"""Variations of the scale of objects: which copies of the events a study has, and what is valid; stdlib only."""

from unsculpt.errors import InputError
from unsculpt.naming import method_kind

SIDES = {"up": 1, "down": -1}
COLUMNS = ("mass", "channel", "region")  # of all events, beside the features


def copies(variations):
    """By name of each copy the collection whose momenta are multiplied, and the factor.

    Examples
    --------
    >>> copies({"energy": {"collection": "jet", "scale": 0.25}})
    {'energy_up': ('jet', 1.25), 'energy_down': ('jet', 0.75)}
    """
    return {
        f"{name}_{side}": (about["collection"], 1 + sign * about["scale"])
        for name, about in variations.items()
        for side, sign in SIDES.items()
    }


def scored(methods):
    """Names of the methods that can score copies: a run keeps networks, but no boosted trees.

    Examples
    --------
    >>> trees = {"bdt": {"objective": "uboost"}, "flat": {"transform": "cdf", "of": "bdt"}}
    >>> scored({"nn": {"objective": "none"}} | trees)
    ['nn']
    """
    return [name for name in methods if method_kind(methods[base(name, methods)]) != "trees"]


def study_of(name, methods, given):
    """The files of a run that `applying.Scorer` needs for a method: events, and by method models and scores.

    `given` has events, models (none of a feature) and learnt, the scores that a transform learnt from.
    """
    known = base(name, methods)
    return {"events": given.events, "models": {known: list(given.models)}, "scores": {known: given.learnt}}


def base(name, methods):
    """The method that is trained for this one: itself, or of a transform the one whose scores it maps.

    Examples
    --------
    >>> base("flat", {"nn": {"objective": "none"}, "flat": {"transform": "cdf", "of": "nn"}})
    'nn'
    """
    while "transform" in methods[name]:
        name = methods[name]["of"]
    return name


def check(config, where):
    """Refuse scales of what no object is made of, and what is not known of copies."""
    if not config["variations"]:
        return
    known = {about.get("from") or name: None for name, about in config["objects"].items()}
    for name, about in config["variations"].items():
        if name in (*COLUMNS, *config["features"]):
            raise InputError(f"{where}: variations.{name} has the name of a column of the events; choose another")
        if about["collection"] not in known:
            raise InputError(
                f"{where}: variations.{name}.collection names {about['collection']!r}, of which no object of the study "
                f"is made; name one of {', '.join(known)}"
            )
    if config["match_signal"] is not None:
        raise InputError(
            f"{where}: variations and match_signal are given, and the matched weights are not known of copies with "
            "other scales; leave one of the two out"
        )
    if not any(s["role"] == "background" and not s.get("measured") for s in config["samples"].values()):
        raise InputError(f"{where}: variations are given, and no background is simulated; leave variations out")
    if not scored(config["methods"]):
        raise InputError(
            f"{where}: variations are given, and all methods are boosted trees, which a run does not keep; add a "
            "method of networks"
        )
