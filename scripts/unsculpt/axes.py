"""The axis of a mass spectrum: its bins and the signal window, with one answer to what lies inside.

The lower edge of the window belongs to it, the upper edge does not; as for bins. A window ends on edges of bins, so
that the events inside it are those of its bins, and every other event of the range is in a sideband.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError

_TOLERANCE = 1e-6  # of the narrowest bin, between an edge of the window and the edge of a bin that it means
_DECIMALS = 9  # of an edge in GeV: 60 + 323 x 0.1 is 92.3, as a study writes it, not 92.30000000000001


@dataclass(frozen=True, eq=False)
class Axis:
    """An axis with bins, and a signal window or none.

    name, label, unit : of the variable; the label is LaTeX without dollars.
    edges : bin edges in this unit, shape (B + 1,), rising; kept as an array that cannot be changed.
    window : lower and upper edge of the signal window, both inner edges of bins and kept as exactly these; None for no
        window: then nothing is inside.

    Examples
    --------
    >>> axis = Axis("mass", "m", "GeV", [105, 120, 130, 160], window=(120, 130))
    >>> axis.inside([119.9, 120.0, 129.9, 130.0]).tolist()
    [False, True, True, False]
    """

    name: str
    label: str
    unit: str
    edges: np.ndarray
    window: tuple | None = None

    def __post_init__(self):
        edges = np.array(self.edges, float)
        if edges.ndim != 1 or len(edges) < 2 or not np.all(np.isfinite(edges)) or not np.all(np.diff(edges) > 0):
            raise InputError(f"{self.name}: the bin edges {self.edges} do not rise; give at least two rising edges")
        edges.setflags(write=False)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "window", None if self.window is None else self._on_edges(self.window))

    def _on_edges(self, window):
        """The window by the edges of the bins that it means."""
        if len(window) != 2 or not self.edges[0] < window[0] < window[1] < self.edges[-1]:
            raise InputError(
                f"{self.name}: the window {list(window)} is no part of {self.edges[0]:g} to {self.edges[-1]:g} "
                f"{self.unit} with a sideband on either side; give its lower and its upper edge, between these"
            )
        nearest = [self.edges[np.argmin(np.abs(self.edges - value))] for value in window]
        tolerance = _TOLERANCE * np.diff(self.edges).min()
        for value, edge in zip(window, nearest, strict=True):
            if not abs(value - edge) <= tolerance:
                raise InputError(
                    f"{self.name}: the edge {value:g} {self.unit} of the window is no edge of a bin; "
                    f"the nearest is {edge:.10g}"
                )
        if nearest[0] == nearest[1]:
            raise InputError(f"{self.name}: both edges of the window {list(window)} are one edge of a bin; widen it")
        return tuple(float(edge) for edge in nearest)

    @property
    def range(self):
        """Lower and upper end of the axis."""
        return float(self.edges[0]), float(self.edges[-1])

    def covers(self, values):
        """Mask of the values within the range; its lower end is in, its upper end is not."""
        return _between(values, *self.range)

    def inside(self, values):
        """Mask of the values in the signal window; its lower edge is in, its upper edge is not."""
        values = np.asarray(values)
        return np.zeros(values.shape, bool) if self.window is None else _between(values, *self.window)

    @property
    def in_window(self):
        """Mask of the bins in the signal window, shape (B,)."""
        return self.inside(self.edges[:-1])

    @property
    def window_bins(self):
        """The bins of the signal window as a slice; an empty one without a window.

        Examples
        --------
        >>> spectrum(np.arange(105, 161.0), (120, 130)).window_bins
        slice(15, 25, None)
        """
        bins = np.flatnonzero(self.in_window)
        return slice(int(bins[0]), int(bins[-1]) + 1) if bins.size else slice(0, 0)

    @property
    def sidebands(self):
        """Masks of the bins below and above the signal window, both of shape (B,)."""
        if self.window is None:
            raise ValueError(f"{self.name}: an axis without a window has no sidebands")
        return self.edges[1:] <= self.window[0], self.edges[:-1] >= self.window[1]


def _between(values, low, high):
    values = np.asarray(values)
    return (values >= low) & (values < high)


def mass(tree):
    """The axis of the mass, from the sub-tree `mass` of the configuration.

    Examples
    --------
    >>> tree = {"latex": "m", "min_gev": 105, "max_gev": 160, "bin_width_gev": 27.5, "window_gev": None}
    >>> mass(tree).edges.tolist()
    [105.0, 132.5, 160.0]
    """
    low, width = float(tree["min_gev"]), float(tree["bin_width_gev"])
    bins = round((tree["max_gev"] - low) / width)
    edges = [round(low + i * width, _DECIMALS) for i in range(bins + 1)]
    return Axis("mass", tree.get("latex", "m"), "GeV", edges, tree["window_gev"])


def spectrum(edges, window=None):
    """The axis of a mass spectrum in a file or a test, by bin edges and window in GeV."""
    return Axis("mass", "m", "GeV", edges, window)


def bins_to_merge(bins, most=20, least=5):
    """How many neighbours make a bin of a profile: a divisor that leaves `least` to `most` bins, if there is one.

    Examples
    --------
    >>> bins_to_merge(55), bins_to_merge(50), bins_to_merge(12), bins_to_merge(47)
    (5, 5, 1, 3)
    """
    smallest = -(-bins // most)
    return next((n for n in range(smallest, bins // least + 1) if bins % n == 0), smallest)
