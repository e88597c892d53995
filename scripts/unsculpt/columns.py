"""The columns of the event table that a study asks for: features, and arrays of a fixed shape."""

import awkward as ak
import numpy as np

from unsculpt.errors import InputError
from unsculpt.evaluation import evaluate


def matrix(rows, names, padding):
    """The features of the rows, float32 of shape (n, len(names)); `padding` where a row lacks the object."""
    columns = np.empty((len(rows), len(names)), np.float32)
    for i, name in enumerate(names):
        values = np.asarray(rows[name], float)
        if (infinite := np.abs(values) > np.finfo(np.float32).max).any():
            run, event = (int(rows[key][infinite.argmax()]) for key in ("run", "event"))
            raise InputError(f"{name} is infinite in run {run}, event {event}; correct its expression in quantities")
        columns[:, i] = np.where(np.isnan(values), padding, values)
    return columns


def arrays(rows, about):
    """The arrays of the rows by name, float32 of shape (n, ...).

    Parameters
    ----------
    rows : rows.Rows
    about : dict
        The configuration `arrays`: `values`, expressions of lists, and `shape`. With one number in the shape a row has
        the first so many of each list, and zeros where there are fewer; with more, exactly as many as the shape holds.
        Or `image` of a jet of substructure, in so many rows and columns.
    """
    found = {}
    for name, of in about.items():
        if "image" in of:
            found[name] = _image(rows, of["image"], of["shape"])
            continue
        size, columns = int(np.prod(of["shape"])), []
        for text in of["values"]:
            lists = evaluate(text, rows)
            wrong = np.flatnonzero(ak.to_numpy(ak.num(lists)) != size) if len(of["shape"]) > 1 else []
            if len(wrong):
                run, event = (int(rows[key][wrong[0]]) for key in ("run", "event"))
                raise InputError(
                    f"arrays.{name}: '{text}' has {len(lists[wrong[0]])} numbers in run {run}, event {event}, and "
                    f"its shape holds {size}; correct shape"
                )
            padded = ak.to_numpy(ak.fill_none(ak.pad_none(lists, size, clip=True), 0.0))
            columns.append(np.asarray(padded, np.float32).reshape(len(rows), *of["shape"]))
        found[name] = columns[0] if len(columns) == 1 else np.stack(columns, -1)
        if not np.isfinite(found[name]).all():
            raise InputError(f"arrays.{name} holds what is no number, or infinite; correct its values")
    return found


def _image(rows, image, shape):
    """The image of the jet of each row; black where its substructure is not known."""
    from unsculpt.subjets import images  # fastjet only where there are such jets

    jet, found = rows[image["of"]], np.zeros((len(rows), *shape), np.float32)
    found[jet.row] = images.pixels(jet.constituents, shape, image["half_width"], image["until"])
    return found
