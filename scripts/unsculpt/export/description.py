"""What another program must compute before it asks an exported network: inputs in order, and all that defines them."""

from unsculpt import definitions, formats
from unsculpt.networks import StackedMLP


def description(config, names, networks, about):
    """The description of an exported network, JSON-like.

    Parameters
    ----------
    config : dict
        The resolved configuration of the study.
    names : sequence of str
        The inputs in order: features, or one array.
    networks : sequence of networks.Stack
        Stacks of one, in the order of the folds.
    about : dict
        Study, method, tag, channel, background.

    Returns
    -------
    dict
        `about`; `inputs` (docs/export.md); `definitions` and `formats`, by name what is evaluated and how files are
        read, with what the study needs and nothing else; `mass`, `folds` and `feature_padding`.
    """
    used = {}
    readers = {}
    for name in dict.fromkeys(formats.of_sample(config, sample) for sample in config["samples"].values()):
        used, needs = definitions.used(config, formats.fields(config["formats"][name]))
        readers[name] = formats.reduced(config["formats"][name], needs)
    return {
        **about,
        "inputs": [_input(place, name, config, networks) for place, name in enumerate(names)],
        "feature_padding": config["feature_padding"],
        "folds": len(networks),
        "mass": {key: config["mass"][key] for key in ("min_gev", "max_gev", "window_gev", "bin_width_gev")},
        "definitions": used,
        "formats": readers,
    }


def _input(place, name, config, networks):
    """An input: what it is, and the scaling that each fold's network applies to it itself; null for architectures."""
    said = config["arrays"].get(name) or config["quantities"].get(name, {})
    scaling = None
    if all(isinstance(network, StackedMLP) for network in networks):
        of = {key: [float(getattr(n, key)[0, 0, place]) for n in networks] for key in ("centre", "width")}
        scaling = {"formula": "(x - centre) / width", **of}
    keys = ("expression", "values", "shape", "unit", "meaning")
    return {"place": place, "name": name, **{key: said[key] for key in keys if key in said}, "scaling": scaling}
