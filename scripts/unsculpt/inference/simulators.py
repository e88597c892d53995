"""Simulators with parameters, and what is known of them exactly: what they identify, its best estimate and error.

A simulator takes parameters of shape (K, n, P), in the units of the study, and gives events (K, n, D); model k draws
from generators[k] alone. What events identify is `identified(theta)`, (K, n, Q): in all of these the distribution of
events under a proposal q depends on q through its expectation of that, or nearly so, and never on theta alone.
"""

import math

import numpy as np
import torch

from unsculpt.inference.drawing import draw


class Weinberg:
    """e+e- -> mu+mu-: x = cos A with p(x) = [(1 + x^2) + c x] / (8/3) (arXiv:1707.07113, section 4.2).

    c = 2 tanh(10 (2 E - 90) / 90) G with the beam energy E in GeV and the scaled Fermi constant G. Exact and without
    rejection: |x| is uniform with probability 3/4, else the cube root of a uniform number, and x is positive with
    probability (1 + c |x| / (1 + x^2)) / 2. That is one while |c| <= 2, beyond which c is held.
    """

    parameters = ("beam_energy_gev", "fermi_constant")
    symbols = ("E [GeV]", "G")
    columns = (r"$\cos A$",)
    interest = ("c",)

    def __call__(self, theta, generators):
        c = self.identified(theta)
        size, which, sign = draw(torch.rand, generators, (3, theta.shape[1], 1)).unbind(1)
        size = torch.where(which < 0.75, size, size.pow(1 / 3))
        return torch.where(sign < 0.5 + 0.5 * c * size / (1 + size * size), size, -size)

    data = __call__

    @staticmethod
    def identified(theta):
        """c, (..., 1): p(x) is linear in it, so events under a proposal know its expectation and nothing else."""
        return (2 * torch.tanh((2 * theta[..., :1] - 90) / 9) * theta[..., 1:2]).clamp(-2, 2)

    @classmethod
    def ridge(cls, truth, points=201):
        """Parameters of the same c, (points, 2): no data tell them apart."""
        c = float(cls.identified(torch.tensor(truth, dtype=torch.float64)))
        energy = np.linspace(40, 44.9, points)
        return np.column_stack([energy, c / (2 * np.tanh((2 * energy - 90) / 9))])

    def error(self, truth, events):
        """Error of the maximum-likelihood c from the Fisher information, (1,)."""
        c = float(self.identified(torch.tensor(truth, dtype=torch.float64)))
        x = (np.arange(200_000) + 0.5) / 100_000 - 1
        return np.array([1 / np.sqrt(events * 2 * np.mean(3 / 8 * x**2 / (1 + x**2 + c * x)))])

    @staticmethod
    def best(x):
        """Maximum-likelihood c of events (n, 1), by Newton steps on the concave log-likelihood."""
        x, c = np.asarray(x, float).ravel(), np.clip(4 * np.mean(x), -1.9, 1.9)
        for _ in range(50):
            ratio = x / (1 + x * x + c * x)
            c = np.clip(c + ratio.sum() / (ratio**2).sum(), -1.999, 1.999)
        return np.array([c])


class Poisson:
    """A count of mean exp(theta). Its data may have another variance, which no theta has.

    Parameters
    ----------
    dispersion : float
        Variance over mean of the data: 1 for Poisson counts; above it negative binomial ones, which are Poisson counts
        of a rate with a gamma distribution; below it binomial ones, which no mixture of Poisson counts is.
    """

    parameters = ("log_rate",)
    symbols = (r"$\ln\,\lambda$",)
    columns = ("Count",)
    interest = ("rate",)

    def __init__(self, dispersion=1.0):
        self.dispersion = dispersion

    def __call__(self, theta, generators):
        rate = theta.exp().clamp(max=1e4)
        return torch.stack([torch.poisson(r, generator=g) for r, g in zip(rate, generators, strict=True)])

    def data(self, theta, generators):
        """Counts of the same mean and of this dispersion."""
        if self.dispersion == 1:
            return self(theta, generators)
        rows = []
        for rate, g in zip(theta.exp().double().numpy(), generators, strict=True):
            rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=g)))
            if self.dispersion > 1:
                counts = rng.negative_binomial(rate / (self.dispersion - 1), 1 / self.dispersion)
            else:
                trials = np.round(rate / (1 - self.dispersion)).astype(int)
                counts = rng.binomial(trials, rate / trials)
            rows.append(torch.from_numpy(counts).float())
        return torch.stack(rows)

    @staticmethod
    def identified(theta):
        """The rate: its expectation is the mean of the counts."""
        return theta.exp()

    def error(self, truth, events):
        """Error of the mean of the counts, (1,)."""
        return np.sqrt(self.dispersion * np.exp(np.asarray(truth, float)) / events)

    @staticmethod
    def best(x):
        """The mean of the counts (n, 1)."""
        return np.mean(np.asarray(x, float), axis=0)


