import numpy as np
import pytest

from unsculpt import fits, likelihood
from unsculpt.categories.combination import channels, combine, workspace

EDGES = np.linspace(105, 160, 56)
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2


def row(name, signal, background, data=True):
    """A category whose expectations are exact: a Gaussian on an exponential."""
    expected = np.exp(-CENTRES / 28)
    expected *= background / expected[(CENTRES > 120) & (CENTRES < 130)].sum()
    peak = np.exp(-0.5 * ((CENTRES - 125) / 1.7) ** 2)
    fit = fits.fit_spectrum(
        expected, expected, EDGES, (120, 130), max_order=1, order_p_value=0.05, min_sideband_events=10
    )
    return {
        "name": name,
        "fit": fits.to_json(fit, spectra=False),
        "model": {"expected": expected.tolist(), "error": (0.1 * expected).tolist()},
        "spectrum": {
            "edges_gev": EDGES.tolist(),
            "signal": {"sumw": (signal * peak / peak.sum()).tolist()},
            "data": {"sumw": np.round(expected + 3 * signal * peak / peak.sum()).tolist()} if data else None,
        },
        "data": {"sideband_events": 1} if data else None,
    }


def test_two_equal_categories_are_root_two_times_as_sensitive_as_one():
    one, two = ([row(f"Had {i + 1}", 40, 4000) for i in range(n)] for n in (1, 2))
    single, double = (combine(channels(rows, window_gev=(120, 130), blind=True)) for rows in (one, two))
    assert double["significance_pyhf"] == pytest.approx(np.sqrt(2) * single["significance_pyhf"], rel=5e-3)
    ratio = single["cls_upper_limit_mu"]["expected"] / double["cls_upper_limit_mu"]["expected"]
    assert ratio == pytest.approx(np.sqrt(2), rel=0.01)


def test_a_blind_combination_uses_no_data():
    rows = [row("Had 1", 8, 50)]
    blind = channels(rows, window_gev=(120, 130), blind=True)
    assert blind[0].counts is None
    assert combine(blind) == combine(channels([row("Had 1", 8, 50, data=False)], window_gev=(120, 130), blind=False))


def test_an_unblinded_combination_observes():
    result = combine(channels([row("Had 1", 8, 50)], window_gev=(120, 130), blind=False))
    assert result["observed_significance"] > result["significance_pyhf"]
    assert result["cls_upper_limit_mu"]["observed"] > result["cls_upper_limit_mu"]["expected"]


def test_a_fit_that_fails_is_a_sentence_and_not_a_crash(monkeypatch):
    def fail(_):
        raise ValueError("f(a) and f(b) must have different signs")

    monkeypatch.setattr(likelihood, "combined", fail)
    result = combine(channels([row("Had 1", 8, 50)], window_gev=(120, 130), blind=True))
    assert result["significance_pyhf"] is None
    assert result["cls_upper_limit_mu"] is None
    assert "different signs" in result["reason"]


def test_without_categories_there_is_nothing_to_combine():
    assert combine([])["reason"] == "there are no categories"
    assert workspace([]) == {}
