"""Reading ROOT ntuples through uproot in steps of bounded memory: branches, units, weights, broken files."""

import difflib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from unsculpt import evaluation, formats
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
    about : dict
        Its format (config/formats), with the fields to read and no others.
    step_size : str
        Memory of one step of reading, as uproot understands it.
    simulated : bool
        Whether events carry weights; data events have weight 1.
    """

    def __init__(self, path, about, *, step_size, simulated):
        self.path, self.step_size, self.simulated = str(path), step_size, simulated
        self._about, self.tree_name = about, about["tree"]
        self._unit = {"GeV": 1.0, "MeV": 1e-3}[about["unit"]]
        self._file = _open(self.path)
        self._tree = self._get_tree()
        self._there = set(self._tree.keys())
        self._columns = dict(self._resolve())
        self._factors = self._weights() if simulated else []
        self.header = self._read_header()
        self.headers = self._read_chunks() or [self.header]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __iter__(self):
        """Give each step as a dict: numbers of the events as numpy arrays, `weight` among them, and jagged collections.

        Energies are in GeV and floats in double precision.
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
        names = {name for column in self._columns.values() for name in column.branches} | set(self._factors)
        for step in self._steps(names, start, stop):
            read = {name: self._clean(name, _field(step, name), start) for name in names}
            read[formats.ENTRY] = np.arange(start, start + len(step), dtype=np.int64)
            found = {key: self._value(key, read) for key in self._columns}
            arrays = {name: self._number(name, found["", name], len(step)) for part, name in found if not part}
            arrays["weight"] = np.ones(len(step))
            for name in self._factors:
                arrays["weight"] = arrays["weight"] * self._number(name, read[name], len(step))
            for name in self._about["collections"]:
                arrays[name] = self._records(name, {field: v for (part, field), v in found.items() if part == name})
            yield arrays
            start += len(step)

    def _get_tree(self):
        trees = self._read(lambda: self._file.keys(cycle=False, filter_classname=["TTree", "*RNTuple*"]))
        if self.tree_name not in trees:
            there = f"it holds {', '.join(trees)}" if trees else "it holds no tree at all"
            raise InputError(f"{self.path}: no tree {self.tree_name!r}, {there}; set the tree of the format")
        tree = self._read(lambda: self._file[self.tree_name])
        if tree.num_entries == 0:
            logging.info("%s: tree %r has zero events", self.path, self.tree_name)
        return tree

    def _resolve(self):
        """Each field to read, by (collection, field), with the branches that the file has for it."""
        event = self._about["event"]
        event = event | {"fields": formats.IDENTITY | event["fields"]}
        for collection, part in {"": event, **self._about["collections"]}.items():
            for field, text in part["fields"].items():
                prefix, energy = part.get("prefix", ""), field in part["energies"]
                column = _Column(text, prefix, energy)
                lacking = [name for name in column.branches if name not in self._there]
                if lacking:
                    key = _key(collection, field)
                    column = _Column(part["otherwise"].get(field, text), prefix, energy)
                    if not {*column.branches} <= self._there:
                        raise InputError(self._missing(key, lacking[0], f"leave {key} out of its expressions"))
                    logging.info("%s: no branch %s: %s is %s", self.path, lacking[0], key, column.text)
                yield (collection, field), column

    def _missing(self, key, actual, otherwise):
        near = difflib.get_close_matches(actual, self._there, 3, 0.5)
        hint = f"near names are {', '.join(near)}" if near else f"it has {', '.join(sorted(self._there)[:8])}, ..."
        return (
            f"{self.path}: tree {self.tree_name!r} has no branch {actual!r}, in which the format has {key}; {hint}; "
            f"correct formats of the study, or {otherwise}"
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

    def _weights(self):
        """The branches whose product is the weight of a simulated event."""
        generator, factors = self._about["weights"]["generator"], self._about["weights"]["factors"]
        if generator and generator not in self._there:
            raise InputError(self._missing("weights.generator", generator, "set it to null for weights of 1"))
        for name in factors:
            if name not in self._there:
                logging.info("%s: no branch %s: it is taken for 1", self.path, name)
        return [name for name in (generator, *factors) if name in self._there]

    def _cross_section(self):
        name = self._about["weights"]["cross_section_pb"]
        values = self._values(name)
        if values is None or not len(values):
            return None
        if not _constant(values):
            raise InputError(
                f"{self.path}: branch {name!r} {_span(values)}; list files of different samples apart, or set "
                "weights.cross_section_pb of the format to null and cross_section_pb of the sample"
            )
        return float(values[0])

    def _sum_of_weights(self):
        """Sum of the generator weights of all generated events, and why there is none."""
        tree, _, name = (self._about["weights"]["sum"] or "").rpartition("/")
        values = self._values(name, tree)
        if values is None:
            return self._sum_in_file(), ""
        if tree:  # an entry for each file that was put into this one, say, as in `Runs` of NanoAOD
            return float(values.sum()), ""
        if not len(values):
            return None, (
                f"{self.path} has zero events and so does not tell for how many generated ones it stands ({name}), "
                "without which the yield would be too large by its share"
            )
        if not _constant(values):
            return None, f"branch {name!r} of {self.path} {_span(values)}"
        return float(values[0]), ""

    def _sum_in_file(self):
        """Sum of the generator weights in the file, which is that of all generated events if none was dropped."""
        values = self._values(self._about["weights"]["generator"])
        if values is None:
            return float(self._tree.num_entries)
        logging.info("%s: no sum of weights: the events in the file are taken for all generated ones", self.path)
        return float(values.sum())

    def _values(self, name, tree=""):
        """The numbers in a branch of a simulated file, one an entry of the tree; None where there is no such branch."""
        if not self.simulated or not name:
            return None
        tree = self._read(lambda: self._file.get(tree)) if tree else self._tree
        if tree is None or name not in set(tree.keys()):
            return None
        values = self._read(lambda: _field(tree.arrays(filter_name=lambda there: there == name, library="ak"), name))
        values = self._clean(name, values, 0)
        return self._number(name, values, len(values)).astype(float)

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

    def _value(self, key, read):
        """The value of a field, from the values of branches by name."""
        column = self._columns[key]
        try:
            return column.value(read) * (self._unit if column.energy else 1)
        except Exception as error:  # lists of different length, say, of which awkward raises all kinds
            raise InputError(
                f"{self.path}: {_key(*key)} has no value, {column.text!r} of its format ({_reason(error)}); combine "
                "numbers, and lists of one collection"
            ) from error

    def _number(self, name, values, n):
        """One number of each of n events, from an array or a constant."""
        if isinstance(values, ak.Array):
            raise InputError(
                f"{self.path}: {name} holds {values.type.content}, but one number an event is expected; name another "
                "branch in the format"
            )
        return np.broadcast_to(values, n)

    def _records(self, name, fields):
        """The objects of a collection as jagged records."""
        lists = {field: values for field, values in fields.items() if isinstance(values, ak.Array)}
        where = f"formats.*.collections.{name}"
        if not lists:
            raise InputError(f"{self.path}: {name} has one number an event, but lists are expected; correct {where}")
        first, counts = next((field, ak.num(values)) for field, values in lists.items())
        for field, values in lists.items():
            if not ak.all(counts == ak.num(values)):
                one, other = (self._columns[name, field].branches[0] for field in (first, field))
                raise InputError(
                    f"{self.path}: branches {one!r} and {other!r} have different numbers of objects in an event; take "
                    f"branches of one collection for {where}"
                )
        whole = dict(zip(fields, ak.broadcast_arrays(*fields.values(), lists[first]), strict=False))
        return ak.zip(whole, depth_limit=2)

    def _clean(self, name, array, start):
        """Numbers in double precision or whole, one an event or a list of them, and only finite ones."""
        array = ak.from_regular(array, axis=None)
        flat = None if ak.fields(array) else np.asarray(ak.flatten(array, axis=None))
        if array.ndim > 2 or flat is None or flat.dtype.kind not in "biuf":
            raise InputError(
                f"{self.path}: branch {name!r} holds {array.type.content}, but one number or a list of numbers an "
                "event is expected; name another branch in the format"
            )
        if flat.dtype.kind == "f" and not np.isfinite(flat).all():
            bad = ~np.isfinite(array) if array.ndim == 1 else ak.any(~np.isfinite(array), axis=1)
            entry = start + int(np.flatnonzero(bad)[0])
            raise InputError(
                f"{self.path}: branch {name!r} is not a number (or infinite) in entry {entry}; mend the file or "
                "remove the event"
            )
        if flat.dtype.kind != "b":  # differences of unsigned integers would not be negative
            array = ak.values_astype(array, np.float64 if flat.dtype.kind == "f" else np.int64)
        return ak.to_numpy(array) if array.ndim == 1 else array


class _Column:
    """A field to read: its expression, with the branches in it, and whether it is an energy."""

    def __init__(self, text, prefix, energy):
        self.text, self.energy = text, energy
        self._names = {name: prefix + name for name in formats.branches(text)}
        self.branches = [*self._names.values()]

    def value(self, read):
        """The value of the expression, from the values of branches by name."""
        names = {name: read[branch] for name, branch in self._names.items()}
        return evaluation.evaluate(self.text, names | {formats.ENTRY: read[formats.ENTRY]})


def _key(collection, field):
    return f"{collection}.{field}" if collection else field


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
