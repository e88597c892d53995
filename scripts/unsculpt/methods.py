"""The grid of methods: what makes an entry of it valid, in sentences; stdlib only."""

import difflib

from unsculpt.errors import InputError
from unsculpt.naming import method_kind, strength_tag

PLAIN = "{objective: none, strengths: [0]}"
ARRAYS = {"convolution": "an image", "constituents": "an array of constituents"}  # architectures that need one
_LEARNT = {"reconstruction": "background", "inverse": "signal"}  # class by task
_TRAINED = {"objective", "strengths", "planing", "train_in", "per_channel", "inputs", "flat_in", "train_on"}
_OF_PERCEPTRON = ("hidden_layers",)
CHOICES = {  # as the schema has them in architectures
    ("constituents", "kind"): ("sets", "sequence", "lola", "boosts"),
    ("autoencoder", "kind"): ("dense", "convolution", "linear"),
    ("autoencoder", "scale"): ("common", "fields"),
}
_KEYS = {  # that a kind of method may have, besides its label
    "network": _TRAINED
    | {"order", "architecture", "task", "conditions", "protected", "protect", "network", "epochs", "contamination"},
    "trees": _TRAINED,
    "transform": {"transform", "of", "protected", "protect", "strengths", "contamination"},
    "feature": {"feature", "sign", "strengths"},
}


def protected(method, training):
    """What a method of networks protects: its own variables, or those of the configuration `training`.

    Examples
    --------
    >>> protected({"objective": "adversarial", "protected": ["jet_scale"]}, {"protected": ["mass"]})
    ['jet_scale']
    """
    return list((method.get("protected") if "objective" in method else None) or training["protected"])


def variations_of(method, config):
    """Names of the variations that a method protects, in the order in which the study has them."""
    named = method.get("protected", ()) if "objective" in method else ()
    return [name for name in config["variations"] if name in named]


def check(config, where):
    """Check the grid, and give every method its strengths: those of its base to a transform, 0 to a feature."""
    grid = config["methods"]
    for name, method in grid.items():
        key = f"{where}: methods.{name}"
        sources = [source for source in ("objective", "transform", "feature") if source in method]
        if len(sources) != 1:
            found = " and ".join(sources) or "none"
            raise InputError(f"{key} has {found} of objective, transform, feature; give exactly one")
        alien = method.keys() - _KEYS[method_kind(method)] - {"label"}
        if alien:
            raise InputError(f"{key}.{min(alien)} means nothing with {sources[0]} {method[sources[0]]}; remove it")
        _CHECK_METHOD[sources[0]](key, method, config)
    for name, method in grid.items():
        if "transform" in method:
            _take_strengths(f"{where}: methods.{name}", method, grid[method["of"]]["strengths"])
            _take_contamination(f"{where}: methods.{name}", method, grid[method["of"]])
    for name in (config.get("published") or {"taggers": {}})["taggers"]:
        if name not in grid:
            raise InputError(
                f"{where}: published.taggers has {name!r}, which is no method; there are {', '.join(grid)}"
            )
    _check_learning(config, where)
    networks = [name for name, method in grid.items() if method_kind(method) == "network"]
    if not networks:
        raise InputError(f"{where}: methods has no network, which ranks the features; add nn: {PLAIN}")
    if config["rank"] not in (None, *networks):
        known = ", ".join(networks)
        raise InputError(f"{where}: rank {config['rank']!r} is no network of methods; there are {known}")


def autoencoders(config):
    """The methods whose networks give their inputs back.

    Examples
    --------
    >>> autoencoders({"methods": {"ae": {"task": "reconstruction"}, "ae_cdf": {"of": "ae"}, "cnn": {}}})
    ['ae']
    """
    return [name for name, method in config["methods"].items() if method.get("task") in _LEARNT]


def families(points, methods):
    """Points that differ in the share of signal that contaminates their training alone, in the order of the share.

    Parameters
    ----------
    points : list of dict
        With `method`, `tag` and `contamination`.
    methods : dict
        This part of the configuration.

    Returns
    -------
    list of lists of dict
        In the order in which the first of each stands in the study.
    """
    found = {}
    for point in points:
        found.setdefault((_but_for_the_share(point["method"], methods), point["tag"]), []).append(point)
    return [sorted(family, key=lambda point: point["contamination"]) for family in found.values()]


