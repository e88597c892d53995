"""ROOT files through uproot: trees in steps of bounded memory, texts, histograms; faults are sentences."""

import re

import numpy as np
import uproot

from unsculpt import remotefiles
from unsculpt.errors import InputError
from unsculpt.patches.uproot import PlainSource

_NUMBER = r"(std::)?u?int\d+_t|bool|float|double|(unsigned )?(char|short|int|long)"
_NUMBERS = re.compile(rf"(std::)?vector<({_NUMBER})>|({_NUMBER})(\[.*\])?")


class RootFile:
    """A ROOT file, opened; whatever uproot raises about it is one sentence.

    Parameters
    ----------
    path : str
        What it is called in sentences: a path or URL.
    source : str
        What uproot opens: the same, or a copy.
    stack : contextlib.ExitStack
        What is closed with it.
    """

    def __init__(self, path, source, stack):
        self.path, self._stack = path, stack
        self._file = stack.enter_context(_open(path, source))

    def close(self):
        self._stack.close()

    def trees(self):
        """The names of its trees (TTree and RNTuple)."""
        return self._read(lambda: self._file.keys(cycle=False, filter_classname=["TTree", "*RNTuple*"]))

    def tree(self, name):
        """A tree, of its highest cycle, or None."""
        return RootTree(self._read(lambda: self._file[name]), self._read) if name in self.trees() else None

    def text(self, name):
        """A text beside the trees, or None."""
        found = self._read(lambda: self._file.get(name))
        return None if found is None else str(found)

    def histogram(self, name):
        """The contents of a histogram of one dimension, the bins below and above its range too, or None."""
        found = self._read(lambda: self._file.get(name))
        if not hasattr(found, "axis"):
            return None
        return np.asarray(self._read(lambda: found.values(flow=True)), float).reshape(-1)

    def _read(self, action):
        try:
            return remotefiles.again(action, self.path)
        except Exception as error:  # uproot raises all kinds on damaged baskets
            what = remotefiles.advice(error) if remotefiles.is_remote(self.path) else "copy the file again"
            raise InputError(f"{self.path}: cannot be read to its end ({remotefiles.reason(error)}); {what}") from error


class RootTree:
    """A tree of a ROOT file (see `readers`)."""

    def __init__(self, tree, read):
        self._tree, self._read = tree, read
        self.names, self.entries = set(tree.keys()), int(tree.num_entries)

    def numeric(self):
        """The names of branches of numbers and lists of them, by their types."""
        return {name for name, kind in self._tree.typenames().items() if _NUMBERS.fullmatch(kind)}

    def steps(self, names, start, stop, step_size):
        """Give the number of entries and branches by name, awkward arrays, of each step between two entries."""
        part = {"filter_name": lambda name: name in names, "entry_start": start, "entry_stop": stop, "library": "ak"}
        if start == stop:  # no step for uproot; but no events have their types, too, and a cut flow
            step = self._read(lambda: self._tree.arrays(**part))
            yield len(step), {name: _branch(step, name) for name in names}
            return
        steps = None

        def following():
            nonlocal steps
            steps = steps or self._tree.iterate(**part | {"entry_start": start}, step_size=step_size)
            try:
                return next(steps, None)
            except BaseException:
                steps = None  # a generator that raised has ended
                raise

        while (step := self._read(following)) is not None:
            yield len(step), {name: _branch(step, name) for name in names}
            start += len(step)


def _branch(step, name):
    """The values of a branch; one below another, `jet/pt`, stands alone, that of a record, `jet.pt`, in its record."""
    for there in (name, name.rpartition("/")[2]):
        if there in step.fields:
            return step[there]
    return step[tuple(name.split("."))]


def _open(path, source):
    # uproot's own readers: that of files takes names as they are, that of http needs no further package
    handlers = {"": uproot.MultithreadedFileSource, "http": uproot.HTTPSource, "https": uproot.HTTPSource}

    def opened(name):
        handler = {"handler": handlers.get(remotefiles.scheme(name), PlainSource)}
        # all of it is the file's name, a colon and what follows included
        return uproot.open({name: None}, timeout=remotefiles.TIMEOUT, **handler)

    try:
        return remotefiles.again(lambda: opened(source), path)
    except Exception as error:  # a foreign, truncated or unreachable file raises all kinds
        what = remotefiles.advice(error) if remotefiles.is_remote(path) else "check the file or copy it again"
        raise InputError(f"{path}: cannot be opened as ROOT ({remotefiles.reason(error)}); {what}") from error
