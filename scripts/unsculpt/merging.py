"""What the event tables of a sample, and of all samples of a hypothesis, say together; their normalisation."""

import logging
from dataclasses import asdict, replace

import numpy as np

from unsculpt import crosssections, matching, plausibility
from unsculpt.errors import InputError
from unsculpt.events import concatenate
from unsculpt.weighted import Histogram, shares


def add_cutflows(flows):
    """The cut flow, rows [name, events, sum of weights], of several parts together; None where one does not count."""
    return [[row[0][0], *(_sum([part[i] for part in row]) for i in (1, 2))] for row in zip(*flows, strict=True)]


def about_chunk(header, flows, path, simulated=True):
    """What is known of a chunk, from the header of its ntuple and the cut flows of its steps, as `add_chunks` takes it.

    Of measured events the number and the sum of weights are those of the cut flow and not of the file: None while
    events are blinded, because the difference would tell how many these are. Of simulated ones they are those of the
    file, of whose events each may be several rows or none.
    """
    cutflow = add_cutflows(flows)
    return {
        "file": str(path),
        "events_read": header.entries if simulated else cutflow[0][1],
        "sum_weights": header.sum_weights if simulated else cutflow[0][2],
        "unknown": header.unknown,
        "cross_section_pb": header.cross_section_pb,
        "generator": header.generator,
        "cutflow": cutflow,
    }


def add_chunks(chunks):
    """What several chunks of a sample say together.

    `chunks` are dicts with events_read, sum_weights, unknown, cross_section_pb, generator and cutflow; the result is
    one more. One chunk without a sum of weights leaves the whole without (None), and `unknown` says why; the same holds
    for the cross-section, of chunks with events; `crosssections.check` says whether it may be averaged.
    """
    sums = [chunk["sum_weights"] for chunk in chunks]
    read = [chunk for chunk in chunks if chunk["events_read"]]
    sigmas, numbers = ([chunk[key] for chunk in read] for key in ("cross_section_pb", "events_read"))
    return {
        "events_read": _sum([chunk["events_read"] for chunk in chunks]),
        "sum_weights": None if None in sums else float(sum(sums)),
        "unknown": next((chunk["unknown"] for chunk in chunks if chunk["unknown"]), ""),
        "cutflow": add_cutflows([chunk["cutflow"] for chunk in chunks]),
        "generator": "; ".join(dict.fromkeys(filter(None, (chunk["generator"] for chunk in chunks)))),
        "cross_section_pb": None if None in sigmas or not read else float(np.average(sigmas, weights=numbers)),
    }


def _sum(numbers):
    """The sum of numbers, None where one is missing."""
    return None if None in numbers else sum(numbers)


def normalise(chunks, samples, *, luminosity_fb, axis):
    """What is known of each sample of one hypothesis, and the scale to expected events at the luminosity.

    Parameters
    ----------
    chunks : list of Events
        Selected events; those of a sample in the order of its chunks. Their features are not looked at.
    samples : dict
        Configuration of the samples by name (role, sum_weights, cross_section_pb, branching_ratio, normalisation),
        in the order of their rows. The backgrounds are one mixture, of which at most one is normalised to sidebands: it
        takes what the others leave there.
    luminosity_fb : float
        Integrated luminosity in inverse femtobarns.
    axis : axes.Axis
        Of the mass.

    Returns
    -------
    dict
        By name role, events_read, events_selected, sum_weights, scale, cutflow (events and unscaled sum of weights),
        generator, the cross_section_pb and branching_ratio to which it is normalised (None where it is normalised to
        something else), and of a background its share of all of it, with its error.
    """
    chunks = {name: [c for c in chunks if c.metadata["sample"] == name] for name in samples}
    tables = {name: concatenate(parts, _summary(name, parts, samples[name])) for name, parts in chunks.items()}
    for name, table in tables.items():
        plausibility.check(name, samples[name], table, chunks[name])
    scales = _scales(tables, samples, luminosity_fb, axis)
    tables = {name: replace(table, weight=table.weight * scales[name]) for name, table in tables.items()}
    share = _shares({name: table for name, table in tables.items() if samples[name]["role"] == "background"})
    for name, table in tables.items():
        logging.info("samples.%s: %s", name, in_words(table.metadata["cutflow"], scales[name]))
    return {
        name: {"role": samples[name]["role"]}
        | table.metadata
        | {"scale": scales[name], "share": share.get(name)}
        | _cross_section(samples[name], table)
        for name, table in tables.items()
    }


