"""Random numbers of a stack of models: row k comes from the generator of model k, whatever its neighbours."""

import torch


def generators_of(seeds):
    """A generator on the CPU for each seed."""
    return [torch.Generator().manual_seed(int(seed)) for seed in seeds]


def draw(kind, generators, shape):
    """`torch.rand` or `torch.randn` of (K, *shape)."""
    return torch.stack([kind(*shape, generator=g) for g in generators])


def rows(generators, number, batch):
    """Random row numbers below `number`, (K, batch)."""
    return torch.stack([torch.randint(number, (batch,), generator=g) for g in generators])
