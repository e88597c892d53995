"""Falling functions for the background: exponentials of polynomials, power laws, Bernstein polynomials.

The first two are log-linear, `relative width x exp(basis . beta)`: convex Poisson regressions with a log link.
Bernstein polynomials with positive coefficients are linear, `relative width x (basis . beta)`. `FUNCTIONS` is the one
registry.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import comb

from unsculpt.shapes.bins import centres, reduced, relative_widths

MAX_ORDER = 3
LETTERS = ("a", "b", "c")  # coefficients of the log-linear families
_PREFIX = {"exponential": "exp", "power": "pow", "bernstein": "bern"}
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(5)  # exact to degree nine


def polynomials(x, order):
    """The columns of the exponent at reduced mass x: 1, -x, 1/3 - x^2, -x^3, up to `order`; shape (len(x), order + 1).

    With these signs the coefficients fall with the mass, and the first is minus the logarithmic slope at x = 0 at every
    order. The 1/3 makes the curvature and the normalisation nearly independent.
    """
    if not 1 <= order <= MAX_ORDER:
        raise ValueError(f"polynomials: order {order} is not between 1 and {MAX_ORDER}")
    x = np.asarray(x, float)
    return np.stack([np.ones_like(x), -x, 1 / 3 - x**2, -(x**3)][: order + 1], axis=-1)


@dataclass(frozen=True)
class Function:
    """A background function.

    family : "exponential" (of a polynomial in the mass), "power" (the same in the logarithm of the mass, so that
        order 1 is N m^-n), or "bernstein" (polynomial of positive terms).
    order : of the polynomial.
    """

    family: str
    order: int

    @property
    def name(self):
        """Short name: exp1, pow1, bern3."""
        return f"{_PREFIX[self.family]}{self.order}"

    @property
    def parameters(self):
        """Number of parameters, the normalisation included."""
        return self.order + 1

    @property
    def log_linear(self):
        """Whether the logarithm of the function is linear in the parameters; else the function itself is."""
        return self.family != "bernstein"

    @property
    def latex(self):
        """The function of the reduced mass x, of the reduced logarithm y of the mass, or of u = (1 + x) / 2."""
        if self.family == "bernstein":
            return rf"\sum_{{k=0}}^{{{self.order}}} c_k \binom{{{self.order}}}{{k}} u^k (1-u)^{{{self.order}-k}}"
        x = "x" if self.family == "exponential" else "y"
        return r"N\,e^{" + "".join([f"-a {x}", f" - b ({x}^2 - 1/3)", f" - c {x}^3"][: self.order]) + "}"

    def columns(self, mass, edges):
        """Basis functions at any masses within the edges, shape (*mass, order + 1)."""
        if self.family == "exponential":
            return polynomials(reduced(mass, edges), self.order)
        if self.family == "power":
            return polynomials(reduced(np.log(mass), np.log(np.asarray(edges, float)[[0, -1]])), self.order)
        u = (1 + reduced(mass, edges)) / 2
        terms = [comb(self.order, k) * u**k * (1 - u) ** (self.order - k) for k in range(self.order + 1)]
        return np.stack(terms, axis=-1)

    def basis(self, edges):
        """Design matrix, shape (bins, order + 1): at the bin centres when log-linear, else the mean over each bin."""
        if self.log_linear:
            return self.columns(centres(edges), edges)
        return np.tensordot(_WEIGHTS / 2, self.columns(_nodes(edges), edges), axes=(0, 0))

    def slope(self, edges):
        """Row, shape (order + 1,): times the parameters it is -d ln f / dm at the centre of the range, 1/GeV."""
        if not self.log_linear:
            raise ValueError(f"slope: {self.name} is not log-linear")
        middle, ends = (edges[0] + edges[-1]) / 2, np.asarray(edges, float)[[0, -1]]
        power = self.family == "power"
        x = reduced(np.log(middle), np.log(ends)) if power else 0.0
        dx_dm = 2 / (np.log(ends[1] / ends[0]) * middle) if power else 2 / (ends[1] - ends[0])
        return np.array([0.0, 1.0, 2 * x, 3 * x**2])[: self.parameters] * dx_dm

    def expected(self, beta, edges):
        """Expectation of each bin, shape (bins,), as the fits take it: relative width times the function."""
        value = self.basis(edges) @ np.asarray(beta, float)
        return relative_widths(edges) * (np.exp(value) if self.log_linear else value)

    def integrals(self, beta, edges, points=5):
        """Exact (Gauss-Legendre) expectation of each bin, shape (bins,), of the density that `basis` stands for."""
        nodes, weights = np.polynomial.legendre.leggauss(points)
        value = self.columns(_nodes(edges, nodes), edges) @ np.asarray(beta, float)
        return relative_widths(edges) * (weights @ (np.exp(value) if self.log_linear else value)) / 2


def _nodes(edges, nodes=_POINTS):
    """Masses at the nodes of a quadrature in each bin, shape (nodes, bins)."""
    return centres(edges) + np.diff(np.asarray(edges, float)) / 2 * nodes[:, None]


_ORDERS = {"exponential": MAX_ORDER, "power": 2, "bernstein": 4}
FUNCTIONS = {
    function.name: function
    for function in (Function(family, order) for family, last in _ORDERS.items() for order in range(1, last + 1))
}


def function(name):
    """A background function by its name, by the order of an exponential, or as it is.

    Examples
    --------
    >>> function("pow1").parameters, function(2).name
    (2, 'exp2')
    """
    if isinstance(name, Function):
        return name
    key = name if isinstance(name, str) else function_name(name)
    if key not in FUNCTIONS:
        raise ValueError(f"function: order {name} is none of {', '.join(FUNCTIONS)}")
    return FUNCTIONS[key]


def basis(edges, name):
    """Design matrix of a function (see `function`), shape (bins, parameters).

    The expectation of bin i is `relative_width_i exp(basis_i . beta)`. For one exponential and equal bins the bin
    centre is exact (the correction is one factor common to all bins); for order 2 it is off by 3e-6 of the yield at
    1 GeV.
    """
    return function(name).basis(edges)


def bin_integrals(beta, edges, points=5):
    """Exact expectation of each bin, shape (bins,), of the exponential that `basis` takes at bin centres."""
    return function(len(beta) - 1).integrals(beta, edges, points)


def function_name(order):
    """Name of the exponential of a polynomial: "exp1", "exp2", "exp3"."""
    return f"exp{order}"


def latex(name):
    """The function for figures (LaTeX math without dollars).

    Examples
    --------
    >>> latex(2)
    'N\\\\,e^{-a x - b (x^2 - 1/3)}'
    """
    return function(name).latex
