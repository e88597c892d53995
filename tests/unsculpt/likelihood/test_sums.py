"""Sums as matrix products are the sums that their docstrings write."""

import numpy as np
import pytest

from unsculpt.likelihood import sums

C, B, P, Q = 3, 11, 2, 4


@pytest.mark.parametrize("spectra", [1, 2, 40])
@pytest.mark.parametrize(
    ("function", "subscripts", "shapes"),
    [
        (sums.gram, "tb,tbp,tbq->tpq", ("TB", "TBP")),
        (sums.shared_gram, "tb,bp,bq->tpq", ("TB", "BP")),
        (sums.channel_gram, "tcb,cbp,cbq->tcpq", ("TCB", "CBP")),
        (sums.over_bins, "tcb,cbp->tcp", ("TCB", "CBP")),
        (sums.over_columns, "cbp,tcp->tcb", ("CBP", "TCP")),
        (sums.over_channels, "tcqp,tcqb->tpb", ("TCQP", "TCQB")),
    ],
)
def test_a_sum_is_that_of_einsum(function, subscripts, shapes, spectra, rng):
    sizes = {"T": spectra, "C": C, "B": B, "P": P, "Q": Q}
    given = [rng.normal(size=[sizes[axis] for axis in shape]) for shape in shapes]
    squared = [given[-1]] * (subscripts.count(",") + 1 - len(given))
    np.testing.assert_allclose(function(*given), np.einsum(subscripts, *given, *squared), rtol=1e-11, atol=1e-13)
