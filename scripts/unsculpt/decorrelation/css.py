"""Convolved substructure: smear the shape of every mass until it is that of a reference mass (arXiv:1710.06859).

The shape variable is x = -log(1 - r), r the rank of the score among all background: positive, exponential with mean 1
over the whole range, large for signal-like events. The convolution only adds to x, so the reference is that end of the
masses of background where x is larger. Two parameters follow the mass: right for trends, not for a bump in the middle.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, rfft
from scipy.special import gammainc

from unsculpt.decorrelation.samples import Ranks, check, pooled_ranks

ALPHAS = np.arange(0.5, 3.01, 0.5)  # of the shape function, as tried in the paper
OMEGAS = np.linspace(0, 3, 31)  # its mean
MASS_BINS = 10
WIDTH, BINS = 0.04, 350  # of x
COARSE = 7  # of these make a bin of a figure


@dataclass(frozen=True)
class Smearing:
    """Scores and masses to 1 - exp(-x'), with x' = G^-1(P(x)), P the cumulative of x at this mass, G that after it.

    ranks : of all background.
    mass : (m,) centres of the mass bins in GeV; reference : number of the one that all others become like.
    density, smeared : (m, BINS), distribution of x in each, before and after.
    alpha, found, omega : shape parameter, its mean at each mass as found there, and as fitted, (m,).
    """

    ranks: Ranks
    mass: np.ndarray
    reference: int
    density: np.ndarray
    smeared: np.ndarray
    alpha: float
    found: np.ndarray
    omega: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "_maps", matched(self.density, self.smeared))

    def __call__(self, score, mass):
        """The new scores (n,) of scores and masses, (n,) each."""
        x = -np.log1p(-self.ranks(score)) / WIDTH
        place = np.clip(np.interp(mass, self.mass, np.arange(MASS_BINS)), 0, MASS_BINS - 1)
        low = np.minimum(place.astype(int), MASS_BINS - 2)
        left, right = _along(self._maps, low, x), _along(self._maps, low + 1, x)
        return -np.expm1(-(left + (place - low) * (right - left)))

    def about(self):
        """What a figure shows of it: Omega, and the distributions of x at the reference and where Omega is largest."""
        where, coarse = int(np.argmax(self.omega)), np.arange(0, BINS, COARSE)
        merged = {
            name: (np.add.reduceat(values, coarse) / (COARSE * WIDTH)).tolist()
            for name, values in (
                ("reference", self.density[self.reference]),
                ("before", self.density[where]),
                ("after", self.smeared[where]),
            )
        }
        return {
            "alpha": self.alpha,
            "mass": self.mass.tolist(),
            "found": self.found.tolist(),
            "fitted": self.omega.tolist(),
            "edges": (WIDTH * np.append(coarse, BINS)).tolist(),
            "mass_reference": float(self.mass[self.reference]),
            "mass_smeared": float(self.mass[where]),
            **merged,
        }


def learn(background, signal, settings):
    """Learn the smearing of each mass, and the map of x that it amounts to.

    Parameters
    ----------
    background : samples.Sample
    signal : samples.Sample
        Not used.
    settings : samples.MapSettings

    Returns
    -------
    Smearing
    """
    check("css", background)
    ranks = pooled_ranks(background)
    edges = np.linspace(settings.low, settings.high, MASS_BINS + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    density, weight = densities(-np.log1p(-ranks(background.score)), background, edges)
    first, last = np.flatnonzero(weight)[[0, -1]]
    reference = first if mean(density[first]) >= mean(density[last]) else last
    alpha, found, omega = smearing(density, weight, centres, reference)
    smeared = convolved(density, kernels(alpha, omega))
    return Smearing(ranks, centres, int(reference), density, smeared, float(alpha), found, omega)


def densities(x, background, edges):
    """Distribution of x in each mass bin, (m, BINS), each summing to one, and the weight of the bins, (m,).

    An empty bin has that of all events.
    """
    row = np.clip(np.searchsorted(edges, background.variable, side="right") - 1, 0, len(edges) - 2)
    column = np.minimum((x / WIDTH).astype(int), BINS - 1)
    cells = np.bincount(row * BINS + column, background.weight, minlength=(len(edges) - 1) * BINS).reshape(-1, BINS)
    weight = cells.sum(1)
    cells[weight == 0] = cells.sum(0)
    return cells / cells.sum(1, keepdims=True), weight


def mean(density):
    """Mean of x."""
    return density @ (np.arange(BINS) + 0.5) * WIDTH


def kernels(alpha, omega):
    """The shape function (alpha/omega)^alpha x^(alpha - 1) exp(-alpha x / omega) / Gamma(alpha) on the lattice of x.

    A gamma distribution of mean omega; omega = 0 is no smearing. Shape (number of omegas, BINS).
    """
    ends = np.maximum(WIDTH * (np.arange(BINS + 1) - 0.5), 0)
    positive = np.where(omega > 0, omega, 1)[:, None]
    below = np.where(omega[:, None] > 0, gammainc(alpha, alpha * ends / positive), ends > 0)
    return np.diff(below, axis=1)


def convolved(density, kernel):
    """Distribution of x plus what the kernel adds, (..., BINS); what leaves the range stays in its last bin."""
    length = 2 * BINS
    full = irfft(rfft(density, length) * rfft(kernel, length), length)
    full[..., BINS - 1] += full[..., BINS:].sum(-1)
    return full[..., :BINS]


def smearing(density, weight, mass, reference):
    """The shape parameter alpha, one for all masses, and the mean omega at each mass as found and as fitted, (m,) each.

    For each alpha the omega of a mass bin is that whose cumulative after the smearing is nearest to the reference's
    (least squares); then omega(m) = p0 (1/m0 - 1/m) + p1 log(m/m0) is fitted to those (arXiv:1710.06859, with m0 the
    reference mass). The alpha with the smallest sum of squares is taken.
    """
    target, best = density[reference].cumsum(), (np.inf, None, None)
    for alpha in ALPHAS:
        smeared = convolved(density[:, None, :], kernels(alpha, OMEGAS)[None])  # (m, omegas, BINS)
        squares = np.sum((smeared.cumsum(-1) - target) ** 2, axis=-1)
        total = weight @ squares.min(1)
        if total < best[0]:
            best = (total, alpha, OMEGAS[squares.argmin(1)])
    _, alpha, omega = best
    basis = np.stack([1 / mass[reference] - 1 / mass, np.log(mass / mass[reference])], axis=1)
    root = np.sqrt(weight)[:, None]
    parameters = np.linalg.lstsq(root * basis, root[:, 0] * omega, rcond=None)[0]
    return alpha, omega, np.clip(basis @ parameters, 0, None)


def matched(density, smeared):
    """x' = G^-1(P(x)) at the edges of the bins of x, in bins, for each mass, (m, BINS + 1)."""
    rise = 1e-9 * np.arange(BINS + 1)  # both cumulatives rise everywhere, so that the map keeps the order of all scores
    p, g = (np.pad(d.cumsum(1), ((0, 0), (1, 0))) + rise for d in (density, np.clip(smeared, 0, None)))
    return WIDTH * np.stack([np.interp(row, other, np.arange(BINS + 1)) for row, other in zip(p, g, strict=True)])


def _along(maps, row, x):
    """The map of each event at x, in bins; linear between the edges and beyond the last."""
    low = np.minimum(x.astype(int), BINS - 1)
    left, right = maps[row, low], maps[row, low + 1]
    return left + (x - low) * (right - left)
