"""Objects and four-vectors in each row, their stored fields and their kinematic quantities, on awkward arrays.

The formulas are those of `vector` (the tests compare) but for two things: a vector of no momentum has no direction
(there eta = phi = 0), and a mass is never below zero.
"""

from dataclasses import dataclass

import awkward as ak
import numpy as np


class _Kinematic:
    """What is made of pt, eta, phi and the mass or, without one, the energy; arrays of any shape."""

    def field(self, name):
        """A field, stored or kinematic: of objects a jagged array, else numpy of shape (n,)."""
        if name in self.fields:
            return self.stored(name)
        pt = self.number("pt")
        match name:
            case "px":
                return pt * np.cos(self.number("phi"))
            case "py":
                return pt * np.sin(self.number("phi"))
        pz = pt * np.sinh(self.number("eta"))
        match name:
            case "pz":
                return pz
            case "p":
                return np.sqrt(pt**2 + pz**2)
            case "e":
                return _root(pt**2 + pz**2 + _square(self.number("mass")))
            case "mass":
                return _root(self.number("e") ** 2 - pt**2 - pz**2)
            case "rapidity":
                return np.arcsinh(pz / _root(pt**2 + _square(number(self.field("mass")))))
        raise KeyError(name)

    def number(self, name):
        """A stored field, float64."""
        return number(self.stored(name))

    def components(self):
        """px, py, pz and e; the mass comes before the energy."""
        pt, eta, phi = map(self.number, ("pt", "eta", "phi"))
        pz = pt * np.sinh(eta)
        e = _root(pt**2 + pz**2 + _square(self.number("mass"))) if "mass" in self.fields else self.number("e")
        return pt * np.cos(phi), pt * np.sin(phi), pz, e


@dataclass(frozen=True)
class Objects(_Kinematic):
    """Several objects in each row.

    array : jagged awkward array of records, the fields of the objects; a row that is None has no object.
    """

    array: ak.Array

    def __post_init__(self):
        if not _is_plain(self.array):
            object.__setattr__(self, "array", _lists(self.array))

    def __len__(self):
        return len(self.array)

    def __getitem__(self, rows):
        """The objects of the rows of a mask or an index array."""
        return Objects(self.array[rows])

    @property
    def fields(self):
        """The names of what is stored."""
        return self.array.fields

    def stored(self, name):
        """A stored field, jagged."""
        return plain(self.array[name])

    def total(self):
        """The sum of the four-vectors of each row, as a `FourVector`."""
        return FourVector(*map(total, self.components()))


@dataclass(frozen=True)
class One(_Kinematic):
    """The object of a place in each row, NaN where a row has fewer."""

    objects: Objects
    place: int

    def __len__(self):
        return len(self.objects)

    def __getitem__(self, rows):
        """The object of the rows of a mask or an index array."""
        return One(self.objects[rows], self.place)

    @property
    def fields(self):
        """The names of what is stored."""
        return self.objects.fields

    def stored(self, name):
        """A stored field; numpy, shape (n,)."""
        return at(self.objects.array[name], self.place)

    def four_vector(self):
        """The object as a `FourVector`."""
        return FourVector(*self.components())


@dataclass(frozen=True)
class FourVector:
    """A four-vector in each row, with no fields but the kinematic ones; px, py, pz and e of shape (n,).

    Rounding may leave e^2 - p^2 below zero: the mass is zero then. A vector with no transverse momentum has no
    azimuth, and one with no momentum no direction: NaN.
    """

    px: np.ndarray
    py: np.ndarray
    pz: np.ndarray
    e: np.ndarray

    def __len__(self):
        return len(self.e)

    def __getitem__(self, rows):
        """The four-vectors of the rows of a mask or an index array."""
        return FourVector(self.px[rows], self.py[rows], self.pz[rows], self.e[rows])

    def __add__(self, other):
        return FourVector(self.px + other.px, self.py + other.py, self.pz + other.pz, self.e + other.e)

    def field(self, name):
        """A kinematic quantity; numpy, shape (n,)."""
        if name in ("px", "py", "pz", "e"):
            return getattr(self, name)
        square = self.px**2 + self.py**2
        with np.errstate(all="ignore"):
            match name:
                case "pt":
                    return np.sqrt(square)
                case "eta":
                    return np.arcsinh(self.pz / np.sqrt(square))
                case "phi":
                    return np.where(square == 0, np.nan, np.arctan2(self.py, self.px))
                case "p":
                    return np.sqrt(square + self.pz**2)
                case "mass":
                    return _root(self.e**2 - (square + self.pz**2))
                case "rapidity":
                    return np.arcsinh(self.pz / np.sqrt(square + self.field("mass") ** 2))
        raise KeyError(name)

    def four_vector(self):
        """Itself."""
        return self


def at(values, place):
    """The value at a place of each list, float64 of shape (n,); NaN where the list is shorter."""
    layout = (values if _is_plain(values) else plain(values)).layout
    starts, stops = np.asarray(layout.starts.data), np.asarray(layout.stops.data)
    there, content = stops - starts > place, layout.content
    where = starts[there] + place
    if content.is_indexed:  # no more than the one place is looked up
        where, content = content.index.data[where], content.content
    result = np.full(len(starts), np.nan)
    result[there] = ak.to_numpy(ak.Array(content))[where]
    return result


def _is_plain(values):
    """Whether they are jagged lists without None."""
    layout = values.layout
    return layout.is_list and not layout.is_regular and not layout.content.is_option


def _lists(values):
    """Jagged lists, of regular ones or of such as may be None."""
    return ak.to_packed(ak.fill_none(ak.from_regular(values, axis=1), [], axis=0))


def plain(values):
    """Arrays without None: NaN instead, and of a list an empty one."""
    if isinstance(values, np.ma.MaskedArray):
        return values.astype(float).filled(np.nan)
    if not isinstance(values, ak.Array):
        return values
    if _is_plain(values):
        return ak.to_packed(values) if values.layout.content.is_indexed else values  # or each use looks up again
    if values.ndim == 1:
        return plain(ak.to_numpy(values))
    return _lists(ak.fill_none(ak.values_astype(values, np.float64), np.nan, axis=-1))


def dtype(values):
    """The type of the numbers of an array, at whatever depth."""
    if not isinstance(values, ak.Array):
        return values.dtype
    layout = values.layout
    while hasattr(layout, "content"):
        layout = layout.content
    return getattr(layout, "dtype", np.dtype(np.float64))  # of empty lists nothing is known


def number(values):
    """Numbers and truths as float64: whole numbers neither wrap nor lose their fraction, and no power is endless."""
    if isinstance(values, ak.Array):
        return values if dtype(values) == np.float64 else ak.values_astype(values, np.float64)
    return np.asarray(values, np.float64)[()]


def _square(mass):
    """The square of a mass, with its sign: that of a negative mass is negative."""
    return mass * abs(mass)


def _root(square):
    """The root, zero of what rounding left below zero."""
    return np.sqrt(np.maximum(square, 0))


def total(values):
    """The sum of each list, float64."""
    return ak.to_numpy(ak.sum(number(values), axis=1)).astype(float)
