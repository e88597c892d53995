"""The words of ARGS, DATA and FILES: options of Snakemake, values of keys, names of files."""

import os
import re
import shlex
from collections import deque
from pathlib import Path

import yaml

from unsculpt import studyfile
from unsculpt.errors import InputError

CONFIG, CONFIGFILE = ("--config", "-C"), ("--configfile", "--configfiles")
ASSIGNMENT = re.compile(r"([A-Za-z_][\w-]*(?:\.[\w-]+)*)=(.*)", re.DOTALL)
EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")  # YAML takes 1e-3 for a text


def split(text):
    """The words of ARGS, quoted as in a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InputError(f"ARGS={text}: {str(error).lower()}; close every quotation mark") from error


def take_configuration(words):
    """Take `--config` and `--configfile` out of options of Snakemake: pairs of key and text, study files, the rest.

    Examples
    --------
    >>> take_configuration(["--config", "seed=2", "all", "--configfile", "a.yaml", "b", "-n"])
    ([('seed', '2')], ['a.yaml'], ['all', 'b', '-n'])
    """
    words, assignments, files, rest = deque(words), [], [], []
    while words:
        flag, attached, value = (word := words.popleft()).partition("=")
        if word == "--":
            rest += [word, *words]
            break
        if flag in CONFIG + CONFIGFILE and attached:
            words.appendleft(value)
        if flag in CONFIG:
            if not words or not ASSIGNMENT.fullmatch(words[0]):
                found = f"followed by {words[0]!r}" if words else "the last word"
                raise InputError(f"ARGS: {flag} is {found}; give key=value, for example --config training.epochs=60")
            while words and (match := ASSIGNMENT.fullmatch(words[0])):
                assignments.append(match.groups())
                words.popleft()
        elif flag in CONFIGFILE:
            if not words or words[0].startswith("-"):
                raise InputError(f"ARGS: {flag} names no study file; give one, or STUDY=name")
            files.append(words.popleft())
            while words and words[0].endswith((".yaml", ".yml", ".json")) and not words[0].startswith("results/"):
                files.append(words.popleft())
        elif word.startswith("--conf"):
            raise InputError(
                f"ARGS: {word} may be several options of Snakemake; write --config or --configfile in full"
            )
        else:
            rest.append(word)
    return assignments, files, rest


def option(words, *flags):
    """The value of an option of Snakemake that takes one (`--cores 2`, `--cores=2`, `-c2`), None if it is not there."""
    for i, word in enumerate(words):
        if word == "--":
            break
        if word in flags:
            return words[i + 1] if i + 1 < len(words) else ""
        for flag in flags:
            start = f"{flag}=" if flag.startswith("--") else flag
            if word.startswith(start):
                return word.removeprefix(start)
    return None


def read_assignments(assignments):
    """The change that pairs of key and text make, in which each key may be given once; texts are values of YAML.

    Examples
    --------
    >>> read_assignments([("training.epochs", "3"), ("training", "{seeds: [1]}"), ("title", "x")])
    {'training': {'epochs': 3, 'seeds': [1]}, 'title': 'x'}
    """
    change, seen = {}, []
    for key, text in assignments:
        tree = _read_value(key, text)
        for name in reversed(key.split(".")):
            tree = {name: tree}
        for leaf in _leaves(tree):
            if alien := [name for name in leaf if not isinstance(name, str)]:
                raise InputError(f"ARGS: --config {key}={text}: the key {alien[0]} is no text; put it in quotes")
            if any(leaf[: len(other)] == other[: len(leaf)] for other in seen):
                raise InputError(f"ARGS: --config gives {'.'.join(map(str, leaf))} twice; give it once")
        seen += _leaves(tree)
        change = studyfile.merge(change, tree)
    return change


def _read_value(key, text):
    """A value as YAML has it on one line; words with a colon or another sign of YAML are text."""
    flow = text.lstrip().startswith(("{", "["))
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        if not flow:
            return text
        raise InputError(f"ARGS: --config {key}={text} is no list or mapping of YAML; close its brackets") from error
    if isinstance(value, str) and EXPONENT.fullmatch(value):
        return float(value)
    return text if isinstance(value, (dict, list)) and not flow else value


def _leaves(tree, path=()):
    if isinstance(tree, dict) and tree:
        return [leaf for key, value in tree.items() for leaf in _leaves(value, (*path, key))]
    return [path]


def data_files(text):
    """The files, patterns or URLs that DATA names: one name that exists, or names between blanks, quoted as in a shell.

    Examples
    --------
    >>> data_files("a.root 'b c.root' /data/*.root")
    ['a.root', 'b c.root', '/data/*.root']
    """
    names = [text] if Path(text).expanduser().exists() else None
    try:
        names = names or shlex.split(text)
    except ValueError as error:
        raise InputError(f"DATA={text}: {str(error).lower()}; close every quotation mark") from error
    return [os.path.expanduser(name) for name in names]  # noqa: PTH111 (URLs keep their //)
