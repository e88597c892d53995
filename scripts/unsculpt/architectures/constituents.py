"""Networks of the constituents of an object: sums over sets, convolutions along lists, combinations of four-vectors."""

import torch
from torch import nn

from unsculpt.architectures import scales
from unsculpt.architectures.apart import layers
from unsculpt.errors import InputError

SMALL = 1e-2  # of a spread, in units of the scale of momenta: smaller ones may be rounding, and are not blown up
REST = 1e-2  # of a squared momentum in units of the scale: what is nearly at rest has no direction
TINY = 1e-8  # under a root, whose slope at zero is infinite


def _check(inputs, shape, fields, kind):
    if len(shape) != 2 or shape[1] not in fields:
        found = f"an array of shape {shape}" if shape else f"{inputs} features"
        wanted = " or ".join(map(str, fields)) if len(fields) < 5 else "one or more"
        raise InputError(
            f"constituents of the kind {kind} are an array (constituents, fields) with {wanted} fields, and the input "
            f"is {found}; name such an array in inputs of the method, or another architecture"
        )


class Sets(nn.Module):
    """Layers for each constituent, a sum over those that are present, and layers of the sum (arXiv:1810.05165).

    So the order of constituents means nothing, and absent ones, whose first field is zero, add nothing. To the fields
    comes the logarithm of the first, a transverse momentum; each is standardised over the constituents present. The sum
    is in units of their mean number.

    Parameters
    ----------
    inputs : int
    shape : (constituents, fields)
    inner_layers, hidden_layers
        The configuration `architectures.constituents`.
    """

    def __init__(self, inputs, shape, inner_layers, hidden_layers):
        super().__init__()
        _check(inputs, shape, range(1, 1000), "sets")
        self.shape, fields = shape, shape[1] + 1
        self.register_buffer("centre", torch.empty(fields))
        self.register_buffer("width", torch.empty(fields))
        self.register_buffer("number", torch.empty(()))
        self.inner = layers((fields, *inner_layers), last=True)
        self.outer = layers((inner_layers[-1], *hidden_layers, 1))

    def forward(self, x):
        """Logits, (n, 1), of flat constituents, (n, D)."""
        fields, present = self.fields(x)
        terms = self.inner((fields - self.centre) / self.width) * present.unsqueeze(-1)
        return self.outer(terms.sum(1) / self.number)

    def fields(self, x):
        """Fields of each constituent, (n, C, F + 1), and whether it is present, (n, C), as a number."""
        x = x.unflatten(1, self.shape)
        first = x[..., 0]
        present = first > 0
        logarithm = torch.where(present, first, 1).log()
        return torch.cat([x, logarithm.unsqueeze(-1)], -1), present.to(x.dtype)

    def typical(self, state, normal):
        """Constituents of the scale of these numbers, of which a fifth is absent."""
        centre, width = state["centre"], state["width"]
        fields = centre[:-1] + width[:-1] * normal(*self.shape)
        fields[..., 0] = torch.exp(centre[-1] + width[-1] * normal(self.shape[0]))
        return torch.where(normal(self.shape[0], 1) < 0.84, fields, 0).flatten(1)

    def start(self, state, x, weight):
        """The scales of these constituents, (n, D), with weights that sum to one."""
        state["centre"], state["width"], state["number"] = scales.of_fields(self.fields, x, weight)


