"""ROOT files through uproot: trees in steps of bounded memory, numbers in branches, texts; faults are sentences."""

import contextlib
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from unsculpt import remotefiles
from unsculpt.errors import InputError
from unsculpt.patches.uproot import PlainSource


class RootFile:
    """A ROOT file, opened; whatever uproot raises about it is one sentence.

    path : path or URL, as uproot understands it.
    """

    def __init__(self, path):
        self.path, self._stack = path, contextlib.ExitStack()
        try:
            self._file = self._stack.enter_context(_open(path, self._stack))
        except BaseException:
            self.close()
            raise

    def close(self):
        self._stack.close()

    def trees(self):
        """The names of its trees (TTree and RNTuple)."""
        return self._read(lambda: self._file.keys(cycle=False, filter_classname=["TTree", "*RNTuple*"]))

    def tree(self, name):
        """A tree, or None."""
        return self._read(lambda: self._file[name]) if name in self.trees() else None

    def text(self, name):
        """A text beside the trees, or None."""
        found = self._read(lambda: self._file.get(name))
        return None if found is None else str(found)

    def steps(self, tree, names, start, stop, step_size):
        """Give number of entries and branches by name, as `_clean` has them, of each step between two entries."""
        part = {"filter_name": lambda name: name in names, "entry_start": start, "entry_stop": stop, "library": "ak"}
        if start == stop:  # no step for uproot; but no events have their types, too, and a cut flow
            step = self._read(lambda: tree.arrays(**part))
            yield 0, {name: self._clean(name, _branch(step, name), start) for name in names}
            return
        steps = None

        def following():
            nonlocal steps
            steps = steps or tree.iterate(**part | {"entry_start": start}, step_size=step_size)
            try:
                return next(steps, None)
            except BaseException:
                steps = None  # a generator that raised has ended
                raise

        while (step := self._read(following)) is not None:
            yield len(step), {name: self._clean(name, _branch(step, name), start) for name in names}
            start += len(step)

    def numbers(self, tree, name):
        """The numbers in a branch, one an entry, in double precision."""
        ((n, step),) = self.steps(tree, [name], 0, tree.num_entries, max(tree.num_entries, 1))
        return self.number(name, step[name], n).astype(float)

    def number(self, name, values, n):
        """One number of each of n entries, from an array or a constant."""
        if isinstance(values, ak.Array):
            raise InputError(
                f"{self.path}: {name} holds {values.type.content}, but one number an event is expected; name another "
                "branch in the format"
            )
        return np.broadcast_to(values, n)

    def _read(self, action):
        try:
            return remotefiles.again(action, self.path)
        except Exception as error:  # uproot raises all kinds on damaged baskets
            what = remotefiles.advice(error) if remotefiles.is_remote(self.path) else "copy the file again"
            raise InputError(f"{self.path}: cannot be read to its end ({reason(error)}); {what}") from error

    def _clean(self, name, array, start):
        """Numbers in double precision or whole, one an entry (numpy) or a list (awkward), and only finite ones."""
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


def reason(error):
    """What went wrong, in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__


def _branch(step, name):
    """The values of a branch; that of a record in an RNTuple, `jet.pt`, lies inside its record."""
    return step[name] if name in step.fields else step[tuple(name.split("."))]


def _open(path, stack):
    if not remotefiles.is_remote(path) and not Path(path).is_file():
        raise InputError(f"{path}: no such file; check samples.*.files of the study, or DATA")
    # uproot's own readers: that of files takes names as they are, that of http needs no further package
    handlers = {"": uproot.MultithreadedFileSource, "http": uproot.HTTPSource, "https": uproot.HTTPSource}

    def opened(name):
        handler = {"handler": handlers.get(remotefiles.scheme(name), PlainSource)}
        # all of it is the file's name, a colon and what follows included
        return uproot.open({name: None}, timeout=remotefiles.TIMEOUT, **handler)

    try:
        name = stack.enter_context(remotefiles.opened(path)) if remotefiles.is_remote(path) else path
        return remotefiles.again(lambda: opened(name), path)
    except Exception as error:  # a foreign, truncated or unreachable file raises all kinds
        what = remotefiles.advice(error) if remotefiles.is_remote(path) else "check the file or copy it again"
        raise InputError(f"{path}: cannot be opened as ROOT ({reason(error)}); {what}") from error
