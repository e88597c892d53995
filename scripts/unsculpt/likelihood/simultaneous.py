"""The combined likelihood of several channels as arrays: the one that `nuisances.dress` gives to pyhf."""

from dataclasses import dataclass, fields, replace

import numpy as np

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import prior, signal_template
from unsculpt.likelihood.nuisances import NONE

SPURIOUS, TEMPLATE, COEFFICIENTS = 0, 1, 2  # first columns of the parameters of a channel
LUMINOSITY, COMMON = 0, 1  # columns of the parameters that channels share


@dataclass(frozen=True)
class Simultaneous:
    """C channels of up to B bins and P coefficients; shorter ones are padded with zeros.

    The parameters of a channel are (spurious signal, template, coefficients), Q = 2 + P numbers; all channels share mu,
    luminosity and a common spurious signal.

    names : names of the channels.
    basis, exposure : (C, B, P) and (C, B) of the background exposure exp(basis beta).
    signal : (C, B) expected signal for mu = 1.
    spurious, common : (C,) spurious signal for one unit of the parameter of the channel and of the common one, over the
        expected signal; one of them is zero.
    template, luminosity : (C,) and number: logarithm of the factor for one unit of the parameter.
    start : (C, Q) nominal parameters.
    centre, precision : (C, Q) mean and one over the squared width of the constraint; zero where there is none.
    """

    names: tuple
    basis: np.ndarray
    exposure: np.ndarray
    signal: np.ndarray
    spurious: np.ndarray
    common: np.ndarray
    template: np.ndarray
    luminosity: float
    start: np.ndarray
    centre: np.ndarray
    precision: np.ndarray

    def expected(self, mu=0.0):
        """Expected events for nominal parameters, shape (C, B): the Asimov data set of this signal strength."""
        background = self.exposure * np.exp(np.einsum("cbp,cp->cb", self.basis, self.start[:, COEFFICIENTS:]))
        return background + mu * self.signal

    def around(self, local):
        """The likelihood with other nominal coefficients, those of fitted local parameters, shape (C, Q)."""
        start = self.start.copy()
        start[:, COEFFICIENTS:] = local[:, COEFFICIENTS:]
        return replace(self, start=start)

    def only(self, index):
        """The likelihood of one channel alone."""
        part = slice(index, index + 1)
        every = (field.name for field in fields(self) if field.name != "luminosity")
        return replace(self, **{key: getattr(self, key)[part] for key in every})


@dataclass(frozen=True)
class Centres:
    """Centres of the constraints, which vary from toy to toy.

    shared : (T, 2) luminosity and common spurious signal.
    local : (T, C, Q) parameters of the channels.
    """

    shared: np.ndarray
    local: np.ndarray

    def __getitem__(self, rows):
        return Centres(self.shared[rows], self.local[rows])

    def __add__(self, shifts):
        return Centres(self.shared + shifts.shared, self.local + shifts.local)


def build(channels, nuisances=NONE):
    """The combined likelihood of channels.

    Parameters
    ----------
    channels : list of models.Channel
        With signal templates and different names.
    nuisances : Nuisances

    Returns
    -------
    Simultaneous
    """
    if len({channel.name for channel in channels}) != len(channels) or not channels:
        raise ValueError(f"combined: needs channels with different names, got {[c.name for c in channels]}")
    bases = [channel.function.basis(channel.edges) for channel in channels]
    count, bins, terms = len(channels), max(len(x) for x in bases), max(x.shape[1] for x in bases)
    basis, exposure, signal = np.zeros((count, bins, terms)), np.zeros((count, bins)), np.zeros((count, bins))
    start, centre, precision = np.zeros((3, count, 2 + terms))
    precision += 1.0  # also of terms that do not exist
    spurious, template = np.zeros(count), np.zeros(count)
    for i, (channel, (b, p)) in enumerate(zip(channels, (x.shape for x in bases), strict=True)):
        basis[i, :b, :p], exposure[i, :b] = bases[i], shapes.relative_widths(channel.edges)
        signal[i, :b] = signal_template(channel)
        start[i, COEFFICIENTS : COEFFICIENTS + p] = nominal(channel)
        precision[i, COEFFICIENTS : COEFFICIENTS + p] = 0.0
        borrowed = prior(channel.slope_prior, channel.edges, channel.function)
        if borrowed is not None:
            precision[i, COEFFICIENTS : COEFFICIENTS + p] = borrowed[1]
            centre[i, COEFFICIENTS : COEFFICIENTS + p] = borrowed[0]
        total = signal[i].sum()
        spurious[i] = nuisances.spurious_signal.get(channel.name, 0.0) / total if total > 0 else 0.0
        template[i] = np.log1p(nuisances.signal_template.get(channel.name, 0.0))
    nothing = np.zeros(count)
    own, common = (nothing, spurious) if nuisances.common_spurious_signal else (spurious, nothing)
    names, luminosity = tuple(channel.name for channel in channels), float(np.log1p(nuisances.luminosity))
    return Simultaneous(names, basis, exposure, signal, own, common, template, luminosity, start, centre, precision)


def nominal(channel):
    """Coefficients, shape (P,), of the expected background of a channel."""
    basis, widths = channel.function.basis(channel.edges), shapes.relative_widths(channel.edges)
    return poisson_glm(channel.background, basis, exposure=widths).beta[0]


def constraint_centres(model, size, rng):
    """Centres of the constraints of toys: what the auxiliary measurements would give.

    Parameters
    ----------
    model : Simultaneous
    size : int
        Number of toys.
    rng : numpy.random.Generator

    Returns
    -------
    Centres
    """
    width = np.where(model.precision > 0, 1 / np.sqrt(np.where(model.precision > 0, model.precision, 1.0)), 0.0)
    local = model.start + width * rng.standard_normal((size, *model.start.shape))
    shared = np.zeros((size, 2))
    shared[:, LUMINOSITY] = rng.standard_normal(size)
    if model.common.any():  # toys of independent spurious signals do not depend on it
        shared[:, COMMON] = rng.standard_normal(size)
    return Centres(shared, local)
