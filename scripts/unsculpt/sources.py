"""Where the events of a sample come from; its files by name and pattern, none of them read twice; stdlib only."""

import glob
import hashlib
import itertools
import os
import re
from pathlib import Path

from unsculpt.errors import InputError

KINDS = ("files", "simulate", "pseudodata")
_EDGE = 1 << 16  # bytes at the beginning and at the end of a file, where its table of contents is
_OF_SOURCE = (*KINDS, "sum_weights", "format", "measured")  # what is said of these files, and of no others


def drop_replaced(parent, change):
    """Drop from `parent`, the base of a study, the sources of those samples to which `change` gives another."""
    samples = mappings(parent)
    for name, sample in mappings(change).items():
        if name in samples and any(kind in sample for kind in KINDS):
            for key in _OF_SOURCE:
                if key not in sample:
                    samples[name].pop(key, None)
            if samples[name].get("role") == "data":
                parent.pop("data_files", None)


def mappings(config):
    """The samples of a configuration that is not validated yet, without those that are no mappings."""
    samples = config.get("samples")
    return {name: s for name, s in samples.items() if isinstance(s, dict)} if isinstance(samples, dict) else {}


def check(config, where):
    """Refuse samples with no source, two, or keys that mean nothing for it, and a study that lacks a role."""
    samples = config["samples"]
    for name, sample in samples.items():
        key, given = f"{where}: samples.{name}", [kind for kind in KINDS if kind in sample]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise InputError(f"{key} has {found} of files, simulate, pseudodata; give exactly one")
        if "simulate" in sample and sample["role"] == "data":
            raise InputError(f"{key} is data and simulated; use pseudodata, or files")
        if "sum_weights" in sample and ("files" not in sample or sample["role"] == "data"):
            raise InputError(f"{key}.sum_weights is for simulated events in files; remove it")
        if "format" in sample and "files" not in sample:
            raise InputError(f"{key}.format is for files; what is simulated is read as it was written, remove it")
        if sample["measured"] and ("files" not in sample or sample["role"] != "background"):
            raise InputError(f"{key}.measured is for a background in files; remove it")
        for word in ("sum_weights", "cross_section_pb"):
            if sample["measured"] and word in sample:
                raise InputError(f"{key}.{word} is for simulated events, and these are measured; remove it")
        if "pseudodata" in sample and sample["role"] != "data":
            raise InputError(f"{key} is pseudodata with role {sample['role']}; its role is data")
    for role, least, most in (("signal", 1, 99), ("background", 1, 99), ("data", 0, 1)):
        count = sum(sample["role"] == role for sample in samples.values())
        if not least <= count <= most:
            raise InputError(f"{where}: samples has {count} samples with role {role}; at least {least}, at most {most}")


def find(samples, where, mixtures=()):
    """Replace the names and patterns of `files` by the files that they mean, before anything runs.

    Parameters
    ----------
    samples : dict
        The configuration `samples`; changed in place.
    where : str
        The study, for sentences.
    mixtures : iterable of lists of str
        The samples of each background hypothesis.

    Raises
    ------
    InputError
        For what is no file, and for a file whose events would be there twice.
    """
    data = next((sample.get("files") for sample in samples.values() if sample["role"] == "data"), None)
    for name, sample in samples.items():
        if "files" in sample:
            advice = "name the data with DATA=path" if sample["files"] == data else "correct the path"
            sample["files"] = _find(sample["files"], f"{where}: samples.{name}.files", advice)
    _check_shared(samples, where, list(mixtures))


def find_new(config, where):
    """Replace the names and patterns of `apply.files` by the files that they mean; refuse what the study has not."""
    asked = config["apply"]
    if asked["sample"] not in (None, *config["samples"]):
        known = ", ".join(config["samples"])
        raise InputError(f"{where}: apply.sample {asked['sample']!r} is no sample of the study; there are {known}")
    for name in asked["methods"]:
        if name not in config["methods"] and asked["methods"] != ["all"]:
            known = ", ".join(config["methods"])
            raise InputError(f"{where}: apply.methods names {name!r}; there are {known}, or give all alone")
    asked["files"] = _find(asked["files"], f"{where}: apply.files", "correct FILES")


def first(pattern, where, advice):
    """The file that a name means, or the first of those that fit a pattern."""
    return _matches(pattern, where, advice)[0] if glob.has_magic(pattern) else pattern


def _find(patterns, where, advice):
    """The files of one sample, in the order of their patterns."""
    found = {}
    for pattern in patterns:
        for path in _matches(pattern, where, advice):
            identity = _identity(path)
            if identity in found:
                before, first = found[identity]
                raise InputError(
                    f"{where}: {path} (listed as {pattern}) is the same file as {before} (listed as {first}), and its "
                    "events would count twice; list it once"
                )
            found[identity] = path, pattern
    return [path for path, _ in found.values()]


def _matches(pattern, where, advice):
    """The files that a name or pattern means: a URL, the file of this very name, or those that fit the pattern."""
    if "://" in pattern:
        return [pattern]
    try:
        if Path(pattern).is_file():
            found = [str(Path(pattern))]  # without ./ and //, of which Snakemake complains
        else:
            pattern = str(Path(os.path.expanduser(pattern)))  # noqa: PTH111 (leaves an unknown ~name as it is)
            if Path(pattern).is_dir():
                raise InputError(f"{where}: {pattern} is a folder; list its files, for example {pattern}/*.root")
            found = [path for path in sorted(glob.glob(pattern, recursive=True)) if not Path(path).is_dir()]  # noqa: PTH207 (absolute patterns too)
        broken = next((path for path in found if not Path(path).is_file()), None)
    except OSError as error:
        raise InputError(f"{where}: {pattern} cannot be looked up ({error.strerror}); {advice}") from error
    if not found:
        raise InputError(f"{where}: no file {pattern}; {advice}")
    if broken:
        raise InputError(f"{where}: {broken} is a link to a file that is not there; mend or remove it")
    for path in found:
        if braces := re.search(r"\{.*\}", path):
            raise InputError(
                f"{where}: {path} has {braces[0]} in its name, which Snakemake takes for a wildcard; rename the file "
                "or link it under another name"
            )
    return found


def content(path):
    """Twelve hexadecimal digits of the size, beginning and end of a file, where ROOT and Parquet have their tables.

    A file that was replaced has others, whatever the time stamp of the new one. Of a file that is not there: empty.
    """
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.sha256(f"{size}".encode() + file.read(_EDGE))
            file.seek(max(size - _EDGE, 0))
            digest.update(file.read(_EDGE))
    except OSError:
        return ""
    return digest.hexdigest()[:12]


def _identity(path):
    """What two names of one file have in common."""
    if "://" in path:
        return path
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def _check_shared(samples, where, mixtures):
    """Two samples of one event table may read the same file if an event cannot be in both: their regions differ."""
    readers = {}
    for name, sample in samples.items():
        for path in sample.get("files", []):
            readers.setdefault(_identity(path), []).append((name, path))
    for shared in readers.values():
        for (first, path), (second, _) in itertools.combinations(shared, 2):
            one, other = samples[first], samples[second]
            backgrounds = one["role"] == other["role"] == "background"
            alternatives = backgrounds and not any({first, second} <= set(mixture) for mixture in mixtures)
            apart = one["region"] != other["region"] and "any" not in (one["region"], other["region"])
            if not alternatives and not apart:
                regions = f"(region {one['region']}) and samples.{second} (region {other['region']})"
                raise InputError(
                    f"{where}: samples.{first} {regions} both read {path}, and events would be in both; give them "
                    "different regions, or share out the files"
                )
