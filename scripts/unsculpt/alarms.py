"""What can go wrong in a training without an error: a dead adversary, a stuck classifier. Arrays in, sentences out."""

import numpy as np
from scipy.special import chndtr  # scipy.stats has it too, and every job that trains or scores would load it

from unsculpt.weighted import effective_number

FALSE_ALARM = 1e-5  # probability that a healthy model is reported
FEW_IN_A_BATCH = 100  # protected events of a batch, effective, below which a penalty may collapse


def entropy(mass, weight, edges=None):
    """Entropy of the mass in nats: the loss of an adversary that knows nothing but the spectrum.

    Parameters
    ----------
    mass : array, shape (n,)
        Bin numbers, or masses scaled to [0, 1] if edges are given.
    weight : array, shape (n,), positive
    edges : array, optional
        Edges of the bins of a histogram that covers [0, 1]; the result is then the differential entropy,
        - sum_b p_b ln(p_b / width_b), the reference of a density.

    Examples
    --------
    >>> print(round(entropy(np.array([0, 1, 2, 3]), np.ones(4)) / np.log(2), 12))
    2.0
    >>> print(round(entropy(np.array([0.1, 0.2]), np.ones(2), np.array([0, 0.5, 1])) / np.log(2), 12))
    -1.0
    """
    if edges is None:
        counts, widths = np.bincount(mass, weights=weight), 1.0
    else:
        counts, widths = np.histogram(mass, edges, weights=weight)[0], np.diff(edges)
    share = counts / counts.sum()
    return float(-(share * np.log(np.where(share > 0, share / widths, 1))).sum())


def cut_information(passed, mass_bin, weight, effective=None):
    """Mutual information of a cut and the mass, in nats, and its floor, the mean for a cut that knows nothing.

    The floor is q (k - 1) / (2 N) for k mass bins and N = (sum w)^2 / sum w^2 effective events (G. A. Miller 1955); q
    corrects for bins in which few events are expected (D. A. Williams, Biometrika 63 (1976) 33).

    Parameters
    ----------
    passed : bool array, shape (n,)
    mass_bin : int array, shape (n,)
    weight : array, shape (n,), positive
    effective : float, optional
        N, of the weights by default; given where several rows are of one event.
    """
    total = weight.sum()
    share = weight[passed].sum() / total
    parts = [(part, rows) for part, rows in ((share, passed), (1 - share, ~passed)) if part > 0]
    information = entropy(mass_bin, weight) - sum(part * entropy(mass_bin[rows], weight[rows]) for part, rows in parts)
    effective = effective_number(weight) if effective is None else effective
    columns = np.bincount(mass_bin, weights=weight)
    columns = columns[columns > 0] / total
    spread = (sum(1 / part for part, _ in parts) - 1) * ((1 / columns).sum() - 1)
    return information, (len(columns) - 1 + spread / (6 * effective)) / (2 * effective)


def table_information(tables, effective):
    """The same for K tables of two rows, what passed and what failed, and the degrees of freedom.

    Parameters
    ----------
    tables : array, shape (K, 2, M)
        Sums of weights in M bins.
    effective : array, shape (K,)
        N.

    Returns
    -------
    array, shape (3, K)
    """
    total, columns = tables.sum((1, 2)), tables.sum(1)
    rows = tables.sum(2)

    def sums(counts, whole):
        """Entropies, and the sums of the inverse shares that are not zero."""
        share = counts / np.where(whole > 0, whole, 1)[..., None]
        positive = np.where(share > 0, share, 1)
        return -(share * np.log(positive)).sum(-1), np.where(share > 0, 1 / positive, 0).sum(-1)

    whole, in_columns = sums(columns, total)
    information = whole - (rows * sums(tables, rows)[0]).sum(1) / total
    degrees = (columns > 0).sum(1) - 1
    spread = (sums(rows, total)[1] - 1) * (in_columns - 1)
    return np.stack([information, (degrees + spread / (6 * effective)) / (2 * effective), degrees])


def upper_cut(score, weight, share):
    """The score above which lies this share of the weight."""
    order = score.argsort()
    cumulative = weight[order].cumsum()
    return score[order][min(np.searchsorted(cumulative, (1 - share) * cumulative[-1]), len(score) - 1)]


def adversary_is_dead(information, floor, degrees, learnt):
    """Whether a cut on the score knows significantly more of the mass than the adversary, which sees the whole score.

    I(cut; mass) <= I(score; mass), and the adversary estimates the latter by `learnt`, the entropy of the mass minus
    its loss. Twice the number of events times the information of a cut follows a chi-squared distribution with
    `degrees` degrees of freedom if the cut knows nothing (S. S. Wilks 1938), a non-central one if it knows something.
    The alarm is given when the cut knows more than twice what the adversary found, at odds of `FALSE_ALARM`.

    Parameters
    ----------
    information, floor : float
        As `cut_information` gives them; sums for several protected variables. In nats.
    degrees : int
        Bins minus one, summed over the variables.
    learnt : float
        In nats.
    """
    if not degrees:
        return False
    twice_events = degrees / floor
    allowed = twice_events * 2 * max(learnt, 0)
    return bool(1 - chndtr(twice_events * information, degrees, allowed) < FALSE_ALARM)


def few_in_a_batch(weight, seen, objective):
    """A sentence where a penalty sees few effective events in a batch, else None.

    The penalties "disco" and "mode" are estimated from each batch on its own. Where a few heavy events rule it, their
    fluctuations outweigh the loss of the task and the classifier follows these (docs/training.md, "Measured").

    Parameters
    ----------
    weight : array, shape (n,), positive
        Of the events of which independence is asked.
    seen : int
        How many of them are in a batch.
    objective : str

    Examples
    --------
    >>> few_in_a_batch(np.ones(1000), 512, "disco") is None
    True
    """
    effective = seen * effective_number(weight) / len(weight)
    if objective not in ("disco", "mode") or effective >= FEW_IN_A_BATCH:
        return None
    return (
        f"the {seen} protected events of a batch count like {effective:.0f} of equal weight, below {FEW_IN_A_BATCH}: "
        f'the objective "{objective}" may lose the signal to fluctuations; raise training.batch_size to '
        f"{int(np.ceil(FEW_IN_A_BATCH / effective))} times what it is, or make the training weights more equal "
        "(training.flat_in)"
    )
