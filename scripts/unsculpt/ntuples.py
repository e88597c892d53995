"""Reading ROOT ntuples through uproot in steps of bounded memory: branches, units, weights, broken files."""

import difflib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from unsculpt import branches
from unsculpt.errors import InputError


@dataclass(frozen=True)
class Header:
    """What a file says of its whole sample, or of one of the chunks of simulation in it.

    entries : events in the tree, or of the chunk.
    sum_weights : sum of generator weights of all generated events; of those in the file when it has no branch of it,
        and their number for data; None when the branch does not tell.
    cross_section_pb : None when the file does not say.
    generator : text, empty when the file does not say.
    unknown : why there is no sum of weights, in words.
    """

    entries: int
    sum_weights: float | None
    cross_section_pb: float | None
    generator: str
    unknown: str = ""


class Ntuple:
    """The tree of one ROOT file (path or URL), opened and checked; iterate over it to get its events in steps.

    Parameters
    ----------
    path : str
        Path or URL, as uproot understands it.
    tree, energy_unit, step_size, branches
        The configuration `ntuples`.
    groups : set of str
        Groups of branches that the study uses besides the photons (see `branches.Branch`).
    simulated : bool
        Whether events carry weights; data events have weight 1.
    """

    def __init__(self, path, *, tree, energy_unit, step_size, branches: dict, groups, simulated):
        self.path, self.tree_name, self.step_size, self.simulated = str(path), tree, step_size, simulated
        self._unit = {"GeV": 1.0, "MeV": 1e-3}[energy_unit]
        self._file = _open(self.path)
        self._tree = self._get_tree()
        self.names = self._resolve(branches, groups)
        self.header = self._read_header()
        self.headers = self._read_chunks() or [self.header]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __iter__(self):
        """Give each step as a dict of arrays by schema name, energies in GeV, floats in double precision, and `weight`.

        Jagged branches are awkward arrays, the others numpy arrays; a branch that is absent has no entry.
        """
        return self._arrays(0, self.header.entries)

    @property
    def warnings(self):
        """Sentences of which unsculpt's own simulation warned when it wrote the file; none for other files."""
        return json.loads(self._text("unsculpt_warnings") or "[]")

    def chunks(self):
        """Give header and steps (see `__iter__`) of each chunk of simulation in the file; most files are one."""
        start = 0
        for header in self.headers:
            yield header, self._arrays(start, start + header.entries)
            start += header.entries

    def _arrays(self, start, stop):
        once = ("SumWeights", "XSection")
        names = {name: actual for name, actual in self.names.items() if name not in once}
        for step in self._steps(set(names.values()), start, stop):
            arrays = {name: self._clean(name, _field(step, actual), start) for name, actual in names.items()}
            self._check_counts(arrays)
            arrays.setdefault("eventNumber", np.arange(start, start + len(step), dtype=np.int64))
            arrays.setdefault("runNumber", np.zeros(len(step), np.int64))
            arrays["weight"] = _weights(arrays, len(step), self.simulated)
            start += len(step)
            yield arrays

    def _get_tree(self):
        trees = self._read(lambda: self._file.keys(cycle=False, filter_classname=["TTree", "*RNTuple*"]))
        if self.tree_name not in trees:
            there = f"it holds {', '.join(trees)}" if trees else "it holds no tree at all"
            raise InputError(f"{self.path}: no tree {self.tree_name!r}, {there}; set ntuples.tree")
        tree = self._read(lambda: self._file[self.tree_name])
        if tree.num_entries == 0:
            logging.info("%s: tree %r has zero events", self.path, self.tree_name)
        return tree

    def _resolve(self, mapping, groups):
        """Names in the file by schema name, of the branches to read."""
        branches.check(mapping)
        there = set(self._tree.keys())
        names = {}
        for name, (actual, required) in branches.wanted(mapping, groups, self.simulated).items():
            if actual in there:
                names[name] = actual
            elif required or name in mapping:
                raise InputError(self._missing(name, actual, there))
            else:
                logging.info("%s: no branch %s: %s", self.path, actual, branches.BRANCHES[name].without)
        for name, actual in mapping.items():
            if actual is None and name in branches.BRANCHES:
                logging.info("%s: %s is null in this study: %s", self.path, name, branches.BRANCHES[name].without)
        return names

    def _missing(self, name, actual, there):
        near = difflib.get_close_matches(actual, there, 3, 0.5)
        hint = f"near names are {', '.join(near)}" if near else f"it has {', '.join(sorted(there)[:8])}, ..."
        branch = branches.BRANCHES[name]
        null = f", or to null ({branch.without})" if branch.nullable else ""
        return (
            f"{self.path}: tree {self.tree_name!r} has no branch {actual!r}, {hint}; "
            f"set ntuples.branches.{name} to its name{null}"
        )

    def _read_header(self):
        sum_weights, unknown = self._sum_of_weights()
        return Header(
            entries=int(self._tree.num_entries),
            sum_weights=sum_weights,
            cross_section_pb=self._cross_section(),
            generator=self._text("generator") or "",
            unknown=unknown,
        )

    def _read_chunks(self):
        """Headers of the chunks that unsculpt's own simulation wrote into one file; nothing for other files."""
        text = self._text("unsculpt_chunks") or "[]"
        chunks = [Header(**chunk, generator=self.header.generator) for chunk in json.loads(text)]
        return chunks if sum(chunk.entries for chunk in chunks) == self.header.entries else []

    def _text(self, name):
        """A text beside the tree; None where there is none."""
        found = self._read(lambda: self._file.get(name))
        return None if found is None else str(found)

    def _cross_section(self):
        values = self._values("XSection")
        if not len(values):
            return None
        if not _constant(values):
            raise InputError(
                f"{self.path}: branch {self.names['XSection']!r} {_span(values)}; list files of different samples "
                "apart, or set ntuples.branches.XSection to null and cross_section_pb of the sample"
            )
        return float(values[0])

    def _sum_of_weights(self):
        """Sum of the generator weights of all generated events, and why there is none."""
        actual, values = self.names.get("SumWeights"), self._values("SumWeights")
        if actual is None:
            return self._sum_in_file(), ""
        if not len(values):
            return None, (
                f"{self.path} has zero events and so does not tell for how many generated ones it stands ({actual}), "
                "without which the yield would be too large by its share"
            )
        if not _constant(values):
            return None, f"branch {actual!r} of {self.path} {_span(values)}"
        return float(values[0]), ""

    def _sum_in_file(self):
        """Sum of the generator weights in the file, which is that of all generated events if none was dropped."""
        if "mcWeight" not in self.names:
            return float(self._tree.num_entries)
        logging.info("%s: no SumWeights: the events in the file are taken for all generated ones", self.path)
        return float(self._values("mcWeight").sum())

    def _values(self, name):
        """The values of a branch with one number an event; none without the branch."""
        if name not in self.names:
            return np.zeros(0)
        array = self._read(lambda: self._tree[self.names[name]].array(library="ak"))
        return self._clean(name, array, 0).astype(float)

    def _steps(self, actual, start, stop):
        """Arrays of the steps; what goes wrong inside uproot is a broken file."""
        part = {"filter_name": lambda name: name in actual, "entry_start": start, "entry_stop": stop, "library": "ak"}
        if start == stop:  # no step for uproot; but no events have their types, too, and a cut flow
            yield self._read(lambda: self._tree.arrays(**part))
            return
        steps = self._tree.iterate(**part, step_size=self.step_size)
        while (step := self._read(lambda: next(steps, None))) is not None:
            yield step

    def _read(self, action):
        try:
            return action()
        except Exception as error:  # uproot raises all kinds on damaged baskets
            raise InputError(
                f"{self.path}: cannot be read to its end ({_reason(error)}); copy the file again"
            ) from error

    def _check_counts(self, arrays):
        """The branches of one collection must have as many entries in each event."""
        counts = {}
        for name, array in arrays.items():
            if array.ndim > 1:
                first, number = counts.setdefault(name.split("_")[0], (name, ak.num(array)))
                if not ak.all(number == ak.num(array)):
                    raise InputError(
                        f"{self.path}: branches {self.names[first]!r} and {self.names[name]!r} have different numbers "
                        "of objects in an event; map them to branches of one collection in ntuples.branches"
                    )

    def _clean(self, name, array, start):
        """Double precision, GeV, and only finite numbers."""
        branch = branches.BRANCHES[name]
        if array.ndim != (2 if branch.listed else 1):
            wanted = "a list of numbers" if branch.listed else "one number"
            raise InputError(
                f"{self.path}: branch {self.names[name]!r} holds {array.type.content} but {wanted} an event is "
                f"expected; set ntuples.branches.{name} to another branch"
            )
        if array.ndim == 1:
            array = ak.to_numpy(array)
        flat = np.asarray(ak.flatten(array, axis=None))
        if flat.dtype.kind == "f":
            if not np.isfinite(flat).all():
                bad = ~np.isfinite(array) if array.ndim == 1 else ak.any(~np.isfinite(array), axis=1)
                entry = start + int(np.flatnonzero(bad)[0])
                raise InputError(
                    f"{self.path}: branch {self.names[name]!r} is not a number (or infinite) in entry {entry}; "
                    "mend the file or remove the event"
                )
            array = ak.values_astype(array, np.float64) if array.ndim > 1 else array.astype(np.float64)
        return array * self._unit if branch.energy else array