def _but_for_the_share(name, methods):
    """What a method is, as a text: of its strengths each point has one, and its label may say anything."""
    told = {key: value for key, value in methods[name].items() if key not in ("label", "contamination", "strengths")}
    if "of" in told:
        told["of"] = _but_for_the_share(told["of"], methods)
    return str(sorted(told.items()))


def pictured(config):
    """The methods whose networks give images back.

    Examples
    --------
    >>> arrays = {"picture": {"shape": [8, 8], "values": ["pixels"]}, "tracks": {"shape": [8], "values": ["a", "b"]}}
    >>> grid = {"ae": {"task": "reconstruction", "inputs": ["picture"]}, "cnn": {"inputs": ["picture"]}}
    >>> pictured({"arrays": arrays, "methods": grid | {"other": {"task": "reconstruction", "inputs": ["tracks"]}}})
    ['ae']
    """
    images = {
        name
        for name, array in config["arrays"].items()
        if len(array["shape"]) == 2 and len(array.get("values") or [""]) == 1
    }
    return [name for name in autoencoders(config) if images & set(config["methods"][name].get("inputs", ()))]


def learning(config):
    """The methods that are asked how well they learn: those of `learning_curves`, or all that learn to classify.

    Examples
    --------
    >>> grid = {"nn": {"objective": "none"}, "cut": {"feature": "pt"}, "split": {"objective": "none", "per_channel": 1}}
    >>> learning({"learning_curves": None, "variations": {}, "methods": grid})
    ['nn']
    """
    named = (config["learning_curves"] or {}).get("methods", config["methods"])
    return [name for name in config["methods"] if name in named and _learns(name, config)]


def _check_learning(config, where):
    """Learning curves are of methods that have them, and there is one."""
    able = [name for name in config["methods"] if _learns(name, config)]
    kind = "that learns to classify, on the events as they are and of all channels together"
    if config["learning_curves"] and not able:
        raise InputError(f"{where}: learning_curves is asked, and there is no method {kind}; leave it out")
    for name in (config["learning_curves"] or {}).get("methods", ()):
        if name not in able:
            raise InputError(f"{where}: learning_curves.methods has {name!r}, which is none {kind}: {', '.join(able)}")


def _learns(name, config):
    """Whether a method learns to classify, on the events as they are and of all channels together."""
    method = config["methods"][name]
    classifies = "objective" in method and method.get("task", "classification") == "classification"
    return classifies and not method.get("per_channel") and not variations_of(method, config)


def _check_objective(key, method, config):
    if "strengths" not in method:
        raise InputError(f"{key} lacks strengths; give a list of numbers, [0] without a penalty")
    tags = [strength_tag(strength) for strength in method["strengths"]]
    twice = {tag for tag in tags if tags.count(tag) > 1}
    if twice:
        raise InputError(f"{key}.strengths holds {', '.join(sorted(twice))} twice; keep one")
    if method["objective"] == "none" and tags != ["0"]:
        raise InputError(f"{key} has no objective but strengths {tags}; give strengths: [0]")
    if method.get("train_in") == "window" and config["mass"]["window_gev"] is None:
        raise InputError(f"{key}.train_in is window, and mass.window_gev is null; give a window, or train_in: all")
    if method.get("per_channel") and "channel" in protected(method, config["training"]):
        of = key if "protected" in method else "training"
        raise InputError(
            f"{key}.per_channel trains each channel alone, where {of}.protected has no channel to protect; "
            "remove one of the two"
        )
    _check_protected(key, method, config)
    _check_train_on(key, method, config)
    if method.get("order") is not None and method["objective"] != "mode":
        raise InputError(f"{key}.order belongs to the objective mode, not to {method['objective']}; remove it")
    if "conditions" in method and method["objective"] != "adversarial":
        raise InputError(f"{key}.conditions are of the objective adversarial, not of {method['objective']}; remove it")
    if method.get("planing") and method.get("flat_in"):
        raise InputError(f"{key} has planing, flat in the mass, and flat_in; remove one of the two")
    _check_task(key, method, config)
    _check_inputs(key, method, config)
    _check_network(key, method, config)


