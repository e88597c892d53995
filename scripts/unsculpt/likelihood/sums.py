"""Sums over bins and parameters as matrix products: the fits are of small arrays, and many.

`np.einsum` plans each sum anew, which takes ten times as long as the product itself. T spectra have B bins and K (or
P) columns; C channels have each its own.
"""

import numpy as np


def gram(weight, columns):
    """Sums of weight x column x column over the bins, (T, K, K), of weights (T, B) and columns (T, B, K)."""
    return np.matmul((weight[:, :, None] * columns).transpose(0, 2, 1), columns)


def shared_gram(weight, basis):
    """As `gram`, of columns (B, P) that all spectra share."""
    if len(weight) > 1:  # how it is best summed depends on their number
        return np.einsum("tb,bp,bq->tpq", weight, basis, basis, optimize=True)
    return ((basis.T * weight) @ basis)[None]


def channel_gram(weight, basis):
    """The same of several channels, (T, C, P, P), of weights (T, C, B) and columns (C, B, P)."""
    if len(weight) > 1:
        return np.einsum("tcb,cbp,cbq->tcpq", weight, basis, basis, optimize=True)
    return np.matmul((basis * weight[0][:, :, None]).transpose(0, 2, 1), basis)[None]


def over_bins(values, basis):
    """Sums of values (T, C, B) x columns (C, B, P) over the bins, (T, C, P)."""
    return np.matmul(basis.transpose(0, 2, 1), values.transpose(1, 2, 0)).transpose(2, 0, 1)


def over_columns(basis, beta):
    """Sums of columns (C, B, P) x coefficients (T, C, P), (T, C, B)."""
    return np.matmul(beta.transpose(1, 0, 2), basis.transpose(0, 2, 1)).transpose(1, 0, 2)


def over_channels(left, right):
    """Sums of left (T, C, Q, G) x right (T, C, Q, H) over channels and their parameters, (T, G, H)."""
    left, right = (np.reshape(each, (len(each), -1, each.shape[-1])) for each in (left, right))
    return np.matmul(right.transpose(0, 2, 1), left).transpose(0, 2, 1)
