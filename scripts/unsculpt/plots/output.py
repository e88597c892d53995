"""Figures as files: under one style sheet, the same bytes for the same input, with the drawn numbers beside them."""

from contextlib import contextmanager
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PathCollection, PolyCollection, QuadMesh
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.patches import StepPatch

from unsculpt import files
from unsculpt.patches.matplotlib import quick

# Files that say when they were made are never the same twice.
_DIGITS = 5  # of positions, in units of the figure
_CANVAS = {".pdf": FigureCanvasPdf, ".svg": FigureCanvasSVG, ".png": FigureCanvasAgg}
_METADATA = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}, ".png": {"Software": None}}


@contextmanager
def sheet(path):
    """Draw and save under this style sheet, on top of matplotlib's defaults and of nothing else."""
    with matplotlib.rc_context(), quick():
        matplotlib.rc_file(path)
        yield


def save(figure, paths, provenance, **names):
    """Write a figure to each of `paths` by suffix; `.json` holds the numbers drawn, panel by panel.

    It names, too, what the figure is of: its `background`, and `method` and `tag` if it shows one point.
    """
    FigureCanvasAgg(figure)
    figure.set_dpi(matplotlib.rcParams["savefig.dpi"])
    figure.draw_without_rendering()  # lay the figure out once, not once a file ...
    figure.set_layout_engine("none")
    _settle(figure)
    for path in map(Path, paths):
        if path.suffix == ".json":
            files.save_json({**names, "panels": drawn(figure), "provenance": provenance}, path)
            continue
        canvas = _CANVAS[path.suffix](figure)  # ... and draw it once: `savefig` draws twice
        with files.written(path) as part:
            getattr(canvas, f"print_{path.suffix[1:]}")(part, metadata=_METADATA[path.suffix])


def _settle(figure):
    """Round the positions of panels: the solver of the layout does not give the same last digits twice."""
    for part in figure.subfigs:
        part.bbox_relative.p0, part.bbox_relative.p1 = (
            np.round(corner, _DIGITS) for corner in (part.bbox_relative.p0, part.bbox_relative.p1)
        )
        _settle(part)
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, _DIGITS))


def drawn(figure):
    """The numbers of a figure, read from what is drawn.

    Returns
    -------
    list of dict
        For each panel its axis labels and its artists: points ("x", "y", "y_low", "y_high"), lines ("x", "y"),
        histograms ("edges", "values"), bands ("edges", "low", "high", or the outline as "x", "y") and coloured planes
        ("x_edges", "y_edges", "values").
    """
    return [{"x": ax.get_xlabel(), "y": ax.get_ylabel(), "drawn": list(_artists(ax))} for ax in figure.axes]


def _artists(axes):
    for container in axes.containers:
        if isinstance(container, ErrorbarContainer):
            yield {"points": _name(container), **_points(container)}
        elif isinstance(container, BarContainer):
            boxes = [bar.get_bbox().extents for bar in container.patches]
            yield {"bars": _name(container), "extents": _plain(boxes)}
    bars = {container.lines[0] for container in axes.containers if isinstance(container, ErrorbarContainer)}
    for line in axes.lines:
        if line not in bars and line.get_transform() == axes.transData:
            yield {"line": _name(line), "x": _plain(line.get_xdata()), "y": _plain(line.get_ydata())}
    for patch in axes.patches:
        if isinstance(patch, StepPatch):
            yield _steps(patch)
    for collection in axes.collections:
        if isinstance(collection, QuadMesh):
            yield _map(collection)
        if isinstance(collection, PolyCollection) and not isinstance(collection, PathCollection):
            for path in collection.get_paths():
                yield {"band": _name(collection), "x": _plain(path.vertices[:, 0]), "y": _plain(path.vertices[:, 1])}


def _points(container):
    """Points of an error-bar plot and the ends of their vertical, or else horizontal, bars."""
    line, _, bars = container.lines
    content = {"x": _plain(line.get_xdata()), "y": _plain(line.get_ydata())}
    directions = [axis for axis, has in (("x", container.has_xerr), ("y", container.has_yerr)) if has]
    for axis, collection in zip(directions, bars, strict=True):
        ends = np.array([path.vertices for path in collection.get_paths()])[:, :, "xy".index(axis)]
        content |= {f"{axis}_low": _plain(ends[:, 0]), f"{axis}_high": _plain(ends[:, 1])}
    return content


def _steps(patch):
    values, edges, baseline = patch.get_data()
    content = {"edges": _plain(edges)}
    if np.ndim(baseline) == 0:
        return {"histogram": _name(patch), **content, "values": _plain(values)}
    return {"band": _name(patch), **content, "low": _plain(baseline), "high": _plain(values)}


def _map(mesh):
    """The cells of a coloured plane: `values` has a row for each bin in y."""
    x, y = (mesh.get_coordinates()[..., i] for i in (0, 1))
    return {"map": _name(mesh), "x_edges": _plain(x[0]), "y_edges": _plain(y[:, 0]), "values": _plain(mesh.get_array())}


def _name(artist):
    """The label in the legend, or null."""
    name = str(artist.get_label())
    return None if name.startswith("_") or not name else name


def _plain(values):
    """Nested lists in which what is not finite is null."""
    values = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    return np.where(np.isfinite(values), values.astype(object), None).tolist()
