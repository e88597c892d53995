"""Penalties on the dependence of score and protected variable: distance correlation and moment decomposition.

A sum over pairs of coefficients a_ij |s_i - s_j| is 2 sum_i s_i c_i with c_i = sum_j a_ij sign(s_i - s_j). The c_i are
constant while the order of the scores is, so they come from sorts and cumulative sums without a gradient, and the
gradient of the sum is exact. No matrix of pairs is ever built.
"""

import torch
import torch.nn.functional as F
from torch import nn

from unsculpt.objectives.seen import TINY
from unsculpt.rounding import sigmoid


class Penalty(nn.Module):
    """Loss + strength x penalty, a function of scores and a protected variable of the same events.

    The penalties of several protected variables are added. `score` makes scores of what a network responds.
    """

    sign = 1

    def __init__(self, function, score=sigmoid):
        super().__init__()
        self.function, self.score = function, score

    def forward(self, response, batch, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        score = self.score(response)
        values = [self.function(score, variable, batch.weight) for variable in batch.variables]
        value = sum(values[1:], values[0])
        return strength.squeeze(1) * value, value


def distance_correlation(score, variable, weight):
    """Squared distance correlation of score and binned variable (DisCo, arXiv:2001.05310), 0 (independent) to 1.

    With weights p_i that sum to one, a_ij = |m_i - m_j|, b_ij = |s_i - s_j| and a_i = sum_j p_j a_ij, the covariance is
    sum_ij p_i p_j a_ij b_ij - 2 sum_i p_i a_i b_i + sum_i p_i a_i sum_j p_j b_j (arXiv:0803.4101).

    Parameters
    ----------
    score : tensor, shape (K, B)
    variable : Variable
        The mass of an event is the centre of its bin. The distance of two different categories is one.
    weight : tensor, shape (K, B)

    Returns
    -------
    tensor, shape (K,)
        Exact for integer weights: an event of weight 2 counts like two events. O(B (M + log B)).
    """
    s, order = score.sort(1)
    with torch.no_grad():
        p = (weight / weight.sum(1, keepdim=True)).gather(1, order)
        mass_bin = variable.bin.gather(1, order)  # in the order of the scores from here on
        below = (F.one_hot(mass_bin, variable.bins).to(p.dtype) * p.unsqueeze(-1)).cumsum(1)  # weight up to i by bin
        total = below[:, -1:]
        distance = _distances(variable, p).gather(1, mass_bin.unsqueeze(-1).expand(-1, -1, variable.bins))  # (K, B, M)
        a = (distance * total).sum(-1)
        sign = 2 * p.cumsum(1) - p - 1  # sum_j p_j sign(s_i - s_j)
        product = (distance * (2 * below - total)).sum(-1)  # sum_j p_j a_ij sign(s_i - s_j)
        cumulative = (p * a).cumsum(1)
        rows = a * sign + 2 * cumulative - p * a - cumulative[:, -1:]  # sum_j p_j (a_i + a_j) sign(s_i - s_j)
        mean_a = cumulative[:, -1]
        variance_a = (p * (distance.square() * total).sum(-1)).sum(1) - 2 * (p * a.square()).sum(1) + mean_a.square()
    ps = p * s
    mean_b = 2 * (ps * sign).sum(1)
    covariance = 2 * (ps * (product - rows)).sum(1) + mean_a * mean_b
    cumulative_s = ps.cumsum(1)
    b = s * sign + cumulative_s[:, -1:] - 2 * cumulative_s + ps
    variance_b = 2 * ((ps * s).sum(1) - ps.sum(1).square()) - 2 * (p * b.square()).sum(1) + mean_b.square()
    return covariance / torch.sqrt(variance_a * variance_b + TINY)


def _distances(variable, like):
    """Distances of the bins or categories, (K, M, M)."""
    if variable.centres is None:
        different = 1 - torch.eye(variable.bins, dtype=like.dtype, device=like.device)
        return different.expand(len(like), -1, -1)
    return (variable.centres.unsqueeze(1) - variable.centres.unsqueeze(2)).abs()


def moment_decomposition(score, variable, weight, order=0):
    """MoDe (arXiv:2010.09745) in a form without bias and scale.

    It is zero where the response F_m(s), the cumulative distribution of the score in mass bin m, is a polynomial in the
    mass of this order. Published is sum_m p_m int (F_m - sum_l c_l phi_l(m))^2 ds, c_l(s) = sum_m p_m phi_l(m) F_m(s),
    with p_m the share of a bin and phi_l the polynomials that are orthonormal under p: Legendre's, if all masses are
    as frequent. By int (F - G)^2 ds = E|X - Y| - E|X - X'| / 2 - E|Y - Y'| / 2 that is half of

        sum_mn p_m p_n (1 + phi_1(m) phi_1(n) + ...) D(m, n) - sum_m p_m D(m, m),

    with D(m, n) the mean of |s - s'| for s from bin m and s' from bin n. Taken from a batch with the pairs of an event
    and itself, D(m, m) is too small: the loss is positive for an independent score, and falls when the score shrinks.
    Here D is the mean over pairs of different events, so that the sum has no bias, and the sum is divided by the Gini
    mean difference of all events, so that the scale of the score does not matter.

    Parameters
    ----------
    score : tensor, shape (K, B)
    variable : Variable
        Bins with one event say nothing and are left out. The polynomials are in the centres of the bins; for a category
        the order is 0.
    weight : tensor, shape (K, B)
    order : int

    Returns
    -------
    tensor, shape (K,)
        About 1 if each mass has one score of its own. An event of weight 2 is one event, not two: two copies would
        pretend to a spread of zero.
    """
    with torch.no_grad():
        rising, by_bin = _orders(score, variable.bin)
        one_group = torch.zeros_like(variable.bin)
        everyone = _gini_coefficients(weight, rising, one_group, 1)[0]
        within, usable = _gini_coefficients(weight, by_bin, variable.bin, variable.bins)
        p = weight * usable
        p = p / p.sum(1, keepdim=True).clamp(min=TINY)
        empty = p.new_zeros(len(p), variable.bins)
        share = empty.scatter_add(1, variable.bin, p)
        squares = empty.scatter_add(1, variable.bin, p.square())
        kernel, coefficients = torch.zeros_like(share), torch.zeros_like(p)
        for polynomial in _polynomials(variable, share, order):
            kernel = kernel + polynomial.square()
            values = p * polynomial.gather(1, variable.bin)
            below = values.gather(1, rising).cumsum(1)
            sign = 2 * below - values.gather(1, rising) - below[:, -1:]  # sum_j of its values times sign(s_i - s_j)
            coefficients = coefficients + 2 * values * torch.empty_like(p).scatter_(1, rising, sign)
        coefficients = coefficients - within * (share - kernel * squares).gather(1, variable.bin)
    return (coefficients * score).sum(1) / ((everyone * score).sum(1) + TINY)


def _orders(score, group):
    """The events in the order of their scores, and the same group by group."""
    rising = score.argsort(1)
    return rising, rising.gather(1, group.gather(1, rising).argsort(dim=1, stable=True))


def _polynomials(variable, share, order):
    """Polynomials in the centres of the bins, orthonormal under the shares of the bins; from degree 0, (K, M) each."""
    found = [torch.ones_like(share)]
    if variable.centres is None:
        return found
    for degree in range(1, order + 1):
        raw = found[-1] * (variable.centres if degree == 1 else found[1])
        for lower in found:
            raw = raw - lower * (share * raw * lower).sum(1, keepdim=True)
        norm = (share * raw.square()).sum(1, keepdim=True)
        found.append(raw * torch.rsqrt(norm.clamp(min=1e-6)))  # too few bins for the degree: nothing
    return found


def _gini_coefficients(weight, order, group, groups):
    """Coefficients c_i with sum_i c_i s_i = the Gini mean difference of each group, and whether an event counts.

    The Gini mean difference is sum_{i != j} w_i w_j |s_i - s_j| / (W^2 - sum_i w_i^2). `order` sorts by (group, score).
    Groups with fewer than two events get zeros.
    """
    zeros = weight.new_zeros(len(weight), groups)
    total, squares, count = (
        zeros.scatter_add(1, group, values) for values in (weight, weight.square(), torch.ones_like(weight))
    )
    cumulative = weight.gather(1, order).cumsum(1)
    start = (total.cumsum(1) - total).gather(1, group)
    below = torch.empty_like(weight).scatter_(1, order, cumulative) - start  # weight of the group up to this event
    own = total.gather(1, group)
    usable = (count > 1).gather(1, group)
    pairs = (total.square() - squares).gather(1, group)
    coefficients = 2 * weight * (2 * below - weight - own) / torch.where(usable, pairs, 1)
    return coefficients * usable, usable


PENALTIES = {"disco": distance_correlation, "mode": moment_decomposition}