class Multi:
    """Five mixed latent variables, two of which have the parameters as means (multi.py of the paper's code)."""

    parameters = ("a", "b")
    symbols = ("$a$", "$b$")
    columns = tuple(f"$x_{i}$" for i in range(5))
    interest = ("a", "b")
    mixing = torch.tensor(
        [
            [1.31229955, 0.10499961, 0.48310515, -0.3249938, -0.26387927],
            [0.10499961, 1.15833058, -0.55865473, 0.25275522, -0.39790775],
            [0.48310515, -0.55865473, 2.25874579, -0.52087938, -0.39271231],
            [0.3249938, 0.25275522, -0.52087938, 1.4034925, -0.63521059],
            [-0.26387927, -0.39790775, -0.39271231, -0.63521059, 1.0],
        ]
    )

    def __call__(self, theta, generators):
        n = theta.shape[1]
        normal = draw(torch.randn, generators, (n, 3))
        uniform = draw(torch.rand, generators, (n, 3))
        left = uniform[..., 0] < 0.5
        z2 = torch.where(left, -2 + normal[..., 2], 2 + 0.5 * normal[..., 2])
        late = -torch.log1p(-uniform[..., 1:]) / torch.tensor([3.0, 0.5])
        z = torch.stack([theta[..., 0] + normal[..., 0], theta[..., 1] + 3 * normal[..., 1], z2, *late.unbind(-1)], -1)
        return z @ self.mixing.T

    data = __call__

    @staticmethod
    def identified(theta):
        """The means of both latent variables."""
        return theta

    @staticmethod
    def error(truth, events):
        """Errors of the means of both latent variables, (2,)."""
        return np.array([1.0, 3.0]) / np.sqrt(events)

    @classmethod
    def best(cls, x):
        """The means of both latent variables of events (n, 5)."""
        z = np.asarray(x, float) @ np.linalg.inv(cls.mixing.double().numpy()).T
        return z[:, :2].mean(0)


class Correlation:
    """Two normal variables of mean 0 and width 1 with correlation rho: no mean and no width knows the parameter."""

    parameters = ("rho",)
    symbols = (r"$\rho$",)
    columns = ("$x_1$", "$x_2$")
    interest = ("rho",)

    def __call__(self, theta, generators):
        z = draw(torch.randn, generators, (theta.shape[1], 2))
        rho = self.identified(theta)[..., 0]
        return torch.stack([z[..., 0], rho * z[..., 0] + (1 - rho * rho).sqrt() * z[..., 1]], -1)

    data = __call__

    @staticmethod
    def identified(theta):
        """rho, held within +- .999."""
        return theta.clamp(-0.999, 0.999)

    @staticmethod
    def error(truth, events):
        """From the Fisher information (1 + rho^2) / (1 - rho^2)^2, (1,)."""
        rho = np.asarray(truth, float)
        return (1 - rho**2) / np.sqrt((1 + rho**2) * events)

    @staticmethod
    def best(x):
        """Maximum-likelihood rho of events (n, 2): a root of a cubic equation."""
        x = np.asarray(x, float)
        product, squares = np.mean(x[:, 0] * x[:, 1]), np.mean(x**2, axis=0).sum()
        roots = np.roots([-1, product, 1 - squares, product])
        real = np.clip(np.append(roots[np.abs(roots.imag) < 1e-9].real, 0), -0.999, 0.999)
        gain = -0.5 * np.log(1 - real**2) - (squares - 2 * real * product) / (2 * (1 - real**2))
        return np.array([real[np.argmax(gain)]])


class Gaussian:
    """D normal latent variables of width 1, whose means are the parameters, mixed by a fixed matrix.

    Parameters
    ----------
    dimension : int
    """

    def __init__(self, dimension=2):
        self.dimension = dimension
        self.parameters = tuple(f"mean_{i}" for i in range(dimension))
        self.symbols = tuple(rf"$\theta_{{{i}}}$" for i in range(dimension))
        self.columns = tuple(f"$x_{{{i}}}$" for i in range(dimension))
        self.interest = self.parameters
        bends = np.random.default_rng(dimension).normal(size=(dimension, dimension))
        self.mixing = np.eye(dimension) + 0.5 / math.sqrt(dimension) * bends
        self._transposed = torch.from_numpy(self.mixing.T.copy()).float()

    def __call__(self, theta, generators):
        return (theta + draw(torch.randn, generators, (theta.shape[1], self.dimension))) @ self._transposed

    data = __call__

    @staticmethod
    def identified(theta):
        """The means."""
        return theta

    def error(self, truth, events):
        """1 / sqrt(events) for each mean, (D,)."""
        return np.full(self.dimension, 1 / np.sqrt(events))

    def best(self, x):
        """The means of the latent variables of events (n, D)."""
        return np.linalg.solve(self.mixing, np.mean(np.asarray(x, float), axis=0))


PROCESSES = {"weinberg": Weinberg, "poisson": Poisson, "multi": Multi, "correlation": Correlation}


def build(about, bank=()):
    """The simulator of an entry of `inference.simulators`.

    Parameters
    ----------
    about : dict
        The entry.
    bank : sequence of paths
        Files of the bank, for a simulator that draws from one.
    """
    if about["process"] == "hadrons":
        from unsculpt.inference.bank import Bank

        return Bank.load(bank, next(iter(about["parameters"].values()))["truth"])
    options = {"dispersion": about["dispersion"]} if about["process"] == "poisson" else {}
    return PROCESSES[about["process"]](**options)


def truth(about):
    """The true parameters of an entry, in its order, as a float array (P,)."""
    return np.array([parameter["truth"] for parameter in about["parameters"].values()], float)


def prior(about):
    """The lower and upper edges of the parameters, (P,) each."""
    return tuple(np.array([parameter["prior"] for parameter in about["parameters"].values()], float).T)


def observed(simulator, about, seeds):
    """Data of each seed, (K, events, D) float32."""
    values = torch.tensor(truth(about), dtype=torch.float32).expand(len(seeds), about["events"], -1)
    return simulator.data(values, [torch.Generator().manual_seed(seed) for seed in seeds])