def _check_protected(key, method, config):
    """What a method of networks protects itself are columns of the events, or variations, of which all have copies."""
    for name in ("protected", "protect"):
        if name in method and method["objective"] == "none":
            raise InputError(f"{key}.{name} is given, and without an objective nothing is protected; remove it")
    for name in method.get("protected", ()):
        if name not in ("mass", "channel", "region", *config["features"], *config["variations"]):
            raise InputError(
                f"{key}.protected names {name!r}; name mass, channel, region, a feature or a variation of the study"
            )
    named = variations_of(method, config)
    measured = [name for name, s in config["samples"].items() if s.get("measured") and s["role"] != "data"]
    if named and measured:
        raise InputError(
            f"{key}.protected names the variation {named[0]!r}, and samples.{measured[0]} is measured, of which there "
            "are no copies with other scales; leave one of the two out"
        )


def _check_train_on(key, method, config):
    """Events that train are named by columns that they have, and leave something to protect."""
    for column, value in method.get("train_on", {}).items():
        known = {"channel": config["channels"], "region": config["regions"]}.get(column)
        if known is None and column not in config["features"]:
            raise InputError(f"{key}.train_on names {column!r}; name channel, region or a feature of the study")
        if known is not None and value not in known:
            raise InputError(f"{key}.train_on.{column} is {value!r}, which is none of {column}s: {', '.join(known)}")
        if known is None and isinstance(value, str):
            raise InputError(f"{key}.train_on.{column} is {value!r}, and the values of a feature are numbers; give one")
        if column == "channel" and method.get("per_channel"):
            raise InputError(
                f"{key}.train_on names a channel, and per_channel trains all of them; remove one of the two"
            )
        if method["objective"] != "none" and column in protected(method, config["training"]):
            of = f"{key}.protected" if "protected" in method else "training.protected"
            raise InputError(
                f"{key}.train_on keeps one {column}, which {of} protects; among these events there is "
                "nothing to protect, give objective: none, or remove train_on"
            )


def _check_inputs(key, method, config):
    """Inputs are features, or one array for an architecture that takes it."""
    known, architecture = config["arrays"], method.get("architecture", "perceptron")
    inputs = method.get("inputs") or config["training"].get("inputs") or config["features"]
    for name in method.get("inputs", ()):
        if name not in (*config["features"], *known):
            raise InputError(f"{key}.inputs names {name!r}; name features of the study, or one array")
    named = [name for name in inputs if name in known]
    if named and len(inputs) > 1:
        raise InputError(f"{key}.inputs [{', '.join(inputs)}] has an array among others; give features, or one array")
    if named and architecture == "perceptron":
        what = "trees take" if method_kind(method) == "trees" else "a perceptron takes"
        raise InputError(f"{key}.inputs is the array {named[0]}, and {what} features; name these, or an architecture")
    if architecture in ARRAYS and not named:
        raise InputError(
            f"{key}.architecture {architecture} takes {ARRAYS[architecture]}, and its inputs are features; name one "
            "array in inputs of the method"
        )
    if architecture in ARRAYS:
        shape, values = known[named[0]]["shape"], known[named[0]].get("values") or [""]
        if len(shape) + (len(values) > 1) != 2:
            raise InputError(
                f"{key}.architecture {architecture} takes {ARRAYS[architecture]}, of two dimensions, and the array "
                f"{named[0]} has shape {shape} of {len(values)} values; name another, or change arrays.{named[0]}"
            )


def _check_task(key, method, config):
    """Reconstruction is what an autoencoder does, and an autoencoder does nothing else; it sees one class."""
    architecture, task = method.get("architecture", "perceptron"), method.get("task", "classification")
    if method.get("contamination") and task != "reconstruction":
        raise InputError(f"{key}.contamination is of the task reconstruction, not of {task}; remove it")
    if (architecture == "autoencoder") != (task != "classification"):
        wrong = (
            f"{key}.task {task} needs a network that gives its inputs back, not a {architecture}; give "
            "architecture: autoencoder"
        )
        if task == "classification":
            wrong = (
                f"{key}.architecture autoencoder gives its inputs back and classifies nothing; give task: "
                "reconstruction, or another architecture"
            )
        raise InputError(wrong)
    if task == "classification":
        return
    for name in ("planing", "per_channel"):
        if method.get(name):
            does = {
                "planing": "makes both classes flat in the mass",
                "per_channel": "compares channels by their signal",
            }
            raise InputError(f"{key}.{name} {does[name]}, and {task} learns from {_LEARNT[task]} alone; remove it")
    if method.get("protect", config["training"]["protect"]) == "all":
        raise InputError(
            f"{key}.task {task} learns from {_LEARNT[task]} alone, and training.protect is all; make it background"
        )
    if task == "inverse" and method["objective"] != "none":
        raise InputError(
            f"{key}.task inverse sees no background whose mass the objective {method['objective']} could protect; give "
            "objective: none"
        )


