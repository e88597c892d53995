"""Bootstrap replicas on cells against those of events."""

import numpy as np
import pytest

from unsculpt import metrics
from unsculpt.metrics import curves
from unsculpt.metrics.bootstrap import crossing, passing_at, poisson_sums, replicate, spread, tabulate
from unsculpt.metrics.classes import EventClass

BINS = 10


def sculpted(rng, n, negative=False):
    """Signal and background whose score knows the mass; weights from 0.5 to 1.5, some negative if wanted."""
    mass_bin = rng.integers(0, BINS, n)
    weight = [rng.uniform(0.5, 1.5, n) * np.where(rng.random(n) < 0.1 * negative, -1, 1) for _ in range(2)]
    score = rng.normal(0.06 * mass_bin, 1)
    return EventClass(rng.normal(1, 1, n), weight[0], np.zeros(n, int), BINS), EventClass(
        score, weight[1], mass_bin, BINS
    )


def event_by_event(signal, background, target, replicas, rng):
    """The plain bootstrap: a multiplicity for each event, the cut found again, everything measured again."""
    efficiencies, spectra = [], []
    for _ in range(replicas):
        ws, wb = (part.weight * rng.poisson(1, len(part.weight)) for part in (signal, background))
        kept = background.score >= metrics.cut_at_efficiency(signal.score, target, weights=ws)
        efficiencies.append(wb[kept].sum() / wb.sum())
        spectra.append([np.bincount(background.mass_bin[m], wb[m], minlength=BINS) for m in (kept, ~kept)])
    return np.array(efficiencies), np.array(spectra)


def on_cells(signal, background, target, replicas, rng):
    """The same on cells."""
    grid = np.arange(1, 100) / 100
    cuts = [metrics.cut_at_efficiency(part.score, grid, weights=part.weight) for part in (signal, background)]
    cells = tabulate(signal, background, np.concatenate(cuts))
    efficiencies, spectra = [], []
    for block in replicate(cells, replicas, rng):
        kept = passing_at(block.background, crossing(block.signal, target))
        efficiencies.append(kept.sum(1) / block.background[:, -1].sum(1))
        spectra.append(np.stack([kept, block.background[:, -1] - kept], axis=1))
    return np.concatenate(efficiencies), np.concatenate(spectra)


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("target", [0.3, 0.505])
def test_cells_give_the_spread_of_the_event_by_event_bootstrap(rng, target, negative):
    signal, background = sculpted(rng, 3000, negative)
    plain = event_by_event(signal, background, target, 800, rng)
    cells = on_cells(signal, background, target, 2000, rng)
    assert cells[0].mean() == pytest.approx(plain[0].mean(), abs=0.002)
    assert cells[0].std() == pytest.approx(plain[0].std(), rel=0.08)
    divergences = [metrics.jensen_shannon(s[:, 0], s[:, 1], base=2) for s in (cells[1], plain[1])]
    assert divergences[0].mean() == pytest.approx(divergences[1].mean(), rel=0.05)
    assert divergences[0].std() == pytest.approx(divergences[1].std(), rel=0.1)


def test_replicas_of_a_histogram_have_its_mean_and_variance(rng):
    weights = rng.exponential(size=(5, 3))
    cells = metrics.Histogram(np.append(weights.sum(0), [0, -2.0]), np.append((weights**2).sum(0), [0, 2.0]))
    drawn = poisson_sums(cells, 20000, rng)
    assert drawn.mean(0) == pytest.approx(cells.sumw, abs=0.06)
    assert drawn.var(0) == pytest.approx(cells.sumw2, rel=0.06, abs=1e-12)


def test_an_event_of_any_weight_is_taken_a_poisson_number_of_times(rng):
    drawn = poisson_sums(metrics.Histogram(np.array([2.5]), np.array([6.25])), 1000, rng)[:, 0]
    assert np.array_equal(drawn, 2.5 * np.round(drawn / 2.5))
    assert np.mean(drawn == 0) == pytest.approx(np.exp(-1), abs=0.05)


def test_blocks_hold_all_replicas_and_end_with_everything(rng, monkeypatch):
    signal, background = sculpted(rng, 200)
    cells = tabulate(signal, background, np.array([0.0, 1.0]))
    monkeypatch.setattr("unsculpt.metrics.bootstrap.NUMBERS_AT_A_TIME", 8 * 3 * BINS)
    blocks = list(replicate(cells, 20, rng))
    assert [len(block.signal) for block in blocks] == [8, 8, 4]
    assert all(np.all(block.signal[:, 0] == 0) and np.all(np.diff(block.signal) >= 0) for block in blocks)
    assert cells.position(1.0) == 1 and cells.position(0.0) == 2
    assert cells.signal[0].sumw[0] == pytest.approx(signal.weight[signal.score >= 1].sum())
    assert cells.background[0].sumw.sum() == pytest.approx(background.weight.sum())


def test_the_crossing_is_linear_inside_a_cell():
    passing = np.array([[0.0, 1.0, 3.0, 4.0]])
    cell, part = crossing(passing, 0.5)
    assert (cell[0], part[0]) == (2, 0.5)
    assert passing_at(passing, (cell, part))[0] == 2.0
    assert passing_at(passing, crossing(passing, 1.0))[0] == 4.0


def test_the_spread_leaves_out_what_does_not_exist():
    assert spread(np.array([1.0, 3.0, np.nan])) == pytest.approx(np.sqrt(2))
    assert spread(np.array([1.0, np.inf])) is None
    assert np.isnan(spread(np.array([[1.0, 2.0], [np.nan, 2.0]]))).tolist() == [True, False]


def test_a_replica_in_which_nothing_passes_but_rounding_has_no_rejection(rng, monkeypatch):
    """An efficiency of 1e-17 would be a rejection of 1e17, and the whole of an error."""
    n = 400
    signal = EventClass(rng.uniform(1, 2, n), np.ones(n), np.zeros(n, int), BINS)
    background = EventClass(rng.uniform(0, 1, n), np.ones(n), rng.integers(0, BINS, n), BINS)
    monkeypatch.setattr(curves, "passing_at", lambda *given: passing_at(*given) + 1e-15)
    options = {"cut": 1.5, "threshold": 0.5, "signal_efficiency": 0.3, "rejection_efficiencies": (0.3, 0.5)}
    drawn = curves.draw(signal, background, **options, replicas=20, rng=rng)
    assert np.isinf(drawn["rejection"]).all() and np.isinf(drawn["rejections"]).all()
    assert spread(drawn["rejection"]) is None
