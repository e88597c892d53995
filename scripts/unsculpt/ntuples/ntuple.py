"""One file of events, opened and checked, and its events in steps."""

import difflib
import json
import logging

import awkward as ak
import numpy as np

from unsculpt import formats
from unsculpt.branches import Faults, cleaned, not_numbers, number
from unsculpt.errors import InputError
from unsculpt.ntuples import header
from unsculpt.ntuples.fields import Collection, Expression, patterns
from unsculpt.ntuples.friends import Friend
from unsculpt.readers import open_file

BAD = "bad events"  # of a step: number and weights of those that were left out
_PLAUSIBLE_GEV = (0.1, 7000.0)  # a median pT of objects: soft tracks, and half the energy of the LHC
_FEW = 10  # objects whose median tells nothing


class Ntuple:
    """The tree of one file (path or URL), opened and checked; iterate over it to get its events in steps.

    Parameters
    ----------
    path : str
        Path or URL.
    about : dict
        Its format (config/formats), with the fields to read and no others.
    step_size : str
        Memory of one step of reading, as uproot understands it.
    simulated : bool
        Whether events carry weights; data events have weight 1.
    bad_events : "refuse" or "skip"
        What happens to events with values that are not numbers, negative momenta, or lists of different lengths.
    """

    def __init__(self, path, about, *, step_size, simulated, bad_events="refuse"):
        self.path, self.step_size, self.simulated = str(path), step_size, simulated
        self._about, self.tree_name, self._skip = about, about["tree"], bad_events == "skip"
        self._unit = {"GeV": 1.0, "MeV": 1e-3}[about["unit"]]
        self._file, self._friends = open_file(self.path), []
        try:
            self._look()
        except BaseException:
            self.__exit__()
            raise

    def _look(self):
        """Find tree, friends, fields and header."""
        about = self._about
        self._tree = self._get_tree()
        files = formats.friend_files(about, self.path)
        for name, friend in about["friends"].items():
            self._friends.append(Friend(name, friend, files.get(friend["file"]), self._file, self._tree))
        self._there = self._tree.names.union(*(friend.names for friend in self._friends))
        self._event, self._collections = self._resolve()
        self._factors = self._weights() if self.simulated else []
        settings = {"step_size": self.step_size, "simulated": self.simulated, "skip": self._skip}
        self.header, self.headers = header.read(self._file, self._tree, about, **settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in (*self._friends, self._file):
            file.close()

    def __iter__(self):
        """Give each step as a dict: numbers of the events as numpy arrays, `weight` among them, and jagged collections.

        Energies are in GeV and floats in double precision. If bad events are skipped, `BAD` has their number and the
        sum of their weights.
        """
        return self._arrays(0, self.header.entries)

    @property
    def warnings(self):
        """Sentences of which unsculpt's own simulation warned when it wrote the file; none for other files."""
        return json.loads(self._file.text("unsculpt_warnings") or "[]")

    def chunks(self):
        """Give header and steps (see `__iter__`) of each chunk of simulation in the file; most files are one."""
        start = 0
        for chunk in self.headers:
            yield chunk, self._arrays(start, start + chunk.entries)
            start += chunk.entries

    def _arrays(self, start, stop):
        everything = [*self._event.values(), *self._factors]
        everything += [e for collection in self._collections for e in collection.expressions()]
        wanted = {branch for expression in everything for branch in expression.branches}
        of_friends = {f: sorted(wanted & f.names) for f in self._friends}
        own = wanted.difference(*of_friends.values()).union(*(friend.keys for friend in self._friends))
        lost, checked = [], start > 0
        for n, step in self._tree.steps(own, start, stop, self.step_size):
            faults = Faults(self.path, start, n)
            read = {name: cleaned(self.path, name, array) for name, array in step.items()}
            for friend, names in of_friends.items():
                found, lacking = friend.arrays(names, start, n, read)
                read |= found
                faults.add(lacking, f"the friend {friend.name} ({friend.path}) has no entry for the event")
            read[formats.ENTRY] = np.arange(start, start + n, dtype=np.int64)
            arrays, weight = self._events(read, n, faults)
            if not checked:
                self._check_units(arrays)
                checked = True
            if faults.said and not self._skip:
                raise InputError(
                    f"{self.path}: {faults.sentences()}; mend the file or remove the event, name other branches in the "
                    "format, or leave such events out and count them with bad_events: skip"
                )
            if self._skip:
                arrays[BAD] = int(faults.bad.sum()), float(np.nan_to_num(weight[faults.bad], posinf=0, neginf=0).sum())
                lost += [faults] if faults.said else []
            yield arrays
            start += n
        if lost:
            self._tell(lost, stop)

    def _events(self, read, n, faults):
        """The arrays of a step without its bad events, and the weights of all of them."""
        singles = [*self._event.values(), *self._factors]
        for branch in dict.fromkeys(b for expression in singles for b in expression.branches):
            faults.add(not_numbers(read[branch]), f"branch {branch!r} is not a number (or infinite)")
        for collection in self._collections:
            collection.note_faults(read, faults)
        weight = np.ones(n)
        for factor in self._factors:
            weight = weight * number(self.path, factor.text, factor.value(read, self.path, "weights"), n)
        good, kept = np.arange(n), weight
        if faults.bad.any():
            good = np.flatnonzero(~faults.bad)
            read, kept = {name: values[good] for name, values in read.items()}, weight[good]
        arrays = {}
        for name, expression in self._event.items():
            value = number(self.path, name, expression.value(read, self.path, name), len(good))
            energy = name in self._about["event"]["energies"] and self._unit != 1
            arrays[name] = value * self._unit if energy else value
        arrays |= {formats.ENTRY: read[formats.ENTRY], "weight": kept}
        for collection in self._collections:
            arrays[collection.name] = collection.records(read, self.path, self._unit)
        before = int(faults.bad.sum())
        for collection in self._collections:
            collection.note_late_faults(arrays[collection.name], faults, good, self._unit)
        if int(faults.bad.sum()) > before:
            left = ~faults.bad[good]
            arrays = {name: values[left] for name, values in arrays.items()}
        return arrays, weight

    def _tell(self, lost, entries):
        """Warn of the events that were left out; most of a file are no bad events but a format that does not fit."""
        number_bad = sum(int(faults.bad.sum()) for faults in lost)
        words = f"{number_bad} of {entries} events are bad"
        if number_bad > 0.5 * entries:
            raise InputError(f"{self.path}: {words}: {lost[0].sentences()}; check the file and the format")
        logging.warning("%s: %s and left out: %s", self.path, words, lost[0].sentences())

    def _check_units(self, arrays):
        """Refuse energies that are in another unit than the format says, by the median of momenta."""
        low, high = _PLAUSIBLE_GEV
        for collection in self._collections:
            if "pt" not in collection.fields or "pt" not in collection.energies:
                continue
            pt = np.asarray(ak.flatten(arrays[collection.name].pt), float)
            pt = pt[pt > 0]
            median = float(np.median(pt)) if len(pt) >= _FEW else low
            if low <= median <= high:
                continue
            other = {"GeV": "MeV", "MeV": "GeV"}[self._about["unit"]]
            raise InputError(
                f"{self.path}: half of the {collection.name}s have pT above {median:.3g} GeV if the file is in "
                f"{self._about['unit']}, as its format says, which no collision gives; set unit: {other} of the format "
                f"(or take pt out of energies of the collection {collection.name}, if it is none)"
            )

    def _get_tree(self):
        tree = self._file.tree(self.tree_name)
        if tree is None:
            trees = self._file.trees()
            there = f"it holds {', '.join(trees)}" if trees else "it holds no tree at all"
            raise InputError(f"{self.path}: no tree {self.tree_name!r}, {there}; set the tree of the format")
        if tree.entries == 0:
            logging.info("%s: tree %r has zero events", self.path, self.tree_name)
        return tree

    def _resolve(self):
        """The expressions of the event by field, and the collections, with branches that the file has for them."""
        event, lacking = self._about["event"], []
        texts = formats.IDENTITY | event["fields"]
        found = {field: self._field(event, "", field, text, lacking)[0] for field, text in texts.items()}
        collections = []
        for name, part in self._about["collections"].items():
            fields = {field: self._field(part, name, field, text, lacking) for field, text in part["fields"].items()}
            collections.append(Collection(name, part, fields, self._about))
            for kind, several in (("exists", collections[-1].exists), ("count", [collections[-1].count])):
                for expression in filter(None, several):
                    lacking += [(f"{name}.{kind}", b) for b in expression.branches if b not in self._there]
        if lacking:
            *keys, last = dict.fromkeys(key for key, _ in lacking)
            words = f"{', '.join(keys)} and {last}" if keys else last
            raise InputError(self._missing(lacking, f"leave {words} out of its expressions"))
        return found, collections

    def _field(self, part, collection, field, text, lacking):
        """The expressions of a field, one for each number of objects; what the file lacks for it is noted."""
        each = [Expression(text, self._about, p) for p in (patterns(part) if collection else ["*"])]
        absent = [branch for expression in each for branch in expression.branches if branch not in self._there]
        if not absent:
            return each
        key = f"{collection}.{field}" if collection else field
        other = part["otherwise"].get(field, text)
        each = [Expression(other, self._about, p) for p in (patterns(part) if collection else ["*"])]
        if not {branch for expression in each for branch in expression.branches} <= self._there:
            lacking.append((key, absent[0]))
        else:
            logging.info("%s: no branch %s: %s is %s", self.path, absent[0], key, other)
        return each

    def _missing(self, lacking, otherwise):
        """That branches are missing, in a sentence with names near the first; `lacking` has pairs of key and branch."""
        (key, actual), *others = lacking
        near = difflib.get_close_matches(actual, self._there, 3, 0.5)
        hint = f"near names are {', '.join(near)}" if near else f"it has {', '.join(sorted(self._there)[:8])}, ..."
        more = f"; nor {', '.join(f'{branch!r} for {key}' for key, branch in others)}" if others else ""
        return (
            f"{self.path}: tree {self.tree_name!r} has no branch {actual!r}, in which the format has {key}; {hint}"
            f"{more}; correct formats of the study, or {otherwise}"
        )

    def _weights(self):
        """The expressions whose product is the weight of a simulated event."""
        weights, found = self._about["weights"], []
        if weights["generator"]:
            found.append(Expression(weights["generator"], self._about))
            if absent := [branch for branch in found[0].branches if branch not in self._there]:
                lacking = [("weights.generator", branch) for branch in absent]
                raise InputError(self._missing(lacking, "set it to null for weights of 1"))
        for text in weights["factors"]:
            factor = Expression(text, self._about)
            if absent := [branch for branch in factor.branches if branch not in self._there]:
                logging.info("%s: no branch %s: %s is taken for 1", self.path, absent[0], text)
            else:
                found.append(factor)
        return found