def _field(step, name):
    """The values of a branch; that of a record in an RNTuple, `photon.pt`, lies inside its record."""
    return step[name] if name in step.fields else step[tuple(name.split("."))]


def _constant(values):
    """Whether all values are one number other than zero."""
    low, high = values.min(), values.max()
    return high - low <= 1e-6 * abs(high) and high != 0


def _span(values):
    return f"runs from {values.min():g} to {values.max():g} but must be one number other than zero"


def _open(path):
    if "://" not in path and not Path(path).is_file():
        raise InputError(f"{path}: no such file; check samples.*.files of the study, or DATA")
    # uproot's own readers: that of files takes names as they are, that of http needs no further package
    handlers = {"": uproot.MultithreadedFileSource, "http": uproot.HTTPSource, "https": uproot.HTTPSource}
    scheme = path.partition("://")[0] if "://" in path else ""
    handler = {"handler": handlers[scheme]} if scheme in handlers else {}
    try:
        return uproot.open({path: None}, **handler)  # all of it is the file's name, a colon and what follows included
    except Exception as error:  # a foreign, truncated or unreachable file raises all kinds
        what = "check the address and the network" if "://" in path else "check the file or copy it again"
        raise InputError(f"{path}: cannot be opened as ROOT ({_reason(error)}); {what}") from error


def _reason(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__


def _weights(arrays, n, simulated):
    """Generator weight times the scale factors that are there; 1 for data."""
    weight = np.ones(n)
    if simulated:
        for name in ("mcWeight", *branches.SCALE_FACTORS):
            weight = weight * arrays.get(name, 1.0)
    return weight