class Lola(nn.Module):
    """Combinations of four-vectors and Lorentz-invariant numbers of them, and layers of units (arXiv:1707.08966).

    To the C four-vectors come linear combinations of them that are learnt. Of each of these k vectors seven numbers are
    taken: its square, its transverse momentum, a learnt sum of all energies, and four learnt sums of its squared
    Minkowski distances to all others. The layers see them by the mean and standard deviation that they have at the
    start.

    Parameters
    ----------
    inputs : int
    shape : (constituents, 3 or 4)
        pt, eta, phi and the fourth.
    combinations, fourth, hidden_layers
        The configuration `architectures.constituents`.
    """

    def __init__(self, inputs, shape, combinations, fourth, hidden_layers):
        super().__init__()
        _check(inputs, shape, (3, 4), "lola")
        self.shape, self.fourth = shape, fourth
        number = shape[0] + combinations
        self.sides = inputs, 7 * number
        self.register_buffer("scale", torch.empty(()))
        self.register_buffer("centre", torch.empty(7 * number))
        self.register_buffer("width", torch.empty(7 * number))
        self.combination = nn.Parameter(torch.empty(combinations, shape[0]))
        self.energies = nn.Parameter(torch.empty(number, number))
        self.distances = nn.Parameter(torch.empty(4 * number, number))
        self.layers = layers((7 * number, *hidden_layers, 1))

    def forward(self, x):
        """Logits, (n, 1), of flat constituents, (n, D)."""
        return self.layers((self.numbers(x) - self.centre) / self.width)

    def numbers(self, x):
        """The seven numbers of each vector, (n, 7 k)."""
        pt, rapidity, phi, transverse = self.kinematics(x)
        products = self.joined(minkowski(pt, rapidity, phi, transverse))
        products = torch.cat([products, self.combination @ products], 1)  # (n, k, k)
        square = products.diagonal(dim1=1, dim2=2)
        distance = square.unsqueeze(1) + square.unsqueeze(2) - 2 * products
        weights = self.distances.unflatten(0, (4, -1)).permute(1, 2, 0)  # (k, k, 4)
        far = (distance.transpose(0, 1) @ weights).permute(1, 2, 0)  # (n, 4, k)
        px, py, e = pt * torch.cos(phi), pt * torch.sin(phi), transverse * torch.cosh(rapidity)
        px, py, e = (self.joined(component) for component in (px, py, e))
        return torch.cat([square, (px.square() + py.square() + TINY).sqrt(), e @ self.energies, far.flatten(1)], 1)

    def joined(self, x):
        """What the constituents have, (..., C), and behind it what their combinations have, (..., k)."""
        return torch.cat([x, x @ self.combination.T], -1)

    def kinematics(self, x):
        """Transverse momentum, rapidity, azimuth and transverse mass of each constituent, (n, C) each.

        Momentum and mass in units of the scale; all are zero of a constituent that is absent.
        """
        x = x.unflatten(1, self.shape)
        pt, eta, phi = x[..., 0] / self.scale, x[..., 1], x[..., 2]
        if self.shape[1] == 3:
            return pt, eta, phi, pt
        squared = (x[..., 3] / self.scale).square()
        if self.fourth == "energy":
            squared = (squared - (pt * torch.cosh(eta)).square()).clamp(min=0)
        transverse = (pt.square() + squared).sqrt()
        safe = torch.where(transverse > 0, transverse, 1)
        return pt, torch.asinh(pt * torch.sinh(eta) / safe), phi, transverse

    def typical(self, state, normal):
        """Constituents of the scale of these numbers, of which a fifth is absent."""
        fields = 0.5 * normal(*self.shape)
        fields[..., 0] = state["scale"] * torch.exp(fields[..., 0])
        if self.shape[1] == 4:
            mass = 0.1 * state["scale"] * fields[..., 3].abs()
            energy = (fields[..., 0] * torch.cosh(fields[..., 1])).square() + mass.square()
            fields[..., 3] = energy.sqrt() if self.fourth == "energy" else mass
        return torch.where(normal(self.shape[0], 1) < 0.84, fields, 0).flatten(1)

    def start(self, state, x, weight):
        """The scales of these constituents, (n, D), with weights that sum to one."""
        _start(self, state, x, weight, ("scale", "combination", "energies", "distances"))


def _start(module, state, x, weight, names):
    """The scale of momenta, and mean and width of the numbers that a module makes of them by what it has of `names`."""
    square = scales.average(lambda x: x.unflatten(1, module.shape)[..., 0].square().mean(1), x, weight)
    state["scale"] = scales.harmless(square.sqrt())
    own = {f"module.{name}": state[name] for name in names}

    def numbers(x):
        return torch.func.functional_call(_Numbers(module), own, (x,))

    centre = state["centre"] = scales.average(numbers, x, weight)
    width = scales.average(lambda x: (numbers(x) - centre).square(), x, weight).sqrt()
    state["width"] = torch.where(width > SMALL, width, torch.ones_like(width))