def _check_network(key, method, config):
    """What a method sets of its network is known of its architecture."""
    architecture = method.get("architecture", "perceptron")
    known = config["architectures"].get(architecture, _OF_PERCEPTRON)
    for name, value in method.get("network", {}).items():
        if name not in known:
            raise InputError(f"{key}.network.{name} is nothing of a {architecture}; it has {', '.join(known)}")
        allowed = CHOICES.get((architecture, name))
        if allowed and value not in allowed:
            raise InputError(f"{key}.network.{name} is {value!r}; for {architecture} give {' or '.join(allowed)}")
    if architecture == "autoencoder":
        _check_autoencoder(key, method, config["architectures"][architecture] | method.get("network", {}))


def _check_autoencoder(key, method, settings):
    """What does not learn has no objective, and nothing but the mean passes a bottleneck of 0."""
    linear = settings["kind"] == "linear"
    if linear and method["objective"] != "none":
        raise InputError(
            f"{key} has an autoencoder of kind linear, which learns nothing, and the objective {method['objective']}; "
            "give objective: none, or kind: dense"
        )
    if settings["bottleneck"] == 0 and not linear:
        raise InputError(f"{key} has an autoencoder whose bottleneck is 0, which kind linear alone can; give more")


def _check_transform(key, method, config):
    others = [name for name, other in config["methods"].items() if "transform" not in other]
    if method.get("of") not in others:
        found = f"of is {method['of']!r}" if "of" in method else "lacks of"
        wanted = (
            f"a method that is not itself a transform: {', '.join(others)}" if others else "a method with objective"
        )
        raise InputError(f"{key}: {found}; name {wanted}")
    columns = method.get("protected", ["mass"])
    for name in columns:
        if name not in ("mass", *config["features"]):
            raise InputError(f"{key}.protected names {name!r}; name mass or a feature of the study")
    if len(columns) > 2:
        raise InputError(
            f"{key}.protected names {len(columns)} variables, and a transform takes one or two; keep these"
        )
    if "protect" in method and method["transform"] != "cdf":
        raise InputError(
            f"{key}.protect is of the transform cdf; {method['transform']} learns from background alone, remove it"
        )
    if method["transform"] == "css" and columns != ["mass"]:
        raise InputError(
            f"{key}.protected is [{', '.join(columns)}], but css smears with functions of the mass; use cdf or knn, "
            "or remove protected"
        )


def _check_feature(key, method, config):
    if method["feature"] not in config["features"]:
        near = difflib.get_close_matches(method["feature"], config["features"], 1)
        advice = f"did you mean {near[0]}?" if near else "add it there"
        raise InputError(f"{key}.feature {method['feature']!r} is not in features of the study; {advice}")
    _take_strengths(key, method, [0])


def _take_strengths(key, method, strengths):
    """Strengths that follow from something else may be absent, or right."""
    if method.setdefault("strengths", list(strengths)) != list(strengths):
        raise InputError(f"{key}.strengths is {method['strengths']} but follows from the rest, {strengths}; remove it")


def _take_contamination(key, method, base):
    """A map learns from the events that the networks of its base learn from."""
    share = base.get("contamination", 0)
    if method.get("contamination", share) != share:
        raise InputError(
            f"{key}.contamination is {method['contamination']:g} but that of {method['of']} is {share:g}, and a map "
            "learns from the same events; remove it"
        )
    if share:
        method["contamination"] = share


_CHECK_METHOD = {"objective": _check_objective, "transform": _check_transform, "feature": _check_feature}