def in_words(cutflow, scale):
    """A cut flow in one line, the events that are left and, in brackets, how many these are at the luminosity.

    Examples
    --------
    >>> in_words([["all", 400, 300.0], ["mass range", 100, 90.0]], 0.1)
    'all 400 (30), mass range 100 (9)'
    >>> in_words([["all", None, None], ["channel", 12, 12.0]], 1.0)
    'all blind, channel 12 (12)'
    """
    rows = (f"{cut} {'blind' if n is None else f'{n} ({scale * total:.4g})'}" for cut, n, total in cutflow)
    return ", ".join(rows)


def matched(chunks, about, settings):
    """The weights with which the signals have the spectrum of the backgrounds in a column (`match_signal`).

    Parameters
    ----------
    chunks : list of Events
        Of all samples, with this column.
    about : dict
        As `normalise` returns it.
    settings : dict or None
        The configuration `match_signal`.

    Returns
    -------
    matching.Matching or None
    """
    if settings is None:
        return None
    both = []
    for role in ("signal", "background"):
        parts = [c for c in chunks if about[c.metadata["sample"]]["role"] == role]
        values = np.concatenate([c.column(settings["column"]) for c in parts])
        both.append((values, np.concatenate([c.weight * about[c.metadata["sample"]]["scale"] for c in parts])))
    return matching.match(settings["column"], *both, bins=settings["bins"])


def scaled(chunks, about, spectrum=None):
    """The tables of samples, one after the other, in expected events and with files numbered on.

    `about` is what `normalise` tells; signals get the weights of the `matching.Matching`, if there is one.
    """
    number = 0
    for chunk in chunks:
        known = about[chunk.metadata["sample"]]
        scale = known["scale"]
        if spectrum and known["role"] == "signal":
            scale = scale * spectrum.of(chunk.column(spectrum.column))
        yield replace(chunk, weight=chunk.weight * scale, file=chunk.file + np.int32(number))
        number += len(chunk.metadata.get("files", ()))


def files(chunks, own):
    """What the file numbers of `scaled` mean: the files of the samples `own`, and else the number of a chunk.

    How generated chunks lie in files is a matter of jobs, and a table does not depend on that.
    """
    names, numbers = [], {}
    for chunk in chunks:
        sample = chunk.metadata["sample"]
        for path in chunk.metadata.get("files", ()):
            number = numbers[sample] = numbers.get(sample, -1) + 1
            names.append(path if sample in own else f"{sample}, chunk {number}")
    return names


def merge(chunks, samples, *, luminosity_fb, axis):
    """One table of all samples in memory, normalised (see `normalise`), which is its `metadata["samples"]`."""
    about = normalise(chunks, samples, luminosity_fb=luminosity_fb, axis=axis)
    ordered = [chunk for name in samples for chunk in chunks if chunk.metadata["sample"] == name]
    return concatenate([*scaled(ordered, about)], {"samples": about})


def _shares(backgrounds):
    """The share of each background in the sum of weights of all of them, `value` and `error`."""
    weights = [table.weight for table in backgrounds.values()]
    sums = Histogram(*(np.array([np.sum(w**power) for w in weights]) for power in (1, 2)))
    return {name: asdict(share) for name, (_, share) in zip(backgrounds, shares(sums), strict=True)}


def _to(sample):
    return (sample.get("normalisation") or {}).get("to", "cross_section")


def _to_sidebands(sample):
    return _to(sample) == "sidebands"


def _cross_section(sample, table):
    """The cross-section and branching ratio that normalise a sample, None where something else does."""
    if sample["role"] == "data" or _to(sample) != "cross_section":
        return {"cross_section_pb": None, "branching_ratio": None}
    sigma = sample.get("cross_section_pb", table.metadata["cross_section_pb"])
    return {"cross_section_pb": sigma, "branching_ratio": sample.get("branching_ratio", 1.0)}


