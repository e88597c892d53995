"""Mean shapes of electromagnetic showers in a sampling calorimeter: the parametrisation of GFlash (hep-ex/0001020).

Constants are those of Geant4's GFlashSamplingShowerTuning.hh and GVFlashHomoShowerTuning.hh, formulas those of its
GFlashSamplingShowerParameterisation.cc. The medium is 2 mm of lead and 4 mm of liquid argon, over and over.
"""

from dataclasses import dataclass

import numpy as np

MOLIERE_SCALE = 21.2  # MeV


@dataclass(frozen=True)
class Material:
    """A pure material.

    z, a : atomic and mass number.
    density : in g/cm3.
    x0 : radiation length, in g/cm2.
    """

    z: float
    a: float
    density: float
    x0: float

    @property
    def critical(self):
        """Critical energy as GFlash has it, in MeV."""
        return 2.66 * (self.x0 * self.z / self.a) ** 1.1


@dataclass(frozen=True)
class Medium:
    """An effective medium.

    x0, moliere : radiation length and Moliere radius, in mm.
    critical : critical energy, in MeV.
    z : mean atomic number.
    sampling : radiation length over the thickness of a pair of plates.
    ehat : response to electrons over that to minimum ionising particles.
    """

    x0: float
    critical: float
    moliere: float
    z: float
    sampling: float
    ehat: float


def mixture(first, second, d1, d2):
    """The medium of plates of two materials, `d1` and `d2` mm thick."""
    total = d1 * first.density + d2 * second.density
    w1, w2 = d1 * first.density / total, d2 * second.density / total
    density = total / (d1 + d2)
    x0 = 1 / (w1 / first.x0 + w2 / second.x0)  # g/cm2
    loss = w1 * first.critical / first.x0 + w2 * second.critical / second.x0
    return Medium(
        x0=10 * x0 / density,
        critical=x0 * loss,
        moliere=10 * MOLIERE_SCALE / loss / density,
        z=w1 * first.z + w2 * second.z,
        sampling=10 * x0 / density / (d1 + d2),
        ehat=1 / (1 + 0.007 * (first.z - second.z)),
    )


LEAD, ARGON = Material(82, 207.2, 11.35, 6.37), Material(18, 39.95, 1.396, 19.55)
MEDIUM = mixture(LEAD, ARGON, 2.0, 4.0)


def longitudinal_means(energy):
    """Means and spreads of ln T and ln alpha, and their correlation, for electrons of `energy` GeV.

    The profile in depth is a gamma distribution of shape alpha with its maximum at T radiation lengths.
    """
    y = np.log(energy * 1000 / MEDIUM.critical)
    t_pure, a_pure = np.maximum(y - 0.812, 0.1), np.maximum(0.81 + (0.458 + 2.26 / MEDIUM.z) * y, 0.1)
    t = np.maximum(0.1, np.log(t_pure - 0.55 / MEDIUM.sampling - 0.69 * (1 - MEDIUM.ehat)))
    a = np.maximum(0.1, np.log(a_pure - 0.476 / MEDIUM.sampling))
    spread_t, spread_a = np.minimum(0.5, 1 / (-2.5 + 1.25 * y)), np.minimum(0.5, 1 / (-0.82 + 0.79 * y))
    return t, a, spread_t, spread_a, 0.784 - 0.023 * y


def longitudinal(energy, rng):
    """T, in radiation lengths, and alpha of each shower, (n,) each."""
    t, a, spread_t, spread_a, rho = longitudinal_means(energy)
    g1, g2 = rng.standard_normal((2, len(energy)))
    common, own = np.sqrt((1 + rho) / 2) * g1, np.sqrt((1 - rho) / 2) * g2
    return np.maximum(1.0, np.exp(t + spread_t * (common + own))), np.maximum(
        1.1, np.exp(a + spread_a * (common - own))
    )


def radial(tau, energy):
    """Weight of the core, its radius and that of the tail, in mm, at depth `tau` in units of the maximum."""
    log_e, z, inverse, gap = np.log(energy), MEDIUM.z, 1 / MEDIUM.sampling, 1 - MEDIUM.ehat
    core = 0.0251 + 0.00319 * log_e + (0.1162 - 0.000381 * z) * tau - 0.0203 * gap + 0.0397 * inverse * np.exp(-tau)
    pull = (0.401 + 0.00187 * z - tau) / (1.313 - 0.0686 * log_e)
    weight = (2.632 - 0.00094 * z) * np.exp(pull - np.exp(pull))
    weight = weight + gap * (0.348 - 0.642 * inverse * np.exp(-((tau - 1) ** 2)))
    k4 = 0.3585 + 0.0412 * log_e
    tail = (0.659 - 0.00309 * z) * (np.exp(-2.59 * (tau - 0.645)) + np.exp(k4 * (tau - 0.645)))
    tail = tail - 0.14 * gap - 0.495 * inverse * np.exp(-tau)
    return np.clip(weight, 0, 1), np.maximum(core, 0.005) * MEDIUM.moliere, np.maximum(tail, 0.02) * MEDIUM.moliere


def rectangle(x, y, radius):
    """Integral of the density R^2 / (pi (r^2 + R^2)^2) over [0, x] x [0, y], odd in both.

    Examples
    --------
    >>> round(float(4 * rectangle(1e9, 1e9, 3.0)), 6), round(float(2 * rectangle(4.0, 1e9, 3.0)), 6)
    (1.0, 0.4)
    """
    a, b = np.sqrt(x * x + radius * radius), np.sqrt(y * y + radius * radius)
    return (x / a * np.arctan(y / a) + y / b * np.arctan(x / b)) / (2 * np.pi)


def cell_fractions(tau, energy, shape, half_width):
    """Share of the energy at depth `tau`, (n,), that falls into each cell of a layer, (n, cells)."""
    x, y = (np.linspace(-half_width, half_width, n + 1) for n in shape)
    weight, core, tail = (a[:, None, None] for a in radial(tau, energy))
    corner = weight * rectangle(x[:, None], y[None], core) + (1 - weight) * rectangle(x[:, None], y[None], tail)
    return np.diff(np.diff(corner, axis=1), axis=2).reshape(len(tau), -1)
