"""Fits of real mass spectra: `python benchmarks/real_spectra.py FOLDER [--figure docs/figures/real_spectra.png]`.

FOLDER holds public spectra: hyy2020_hists_runA/data.root (inclusive diphotons, ATLAS open data, 10/fb),
atlas2025_tth_hadronic_category_mgg.json (four hadronic ttH and tH categories of ATLAS open data, 36/fb: control counts
over the full range, data with the window closed), and published/cms_*_hepdata.json (five searches of CMS). All are
fitted by the code of the pipeline. The last line is one JSON object.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402

from unsculpt import axes, files, fits, shapes  # noqa: E402

WINDOW = (120, 130)
SETTINGS = fits.Settings(max_order=3, toys=2000)
CMS = ("dijet", "dijet_pair", "trijet", "dimuon", "diphoton")


def inclusive(folder):
    """Counts and edges of the inclusive diphoton spectrum."""
    import uproot

    with uproot.open(folder / "hyy2020_hists_runA" / "data.root") as file:
        counts, edges = file["hist_mYY_bin1"].to_numpy()
    return counts.astype(float), edges


def categories(folder):
    """Edges, and name -> control counts and data sidebands of the ttH-like categories."""
    content = files.load_json(folder / "atlas2025_tth_hadronic_category_mgg.json")
    counts = {
        name: tuple(np.array(row[key], float) for key in ("nti_counts", "ti_data_sidebands"))
        for name, row in content["categories"].items()
    }
    return np.array(content["edges_GeV"]), counts


def published(folder, name):
    """Counts and edges of a published spectrum; its edges follow from the first one and from the bin centres."""
    content = files.load_json(folder / "published" / f"cms_{name}_hepdata.json")
    x, y, widths = (np.array(content[key], float) for key in ("x", "y", "bin_widths_1d"))
    edges = [500.0 if name == "diphoton" else x[0] - widths[0] / 2]  # the stored widths of the diphotons are wrong
    for centre in x:
        edges.append(2 * centre - edges[-1])
    per_gev = {"dijet": 137.5, "dijet_pair": 137.0, "diphoton": 1.0}.get(name)  # 1/fb x density, or events per GeV
    return np.round(y if per_gev is None else y * np.diff(edges) * per_gev), np.array(edges)


def fit(counts, edges, window=WINDOW, settings=SETTINGS, **options):
    """The sideband fit with the settings of this page; the window is that of the bins whose centres lie in it."""
    first, last = np.flatnonzero((shapes.centres(edges) > window[0]) & (shapes.centres(edges) < window[1]))[[0, -1]]
    axis = axes.spectrum(edges, (edges[first], edges[last + 1]))
    return fits.fit_spectrum(counts, counts, axis, settings=settings, **options)


def describe(name, result):
    """One row of the table."""
    row = {"spectrum": name, "status": result.status, "reason": result.reason, "events": result.sideband_events}
    if not result.fitted:
        return row
    interval, simulated = result.window_yield_interval, result.window_simulated
    return row | {
        "function": result.function,
        "slope": [result.slope.value, result.slope.error],
        "slope_from": result.slope_from,
        "chi2": result.chi2,
        "ndf": result.ndf,
        "p_value": result.p_value,
        "p_value_toys": result.p_value_toys,
        "p_order_2": result.order_choice["p_values"].get("2"),
        "predicted": [result.window_yield.value, interval["low"], interval["high"]],
        "observed": None if simulated is None else simulated.value,
        "pull": result.pull,
    }


def measure(folder):
    """All fits: name -> (counts, edges, SidebandFit)."""
    found = {}
    counts, edges = inclusive(folder)
    found["inclusive, one exponential"] = counts, edges, fit(counts, edges, function="exp1")
    chosen = fit(counts, edges, settings=replace(SETTINGS, max_order=2))
    found["inclusive, order by likelihood ratio"] = counts, edges, chosen
    edges, spectra = categories(folder)
    for name, (control, data) in spectra.items():
        found[f"{name}, control"] = control, edges, fit(control, edges)
        slope = found[f"{name}, control"][2].slope
        prior = (slope.value, slope.error) if SETTINGS.borrows_slope(data.sum()) else None
        found[f"{name}, data"] = data, edges, fit(data, edges, slope_prior=prior, blinded=True)
    for name in CMS:
        counts, edges = published(folder, name)
        middle = len(counts) // 3
        window = (edges[middle], edges[middle + 3])
        found[f"CMS {name}, exponential"] = counts, edges, fit(counts, edges, window)
        powers = replace(SETTINGS, functions=("pow1", "pow2"))
        found[f"CMS {name}, power law"] = counts, edges, fit(counts, edges, window, powers)
    return found


def table(rows):
    """The rows as Markdown."""
    yield "| spectrum | sideband events | function | slope (1/GeV) | chi2/ndf | p | predicted | observed | pull |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        start = f"| {row['spectrum']} | {row['events']:,.0f} "
        if row["status"] != "fitted":
            yield f"{start}| not fitted: {row['reason']} | | | | | | |"
            continue
        value, low, high = row["predicted"]
        digits = 1 if value < 100 else 0
        borrowed = ", borrowed" if row["slope_from"] == "control region" else ""
        toys = "" if row["p_value_toys"] is None else f" (toys {row['p_value_toys']:.2g})"
        chi2 = f"{row['chi2']:.1f}/{row['ndf']}"
        p_value = "–" if row["p_value"] is None else f"{row['p_value']:.2g}"
        observed = "closed" if row["observed"] is None else f"{row['observed']:,.0f}"
        pull = "" if row["pull"] is None else f"{row['pull']:+.1f}"
        yield (
            f"{start}| `{row['function']}` | {row['slope'][0]:.4f} ± {row['slope'][1]:.4f}{borrowed} | {chi2} "
            f"| {p_value}{toys} | {value:,.{digits}f} −{value - low:.{digits}f} +{high - value:.{digits}f} "
            f"| {observed} | {pull} |"
        )


def draw(found, path):
    """The inclusive spectrum over its two fits, and the four categories with control region and data."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=ROOT / "styles/unsculpt.mplstyle"):
        figure = Figure(figsize=(12, 7.2), layout="constrained")
        panels = figure.subplots(2, 3)
        _inclusive(panels[0, 0], panels[1, 0], found)
        names = [name.removesuffix(", control") for name in found if name.endswith(", control")]
        for panel, name in zip(panels[:, 1:].ravel(), names, strict=True):
            _category(panel, name, found)
        figure.savefig(path, dpi=110)