class _Numbers(nn.Module):
    """A module that gives the numbers of another."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module.numbers(x)


def minkowski(pt, rapidity, phi, transverse):
    """Minkowski products of all pairs of four-vectors, (n, C) each -> (n, C, C).

    With the transverse mass t, p_i p_j = t_i t_j cosh(y_i - y_j) - pt_i pt_j cos(phi_i - phi_j), in a form that keeps
    the small product of two vectors that are nearly parallel: energies and momenta would cancel, and what is left of
    them in single precision is rounding.
    """

    def pairs(function, x):
        return function((x.unsqueeze(2) - x.unsqueeze(1)) / 2).square()

    def products(x):
        return x.unsqueeze(2) * x.unsqueeze(1)

    masses, momenta = products(transverse), products(pt)
    return 2 * (masses * pairs(torch.sinh, rapidity) + momenta * pairs(torch.sin, phi)) + (masses - momenta)


class Sequence(nn.Module):
    """Convolutions along the list of constituents, hardest first, and layers of units (P-CNN of arXiv:1902.09914).

    The fields are those of `Sets`, absent constituents are zero. Kernels are of three constituents; after the first,
    each convolution goes in steps of two. Unlike the original there are no residual connections, and few layers.

    Parameters
    ----------
    inputs : int
    shape : (constituents, fields)
    channels, hidden_layers
        The configuration `architectures.constituents`.
    """

    def __init__(self, inputs, shape, channels, hidden_layers):
        super().__init__()
        _check(inputs, shape, range(1, 1000), "sequence")
        self.shape, fields = shape, shape[1] + 1
        self.register_buffer("centre", torch.empty(fields))
        self.register_buffer("width", torch.empty(fields))
        parts, length = [], shape[0]
        for before, after in zip((fields, *channels), channels, strict=False):
            parts += [nn.Conv1d(before, after, 3, stride=2 if parts else 1, padding=1), nn.LeakyReLU(0.1)]
            length = (length + 1) // 2 if len(parts) > 2 else length
        self.layers = nn.Sequential(*parts, nn.Flatten(), *layers((length * channels[-1], *hidden_layers, 1)))

    def forward(self, x):
        """Logits, (n, 1), of flat constituents, (n, D)."""
        fields, present = self.fields(x)
        scaled = (fields - self.centre) / self.width * present.unsqueeze(-1)
        return self.layers(scaled.transpose(1, 2))

    fields = Sets.fields
    typical = Sets.typical

    def start(self, state, x, weight):
        """The scales of these constituents, (n, D), with weights that sum to one."""
        state["centre"], state["width"], _ = scales.of_fields(self.fields, x, weight)


class Boosts(nn.Module):
    """Combinations of constituents, each seen in the rest frame of another, and layers of units (arXiv:1812.09722).

    Two times M linear combinations of the C four-vectors are learnt, with weights that are not negative: particles, and
    the frames into whose rest they are boosted. Of each boosted particle the layers see energy, mass, transverse
    momentum and the cosine to the beam, and of each pair of them the cosine of their angle; by the mean and standard
    deviation that they have at the start.

    Parameters
    ----------
    inputs : int
    shape : (constituents, 3 or 4)
        pt, eta, phi and the fourth.
    combinations, fourth, hidden_layers
        The configuration `architectures.constituents`.
    """

    def __init__(self, inputs, shape, combinations, fourth, hidden_layers):
        super().__init__()
        _check(inputs, shape, (3, 4), "boosts")
        self.shape, self.fourth, self.combinations = shape, fourth, combinations
        number = 4 * combinations + combinations * (combinations - 1) // 2
        self.sides = inputs, number
        self.register_buffer("scale", torch.empty(()))
        self.register_buffer("centre", torch.empty(number))
        self.register_buffer("width", torch.empty(number))
        self.particles = nn.Parameter(torch.empty(combinations, shape[0]))
        self.frames = nn.Parameter(torch.empty(combinations, shape[0]))
        self.layers = layers((number, *hidden_layers, 1))

    def forward(self, x):
        """Logits, (n, 1), of flat constituents, (n, D)."""
        return self.layers((self.numbers(x) - self.centre) / self.width)

    def numbers(self, x):
        """What is known of the boosted particles and of their pairs, (n, 4 M + M (M - 1) / 2).

        With Minkowski products of massless pairs that keep their digits: the energy of a particle in its frame is their
        product over the mass of the frame, and its momentum p - p_frame (e' + e) / (e_frame + m_frame).
        """
        pt, rapidity, phi, transverse = self.kinematics(x)
        weights, number = torch.cat([self.particles, self.frames]).abs(), self.combinations  # (2 M, C)
        products = weights @ minkowski(pt, rapidity, phi, transverse) @ weights.T
        squares = products.diagonal(dim1=1, dim2=2).clamp(min=TINY)
        mass, frame_mass = squares.sqrt().split(number, 1)  # (n, M) each
        boosted_energy = products[:, :number, number:].diagonal(dim1=1, dim2=2) / frame_mass
        momenta = pt * torch.cos(phi), pt * torch.sin(phi), transverse * torch.sinh(rapidity)
        e, p = (transverse * torch.cosh(rapidity)) @ weights.T, torch.stack([of @ weights.T for of in momenta], -1)
        (energy, frame_energy), (momentum, frame) = e.split(number, 1), p.split(number, 1)
        factor = (boosted_energy + energy) / (frame_energy + frame_mass).clamp(min=TINY)
        boosted = momentum - frame * factor.unsqueeze(-1)  # (n, M, 3)
        direction = boosted / (boosted.square().sum(-1, keepdim=True) + REST).sqrt()
        across = (boosted[..., :2].square().sum(-1) + REST).sqrt()
        cosines = (direction @ direction.transpose(1, 2)).flatten(1)[:, self.pairs()]
        return torch.cat([boosted_energy, mass, across, direction[..., 2], cosines], 1)

    def pairs(self):
        """Places of the pairs in a flat square of all particles."""
        number = self.combinations
        return [i * number + j for i in range(number) for j in range(i + 1, number)]

    kinematics = Lola.kinematics
    typical = Lola.typical

    def start(self, state, x, weight):
        """The scales of these constituents, (n, D), with weights that sum to one."""
        _start(self, state, x, weight, ("scale", "particles", "frames"))


KINDS = {  # what each takes of the configuration
    "sets": (Sets, ("inner_layers", "hidden_layers")),
    "sequence": (Sequence, ("channels", "hidden_layers")),
    "lola": (Lola, ("combinations", "fourth", "hidden_layers")),
    "boosts": (Boosts, ("combinations", "fourth", "hidden_layers")),
}


def build(inputs, shape, kind, **settings):
    """The network of a kind, with what it needs of the configuration `architectures.constituents`."""
    make, names = KINDS[kind]
    return make(inputs, shape, **{name: settings[name] for name in names})
