"""Samples that are scored and nothing else, each at a value of a parameter: what is valid; stdlib only."""

from unsculpt.errors import InputError


def samples_of(config):
    """The samples of all probes, in the order of the study.

    Examples
    --------
    >>> samples_of({"samples": {"a": {}, "b": {}, "c": {}}, "probes": {"x": {"samples": {"c": 1, "b": 2}}}})
    ['b', 'c']
    """
    named = {name for about in config["probes"].values() for name in about["samples"]}
    return [name for name in config["samples"] if name in named]


def shown(config):
    """The methods that the figure of some probe shows, in the order of the study."""
    named = {name for about in config["probes"].values() for name in methods_of(about, config["methods"])}
    return [name for name in config["methods"] if name in named]


def methods_of(about, methods):
    """The methods that a figure of a probe shows: those it names, or all but trees, which a run does not keep."""
    kept = [name for name in methods if not _of_trees(name, methods)]
    return [name for name in about.get("methods") or kept if name in kept]


def _of_trees(name, methods):
    while "of" in methods[name]:
        name = methods[name]["of"]
    return methods[name].get("objective") in ("uboost", "flatness")


def check(config, where):
    """Refuse probes of samples that are none, or that are more than a probe."""
    mixed = {name for mixture in config["backgrounds"].values() for name in mixture}
    for name, about in config["probes"].items():
        key = f"{where}: probes.{name}"
        for sample in about["samples"]:
            role = config["samples"].get(sample, {}).get("role")
            if role is None:
                raise InputError(f"{key}.samples names {sample!r}; name samples of the study")
            if role != "background" or sample in mixed:
                raise InputError(
                    f"{key}.samples names {sample!r}, which is {'part of a hypothesis' if sample in mixed else role}; "
                    "give it the role background, and list the hypotheses without it in backgrounds"
                )
        for method in about.get("methods", ()):
            if method not in methods_of({}, config["methods"]):
                raise InputError(f"{key}.methods names {method!r}; name methods of the study that are no trees")
