"""Out-of-fold scores, one column a strength, row by row beside the events; Parquet, no torch."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt.errors import InputError
from unsculpt.files import written

SEPARATOR = "@"  # column of the scores of a further seed: tag@1, tag@2, ...


def save(columns, path, metadata):
    """Write scores as Parquet.

    Parameters
    ----------
    columns : dict
        By strength tag a float array, shape (n,), with values from 0 (background) to 1 (signal).
    path : path
    metadata : dict
        Anything JSON can hold; it travels in the schema.

    Raises
    ------
    ValueError
        If a score is missing (NaN) or outside [0, 1].
    """
    for tag, score in columns.items():
        wrong = ~((score >= 0) & (score <= 1))
        if wrong.any():
            raise ValueError(f"{path}: {wrong.sum()} scores of strength {tag} are missing or outside [0, 1]")
    table = pa.table({tag: pa.array(score.astype(np.float32)) for tag, score in columns.items()})
    with written(path) as part:
        pq.write_table(table.replace_schema_metadata({"unsculpt": json.dumps(metadata)}), part, compression="zstd")


def columns_of(tag, columns):
    """Names of the score columns of a point, that of the first seed first.

    Examples
    --------
    >>> columns_of("3", ["3", "30", "3@2", "3@1", "30@1"])
    ['3', '3@1', '3@2']
    """
    if tag not in columns:
        raise InputError(f"the scores have no column {tag}, only {', '.join(columns)}; delete them and run again")
    further = [name for name in columns if name.startswith(f"{tag}{SEPARATOR}")]
    return [tag, *sorted(further, key=lambda name: int(name.split(SEPARATOR)[1]))]


def multiply_odds(score, factor):
    """Scores (n,) whose odds s / (1 - s) are those of `score` times a factor; see `examples.channel_odds`.

    Examples
    --------
    >>> float(multiply_odds(np.array([0.5]), 3)[0])
    0.75
    """
    return factor * score / (factor * score + 1 - score)


def load(path):
    """Scores by strength tag, float32 arrays of shape (n,), row-aligned with the event table."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a table of scores ({error}); delete it and run again") from error
    return {name: table[name].to_numpy() for name in table.column_names}


def load_metadata(path):
    """What `save` was given beside the scores."""
    return json.loads(pq.read_schema(path).metadata[b"unsculpt"])
