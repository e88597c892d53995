"""Whether the events of a sample can be what they say they are: how many, their weights, their numbers."""

import logging

import numpy as np

from unsculpt.errors import InputError

_FEW = 10  # events whose numbers tell nothing


def check(name, sample, table, parts):
    """Refuse a sample without events, positive weights or numbers of events; warn of what may be true and is odd.

    Parameters
    ----------
    name : str
    sample : dict
        Its configuration: role, normalisation, sum_weights.
    table : events.Events
        All of its selected events, with what `merging.add_chunks` tells of them.
    parts : list of events.Events
        Those that it is made of, whose metadata name files.

    Raises
    ------
    InputError
        With the names of files.
    """
    each = any(part.metadata.get("each") for part in parts)
    _check_empty(name, sample["role"], table, parts)
    _check_weights(name, sample, table, parts)
    if not each:
        _check_numbers(name, parts)
    _tell_twice(name, table, each)


def _check_weights(name, sample, table, parts):
    """Refuse a simulated sample whose weights, of generated or of selected events, do not sum to a positive number."""
    if sample["role"] == "data" or not len(table):
        return
    told = [chunk for part in parts for chunk in part.metadata.get("chunks", [part.metadata])]
    files = _listed([chunk.get("file") for chunk in told])
    total, selected = table.metadata["sum_weights"], float(table.weight.sum())
    by_cross_section = (sample.get("normalisation") or {}).get("to", "cross_section") == "cross_section"
    if by_cross_section and total is not None and not total > 0:
        raise InputError(
            f"samples.{name}: the weights of the generated events sum to {total:g}, expected more than 0{files}; check "
            "weights of the format, or give samples.*.sum_weights"
        )
    if not selected > 0:
        raise InputError(
            f"samples.{name}: the weights of its {len(table)} selected events sum to {selected:g}, expected more than "
            f"0{files}; check weights of the format, or give more events"
        )
    below = [c for c in told if c["sum_weights"] is not None and c["events_read"] and not c["sum_weights"] > 0]
    if below and "sum_weights" not in sample:
        logging.warning(
            "samples.%s: the weights of the generated events of %d of %d files sum to zero or less%s; it may be "
            "true of files with few events and negative weights",
            name,
            len(below),
            len(told),
            _listed([chunk.get("file") for chunk in below]),
        )


def _listed(files, most=3):
    """Names of files in brackets, the first few of them."""
    names = list(dict.fromkeys(filter(None, files)))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f" ({', '.join(names[:most])}{more})" if names else ""


def _check_numbers(name, parts):
    """Refuse numbers of events that are none: most events of a file have that of another, and share its fold."""
    for part in parts:
        order = np.lexsort((part.event, part.run, part.file))
        same = np.ones(max(len(part) - 1, 0), bool)
        for column in (part.file, part.run, part.event):
            same &= np.diff(column[order]) == 0
        if len(part) >= _FEW and np.sum(same) > len(part) / 2:
            raise InputError(
                f"samples.{name}: {np.sum(same)} of {len(part)} events have the run and event number of another of the "
                f"same file{_listed(part.metadata.get('files', ()))}, and folds are made of these numbers; name other "
                "branches for run and event in the format, or write event: entry"
            )


def _check_empty(name, role, table, parts):
    """An empty simulated sample is a mistake, empty data may be true."""
    if len(table) == 0:
        flow = table.metadata["cutflow"]
        cut, before = next(((row[0], flow[i - 1][1]) for i, row in enumerate(flow) if row[1] == 0), ("all", 0))
        sentence = (
            f"samples.{name}: no event is left after the cut {cut!r}, which removed the last {before}; "
            "check the cuts, the format and the region of the sample"
        )
        if flow[0][1] == 0:
            files = _listed([path for part in parts for path in part.metadata.get("files", ())])
            sentence = f"samples.{name}: there is no event to select from in all of its files{files}; check them"
        elif flow[0][1] is None:
            sentence = (
                f"samples.{name}: no event is left (of blinded events it is not told after which cut); check its "
                "files, the cuts, the format and the region of the sample"
            )
        if role != "data":
            raise InputError(sentence)
        logging.warning("%s", sentence)


def _tell_twice(name, table, each):
    """Warn of events that are there twice."""
    run, event = table.run, table.event
    if each:  # the rows of an event follow one another
        first = np.append(True, (np.diff(run) != 0) | (np.diff(event) != 0))[: len(table)]
        run, event = run[first], event[first]
    order = np.lexsort((event, run))
    twice = int(np.sum((np.diff(run[order]) == 0) & (np.diff(event[order]) == 0)))
    if twice:
        logging.warning(
            "samples.%s: %d events have the run and event number of another; if they are the same events they count "
            "twice: list each event in one file",
            name,
            twice,
        )