def _inclusive(top, bottom, found):
    """Spectrum with both fits, and its ratio to one exponential."""
    counts, edges, one = found["inclusive, one exponential"]
    chosen = found["inclusive, order by likelihood ratio"][2]
    x, inside = shapes.centres(edges), one.axis.in_window
    for mask, face in ((~inside, "black"), (inside, "white")):
        look = {"fmt": "o", "color": "black", "markerfacecolor": face, "markersize": 4}
        top.errorbar(x[mask], counts[mask], np.sqrt(counts[mask]), **look)
        bottom.errorbar(x[mask], (counts / one.expected)[mask], (np.sqrt(counts) / one.expected)[mask], **look)
    for result, colour in ((one, "#717581"), (chosen, "#bd1f01")):
        name = f"{result.function}: p = {result.p_value:.2g}"
        top.stairs(result.expected, edges, baseline=None, color=colour, linewidth=1.5, label=name)
        bottom.stairs(result.expected / one.expected, edges, baseline=None, color=colour, linewidth=1.5)
    top.set(ylabel="Events / bin", ylim=(0, None))
    top.legend(title="inclusive, 76,394 events; window hollow", fontsize=9, title_fontsize=9)
    bottom.set(xlabel=r"$m_{\gamma\gamma}$ [GeV]", ylabel="Ratio to exp1")


def _category(panel, name, found):
    """Control counts with their fit, and the data sidebands, scaled to them, with the fit that borrows the slope."""
    edges, reference = found[f"{name}, control"][1:]
    highest = 0.0
    for kind, colour in (("control", "#3f90da"), ("data", "black")):
        counts, _, result = found[f"{name}, {kind}"]
        scale = reference.expected.sum() / result.expected.sum() if result.fitted else 1.0
        show = np.ones(len(counts), bool) if kind == "control" else ~result.axis.in_window & (counts > 0)
        x = shapes.centres(edges)[show] + (0.4 if kind == "data" else 0.0)
        label = kind if kind == "control" else f"data x {scale:.0f}"
        panel.errorbar(x, scale * counts[show], scale * np.sqrt(counts[show]), fmt="o", color=colour, markersize=4)
        highest = max(highest, scale * (counts[show] + np.sqrt(counts[show])).max())
        if result.fitted:
            slope = f"{1e3 * result.slope.value:.1f} ± {1e3 * result.slope.error:.1f}"
            borrowed = ", borrowed" if result.slope_from == "control region" else ""
            name_of_fit = f"{label}: {slope} / TeV{borrowed}"
            look = {"color": colour, "linewidth": 1.5, "linestyle": "-" if kind == "control" else "--"}
            panel.stairs(scale * result.expected, edges, baseline=None, label=name_of_fit, **look)
    panel.set(xlabel=r"$m_{\gamma\gamma}$ [GeV]", ylabel="Events / 2.5 GeV", ylim=(0, 1.4 * highest))
    panel.legend(title=f"{name.replace('_', ' ')}: slope", fontsize=9, title_fontsize=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder of spectra")
    parser.add_argument("--figure", type=Path, help="draw the figure into this file")
    options = parser.parse_args()
    found = measure(options.folder)
    rows = [describe(name, result) for name, (_, _, result) in found.items()]
    print("\n".join(table(rows)))
    if options.figure:
        draw(found, options.figure)
    print(json.dumps({row["spectrum"]: row.get("p_value") for row in rows}))


if __name__ == "__main__":
    main()
