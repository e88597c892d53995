"""What is known of the entries of a new ntuple, as a friend tree that is aligned with it, and as Parquet."""

import json
import re

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uproot

from unsculpt.files import written
from unsculpt.patches.uproot import FIXED_UUID, fixed_dates

TREE = "unsculpt"
GROUP = 100_000  # entries that are compressed together: a matter of their number alone, and not of what is in them
NO_NUMBER = -1  # of whole numbers, where others have NaN


def columns(entries, scored, categories, *, regions, channels):
    """The columns of the selected rows by name.

    Parameters
    ----------
    entries : entries.Entries
    scored : dict
        By name of the column, float32 of shape (n,).
    categories : dict
        By name of the column, the score (n,) and the rows of the table of categories (docs/categories.md).
    regions, channels : sequence of str
        Whose places stand for them.

    Returns
    -------
    dict
        float32, float64 or int32 arrays of shape (n,).
    """
    table = entries.events
    return {
        "mass": np.asarray(table.mass, np.float64),
        "region": _places(table.region, regions),
        "channel": _places(table.channel, channels),
        "fold": table.fold.astype(np.int32),
        **scored,
        **{name: category(score, table, of) for name, (score, of) in categories.items()},
    }


def category(score, table, rows):
    """The number of the category of each event in its channel, 1 for the purest; 0 for none.

    Parameters
    ----------
    score : float array, shape (n,)
    table : events.Events
    rows : list of dict
        The table of categories.
    """
    number, highest = np.zeros(len(score), np.int32), {}
    for row in rows:
        highest[_place(row)] = max(row["score_high"], highest.get(_place(row), 0.0))
    for row in rows:
        high = row["score_high"]
        inside = (score >= row["score_low"]) & ((score < high) | ((score == high) & (high == highest[_place(row)])))
        inside &= (table.channel == row["channel"]) & _on_side(table, row.get("side"))
        number[inside] = category_number(row["name"])
    return number


def _place(row):
    """What categories have in common that differ in the score alone: channel, and side of it."""
    return row["channel"], *(row.get("side") or {}).values()


def _on_side(table, side):
    """Where events are on the side of a divided channel, all where there is none."""
    if not side:
        return True
    values = table.column(side["column"])
    return (side["low"] is None or values >= side["low"]) & (side["high"] is None or values < side["high"])


def category_number(name):
    """The number in the name of a category.

    Examples
    --------
    >>> category_number("Had 12")
    12
    """
    return int(name.rsplit(" ", 1)[1])


def column_name(*parts):
    """A name for a branch that ROOT takes for no formula.

    Examples
    --------
    >>> column_name("fakes", "ann", "0.3"), column_name("fakes", "ann", "1e-05")
    ('fakes_ann_0p3', 'fakes_ann_1em05')
    """
    text = "_".join(parts).replace(".", "p").replace("-", "m").replace("+", "")
    return re.sub(r"\W", "_", text, flags=re.ASCII)


def _places(texts, names):
    place = np.full(len(texts), NO_NUMBER, np.int32)
    for i, name in enumerate(names):
        place[texts == name] = i
    return place


def save(entries, found, about, *, root, parquet):
    """Write the columns of `columns` for all entries, in order; those that are not selected have NaN, or -1.

    Where an entry may be several rows, a column has a list for each entry: of its selected rows, or empty.

    Parameters
    ----------
    entries : entries.Entries
    found : dict
    about : dict
        JSON-like; stored as the text `unsculpt_about` beside the tree, and in the metadata of the Parquet.
    root, parquet : path
        Complete or absent; the same content gives the same bytes.
    """
    flat = {"run": entries.run, "event": entries.event, "code": entries.code}
    place, text = entries.events.entry, json.dumps(about)
    if entries.each:
        counts = np.bincount(place, minlength=len(entries))
        rows = {name: ak.unflatten(values, counts) for name, values in found.items()}
        _save_root(flat | {"rows": ak.zip(rows)}, text, root)
    else:
        rows = {name: _spread(values, place, len(entries)) for name, values in found.items()}
        _save_root(flat | rows, text, root)
    arrays = {name: ak.to_arrow(v, extensionarray=False) if entries.each else pa.array(v) for name, v in rows.items()}
    table = pa.table({name: pa.array(values) for name, values in flat.items()} | arrays)
    with written(parquet) as part:
        table = table.replace_schema_metadata({"unsculpt": text})
        pq.write_table(table, part, compression="zstd", row_group_size=GROUP)


def _spread(values, place, number):
    """A number for each entry."""
    spread = np.full(number, np.nan if values.dtype.kind == "f" else NO_NUMBER, values.dtype)
    spread[place] = values
    return spread


def _save_root(branches, about, path):
    types = {name: v.dtype if isinstance(v, np.ndarray) else v.type.content for name, v in branches.items()}
    number = len(branches["run"])
    with written(path) as part, part.open("wb+") as stream, fixed_dates():
        with uproot.recreate(stream, compression=uproot.ZLIB(4), uuid_function=lambda: FIXED_UUID) as root:
            root.mktree(
                TREE,
                types,
                title="scores of unsculpt, entry by entry",
                counter_name=lambda counted: f"n_{counted}",
                field_name=lambda outer, inner: inner,
            )
            for first in range(0, number, GROUP):
                root[TREE].extend({name: values[first : first + GROUP] for name, values in branches.items()})
            root["unsculpt_about"] = about
