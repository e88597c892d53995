"""Texts of rows as numbers."""

import numpy as np


class Coded:
    """A text for each of n rows, as a number and the names of the numbers: a byte a row.

    It compares with a text, row by row, and becomes an array of texts where numpy asks for one.

    Parameters
    ----------
    code : int array, shape (n,)
    names : sequence of str
    """

    def __init__(self, code, names):
        self.names = tuple(names)
        self.code = np.asarray(code, np.min_scalar_type(-max(len(self.names), 1)))

    @classmethod
    def of(cls, values):
        """From texts, (n,), or what is coded already."""
        if isinstance(values, cls):
            return values
        names, code = np.unique(np.asarray(values, str), return_inverse=True)
        return cls(code, names.tolist())

    @classmethod
    def concatenated(cls, parts):
        """Those of several tables one after the other."""
        names = list(dict.fromkeys(name for part in parts for name in part.names))
        place = [np.array([names.index(name) for name in part.names], int) for part in parts]
        return cls(np.concatenate([to[part.code] for to, part in zip(place, parts, strict=True)]), names)

    def __len__(self):
        return len(self.code)

    def __getitem__(self, index):
        """The rows of a mask or an index array; the text of one row."""
        code = self.code[index]
        return Coded(code, self.names) if code.ndim else self.names[code]

    def __iter__(self):
        return iter(np.asarray(self))

    def __eq__(self, other):
        """Mask of the rows that have a text, or of those where two columns have the same."""
        if not isinstance(other, str):
            return np.asarray(self) == np.asarray(other)
        code = self.names.index(other) if other in self.names else -1
        return self.code == code

    def __ne__(self, other):
        return ~(self == other)

    __hash__ = None

    def __array__(self, dtype=None, copy=None):
        return np.array(self.names or [""], dtype)[self.code]

    def tolist(self):
        """The texts."""
        return np.asarray(self).tolist()
