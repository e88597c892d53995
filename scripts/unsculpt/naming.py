"""Names of strengths and of the files a study makes; stdlib only."""

import hashlib
import os
import re


def strength_tag(strength):
    """Shortest text that names a strength and gives it back: `float(tag) == strength`.

    Examples
    --------
    >>> strength_tag(0.30), strength_tag(100), strength_tag(0.125)
    ('0.3', '100', '0.125')
    """
    strength = float(strength)
    return str(int(strength)) if strength.is_integer() and strength < 1e15 else repr(strength)


TREE_OBJECTIVES = ("uboost", "flatness")  # all others are of networks


def method_kind(method):
    """What makes the scores of a method of the configuration: a network, trees, a transform or a feature.

    Examples
    --------
    >>> method_kind({"objective": "none"}), method_kind({"transform": "cdf", "of": "nn"})
    ('network', 'transform')
    """
    if "objective" in method:
        return "trees" if method["objective"] in TREE_OBJECTIVES else "network"
    return "transform" if "transform" in method else "feature"


def stacks(method):
    """Whether the models of a method of networks train as one stack, which is faster than one by one.

    Examples
    --------
    >>> stacks({"objective": "none"}), stacks({"objective": "none", "architecture": "convolution"})
    (True, False)
    """
    return method.get("architecture", "perceptron") == "perceptron"


def is_plain(method):
    """Whether a method is a classifier that knows nothing of the mass: a network without objective, on all events.

    Examples
    --------
    >>> is_plain({"objective": "none"}), is_plain({"objective": "none", "train_in": "window"})
    (True, False)
    """
    same_events = not (method.get("planing") or method.get("train_on")) and method.get("train_in", "all") == "all"
    classifies = method.get("task", "classification") == "classification"
    return method.get("objective") == "none" and classifies and same_events


def plain_method(methods):
    """Name of the reference of every comparison: the plain classifier, or else the first network, or method.

    Examples
    --------
    >>> plain_method({"window": {"objective": "none", "train_in": "window"}, "nn": {"objective": "none"}})
    'nn'
    """
    networks = [name for name, method in methods.items() if method_kind(method) == "network"]
    return next((name for name in networks if is_plain(methods[name])), next(iter(networks or methods)))


def reweighted(method, flat_in):
    """Whether a method is trained with other weights than those of all later numbers; `flat_in` is that of the study.

    What a method of each channel's own makes flat is flat in a channel and not in all: such a method is none.

    Examples
    --------
    >>> reweighted({"objective": "none", "planing": True}, {}), reweighted({"objective": "none"}, {})
    (True, False)
    """
    if "objective" not in method or method.get("per_channel"):
        return False
    return bool(method.get("planing") or method.get("flat_in") or flat_in)


def raw_of(name, methods):
    """The method of which another is the decorrelated form: the base of a transform, the plain network of a network.

    Trees are compared with themselves at strength 0. None for a feature, and for what is plain itself.

    Examples
    --------
    >>> grid = {"nn": {"objective": "none"}, "ann": {"objective": "disco"}, "x": {"transform": "ddt", "of": "ann"}}
    >>> raw_of("nn", grid), raw_of("ann", grid), raw_of("x", grid)
    (None, 'nn', 'ann')
    """
    method, kind = methods[name], method_kind(methods[name])
    if kind == "transform":
        return method["of"]
    if kind == "trees":
        return name if 0 in method.get("strengths", ()) and len(method["strengths"]) > 1 else None
    task = method.get("task", "classification")
    plain = [
        other
        for other, found in methods.items()
        if is_plain(found | {"task": "classification"}) and found.get("task", "classification") == task
    ]
    return None if kind == "feature" or name in plain else next(iter(plain), None)


def objective_of(name, methods):
    """The objective behind the strengths of a method: its own, that of its base, or "feature".

    Examples
    --------
    >>> objective_of("b", {"a": {"objective": "disco"}, "b": {"transform": "cdf", "of": "a"}})
    'disco'
    """
    method = methods.get(name, {})
    return objective_of(method["of"], methods) if "of" in method else method.get("objective", "feature")


def method_label(name, method):
    """What a method is called on figures and in tables.

    Examples
    --------
    >>> method_label("ann", {})
    'ANN'
    """
    return method.get("label", name.upper())


def channel_name(category):
    """Name of a category in likelihoods and workspaces, in letters, digits and underscores.

    Examples
    --------
    >>> channel_name("Had_b 1"), category_of(channel_name("Had_b 1"))
    ('Had_b_1', 'Had_b 1')
    """
    return category.replace(" ", "_")


def category_of(channel):
    """The category that `channel_name` gave this name."""
    return " ".join(channel.rsplit("_", 1))


def category_name(short, number):
    """Name of a category; number 1 is the purest.

    Examples
    --------
    >>> category_name("Had", 1)
    'Had 1'
    """
    return f"{short} {number}"


def file_stem(path):
    """A name for what is made of a file or URL: its own, and eight digits that stand for its whole path.

    Examples
    --------
    >>> file_stem("https://example.org/a/data%20A.root")
    'data_20A-d150034f'
    """
    path = str(path)
    whole = path if "://" in path else os.path.abspath(path)  # noqa: PTH100 (a link keeps its name)
    own = re.sub(r"\.\w+$", "", path.partition("?")[0].rpartition("/")[2])
    own = re.sub(r"\W+", "_", own, flags=re.ASCII).strip("_")[:80] or "file"
    return f"{own}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