def _scales(tables, samples, luminosity_fb, axis):
    """Expected events at the luminosity for each unit of weight, by sample; 1 where each counts as one (see `merge`).

    The sample that is normalised to the sidebands comes last: it takes what the other backgrounds leave there.
    """
    scales, counted = {}, {}
    data = next((tables[name] for name, sample in samples.items() if sample["role"] == "data"), None)
    for name in sorted(samples, key=lambda name: _to_sidebands(samples[name])):
        table, sample = tables[name], samples[name]
        if sample["role"] == "data" or _to(sample) == "events":
            scales[name] = 1.0
        elif _to_sidebands(sample):
            scales[name] = _sideband_scale(name, table, sample["normalisation"], data, counted, axis)
        else:
            scales[name] = _cross_section_scale(name, table, sample, luminosity_fb)
        if sample["role"] == "background":
            counted[name] = replace(table, weight=table.weight * scales[name])
    return scales


def _cross_section_scale(name, table, sample, luminosity_fb):
    """The scale of a sample that is normalised to its cross-section; `table` are all its selected events."""
    sigma, total = sample.get("cross_section_pb", table.metadata["cross_section_pb"]), table.metadata["sum_weights"]
    if sigma is None:
        raise InputError(
            f"samples.{name}: the ntuples lack a cross-section (weights of their format); set cross_section_pb"
        )
    if total is None:
        raise InputError(
            f"samples.{name}: {table.metadata['unknown']}; set samples.{name}.sum_weights to the sum of the "
            "generator weights of all events that were generated for the sample, over all of its files"
        )
    return luminosity_fb * 1000 * sigma * sample.get("branching_ratio", 1) / total


def _sideband_scale(name, table, normalisation, data, others, axis):
    """The scale of a sample that fills the sidebands of a channel; `others` are the other backgrounds, normalised."""
    channel, wanted = normalisation.get("channel", "all"), normalisation.get("sideband_events")
    if wanted is None:
        wanted = 0.0 if data is None else sideband_sum(data, axis, channel)
        if not wanted > 0:
            raise InputError(
                f"samples.{name}.normalisation: the data have no events in the sidebands (channel {channel}) to "
                "normalise to; set sideband_events"
            )
    taken = {other: sideband_sum(events, axis, channel) for other, events in others.items()}
    remainder = wanted - sum(taken.values())
    if not remainder > 0:
        said = " and ".join(f"{other} has {number:.4g}" for other, number in taken.items())
        raise InputError(
            f"samples.{name}.normalisation: of {wanted:g} events in the sidebands (channel {channel}) {said}, which "
            f"leaves {remainder:.4g} for {name}; check sideband_events and the cross-sections, or take {name} out"
        )
    present = sideband_sum(table, axis, channel)
    if not present > 0:
        raise InputError(
            f"samples.{name}.normalisation: its weights in the sidebands (channel {channel}) sum to {present:g} and "
            "cannot be scaled; use more events or another channel"
        )
    return remainder / present


def sideband_sum(table, axis, channel="all"):
    """Sum of weights in the sidebands: the mass range without the signal window."""
    return float(table.weight[table.where(channel=channel) & ~axis.inside(table.mass)].sum())


def _summary(name, parts, sample):
    """What the tables of a sample say together; a table may hold several chunks, which are added one by one.

    So the sums, in floating point, do not depend on how the chunks were shared among the tables. The sum of weights is
    that of the configuration, if it has one.
    """
    if not parts:
        raise ValueError(f"merge: no table of sample {name}")
    chunks = [chunk for part in parts for chunk in part.metadata.get("chunks", [part.metadata])]
    total = add_chunks(chunks)
    if "cross_section_pb" in sample:
        logging.info("samples.%s: %s pb; in the files %s", name, sample["cross_section_pb"], total["cross_section_pb"])
    else:
        crosssections.check(name, chunks)
    if "sum_weights" in sample:
        logging.info(
            "samples.%s: sum of weights %s, in the files %s", name, sample["sum_weights"], total["sum_weights"]
        )
        total["sum_weights"] = sample["sum_weights"]
    return {"events_read": total.pop("events_read"), "events_selected": sum(len(part) for part in parts), **total}
