"""Fits of real mass spectra: `python benchmarks/real_spectra.py FOLDER [--figure docs/figures/real_spectra.png]`.

FOLDER holds public spectra: hyy2020_hists_runA/ (ATLAS open data, 10/fb: inclusive diphotons in data.root, simulated
Higgs bosons beside it), atlas2025_tth_hadronic_category_mgg.json (four hadronic ttH and tH categories of ATLAS open
data, 36/fb: control counts over the full range, data with the window closed), and published/cms_*_hepdata.json (five
searches of CMS). All are fitted by the code of the pipeline; the inclusive diphotons also by signal plus background in
all bins. The last line is one JSON object.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402
from scipy.stats import chi2  # noqa: E402

from unsculpt import axes, files, fits, shapes  # noqa: E402
from unsculpt.fits.goodness import deviance  # noqa: E402
from unsculpt.likelihood import poisson_glm  # noqa: E402

WINDOW = (120, 130)
SETTINGS = fits.Settings(max_order=3, toys=2000)
CMS = ("dijet", "dijet_pair", "trijet", "dimuon", "diphoton")
LUMINOSITY = 10064.0  # 1/pb, of the inclusive diphotons
# Cross-section times branching fraction in pb, and generated sum of weights, as the release and ROOT's tutorial
# df104_HiggsToTwoPhotons have them; they are not known for WH, ZH and ttH, some 5 % more.
HIGGS = {"ggH125": (0.102, 55922617.6297), "VBFH125": (0.008518764, 3441426.13711)}
FAMILIES = {"exponential": ("exp1", "exp2", "exp3", "exp4"), "power law": ("pow1", "pow2")}


def inclusive(folder):
    """Counts and edges of the inclusive diphoton spectrum."""
    import uproot

    with uproot.open(folder / "hyy2020_hists_runA" / "data.root") as file:
        counts, edges = file["hist_mYY_bin1"].to_numpy()
    return counts.astype(float), edges


def higgs(folder):
    """Higgs bosons expected in the bins of the inclusive spectrum, shape (B,)."""
    import uproot

    total = 0.0
    for name, (cross_section, generated) in HIGGS.items():
        with uproot.open(folder / "hyy2020_hists_runA" / f"{name}_gamgam.root") as file:
            total = total + LUMINOSITY * cross_section / generated * file["hist_mYY_bin1"].values().astype(float)
    return total


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
    first, last = np.flatnonzero(in_window(edges, window))[[0, -1]]
    axis = axes.spectrum(edges, (edges[first], edges[last + 1]))
    return fits.fit_spectrum(counts, counts, axis, settings=settings, **options)


def in_window(edges, window=WINDOW):
    """The bins whose centres lie in the window."""
    return (shapes.centres(edges) > window[0]) & (shapes.centres(edges) < window[1])


def basis(edges, name):
    """Design matrix of a function by name; exp4, which the program does not have, shows where the order would end."""
    if name != "exp4":
        return shapes.basis(edges, name)
    return np.column_stack([shapes.basis(edges, "exp3"), -(shapes.reduced(shapes.centres(edges), edges) ** 4)])


def with_signal(counts, edges, signal):
    """Fits of signal plus background over the whole range, strength mu of the signal free, one, or zero.

    Parameters
    ----------
    counts, signal : arrays, shape (B,)
        Observed events, and the expected signal for mu = 1.
    edges : array, shape (B + 1,)

    Returns
    -------
    list of dict
        One row a function: deviance, ndf and p-value with mu free and with mu = 1, mu with its error, significance of
        the signal, and of orders above one the p-value of the likelihood ratio against the order below (mu free);
        chosen: the order rises while it is below `SETTINGS.order_p_value`.
    """
    rows, widths = [], shapes.relative_widths(edges)
    for family, names in FAMILIES.items():
        below, rising, chosen = None, True, None
        for name in names:
            x = basis(edges, name)
            free = poisson_glm(counts, x, signal, exposure=widths)
            one, zero = (poisson_glm(counts, x, signal, exposure=widths, mu_start=m, fit_mu=False) for m in (1.0, 0.0))
            row = {"family": family, "function": name, "mu": [free.mu[0], free.covariance[0, 0, 0] ** 0.5]}
            for key, fitted, parameters in (("free", free, x.shape[1] + 1), ("one", one, x.shape[1])):
                value, ndf = deviance(counts, fitted.expected[0]), len(counts) - parameters
                row[key] = {"deviance": value, "ndf": ndf, "p_value": float(chi2.sf(value, ndf))}
            row["significance"] = float(np.sign(free.mu[0]) * np.sqrt(max(2 * (zero.nll - free.nll)[0], 0.0)))
            row["p_order"] = None if below is None else float(chi2.sf(max(2 * (below.nll - free.nll)[0], 0.0), 1))
            rising = rising and (below is None or row["p_order"] < SETTINGS.order_p_value)
            chosen = name if rising else chosen
            below = free
            row["background"] = (free.expected[0] - free.mu[0] * signal).tolist()
            rows.append(row)
        for row in rows[-len(names) :]:
            row["chosen"] = row["function"] == chosen
    return rows


def describe(name, result, signal=0.0):
    """One row of the table; `signal` events are expected in the window and are no background."""
    row = {"spectrum": name, "status": result.status, "reason": result.reason, "events": result.sideband_events}
    if not result.fitted:
        return row
    interval, seen = result.window_yield_interval, result.window_simulated
    pull = result.pull
    if signal:
        pull = (seen.value - signal - result.window_yield.value) / float(
            np.hypot(seen.error, result.window_yield.error)
        )
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
        "observed": None if seen is None else seen.value,
        "signal": signal,
        "pull": pull,
    }


def measure(folder):
    """All fits: name -> (counts, edges, SidebandFit)."""
    found = {}
    counts, edges = inclusive(folder)
    for function in ("exp1", "exp2", "pow1"):
        found[f"inclusive, {function}"] = counts, edges, fit(counts, edges, function=function)
    found["inclusive, order by likelihood ratio"] = counts, edges, fit(counts, edges)
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
        observed += f", of which {row['signal']:.0f} signal" if row["signal"] else ""
        pull = "" if row["pull"] is None else f"{row['pull']:+.1f}"
        yield (
            f"{start}| `{row['function']}` | {row['slope'][0]:.4f} ± {row['slope'][1]:.4f}{borrowed} | {chi2} "
            f"| {p_value}{toys} | {value:,.{digits}f} −{value - low:.{digits}f} +{high - value:.{digits}f} "
            f"| {observed} | {pull} |"
        )


def table_with_signal(rows):
    """The rows of `with_signal` as Markdown."""
    yield "| function | order, p | mu | significance | deviance/ndf, p: mu free | mu = 1 |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        order = "" if row["p_order"] is None else f"{row['p_order']:.2g}"
        free, one = (f"{row[k]['deviance']:.1f}/{row[k]['ndf']}, {row[k]['p_value']:.2g}" for k in ("free", "one"))
        name = f"**`{row['function']}`**" if row["chosen"] else f"`{row['function']}`"
        value, error = row["mu"]
        yield f"| {name} | {order} | {value:+.2f} ± {error:.2f} | {row['significance']:.1f} | {free} | {one} |"


def draw(found, rows, signal, path):
    """The inclusive spectrum with its fits, and the four categories with control region and data."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=ROOT / "styles/unsculpt.mplstyle"):
        figure = Figure(figsize=(12, 7.2), layout="constrained")
        panels = figure.subplots(2, 3)
        _inclusive(panels[0, 0], panels[1, 0], found, rows, signal)
        names = [name.removesuffix(", control") for name in found if name.endswith(", control")]
        for panel, name in zip(panels[:, 1:].ravel(), names, strict=True):
            _category(panel, name, found)
        figure.savefig(path, dpi=110)


def _inclusive(top, bottom, found, rows, signal):
    """Spectrum over the chosen fits of signal plus background, and what lies above their backgrounds."""
    counts, edges, one = found["inclusive, exp1"]
    x, inside = shapes.centres(edges), one.axis.in_window
    chosen = {row["function"]: row for row in rows if row["chosen"]}
    name = next(name for name in chosen if name.startswith("exp"))
    background = np.array(chosen[name]["background"])
    for mask, face in ((~inside, "black"), (inside, "white")):
        look = {"fmt": "o", "color": "black", "markerfacecolor": face, "markersize": 4}
        top.errorbar(x[mask], counts[mask], np.sqrt(counts[mask]), **look)
        bottom.errorbar(x[mask], (counts - background)[mask], np.sqrt(counts[mask]), **look)
    for row, colour in zip(chosen.values(), ("#bd1f01", "#3f90da"), strict=True):
        curve, (value, width) = np.array(row["background"]), row["mu"]
        label = f"{row['function']} + signal: μ = {value:.2f} ± {width:.2f}"
        top.stairs(curve + value * signal, edges, baseline=None, color=colour, linewidth=1.5, label=label)
        bottom.stairs(curve + value * signal - background, edges, baseline=None, color=colour, linewidth=1.5)
    look = {"color": "#717581", "linewidth": 1.5, "label": "exp1 of the sidebands"}
    bottom.stairs(one.expected - background, edges, baseline=None, **look)
    top.set(ylabel="Events / bin", ylim=(0, None))
    top.legend(title="inclusive, 76,394 events; window hollow", fontsize=9, title_fontsize=9)
    bottom.set(xlabel=r"$m_{\gamma\gamma}$ [GeV]", ylabel=f"Events above {name}", ylim=(-350, 450))
    bottom.legend(fontsize=9)


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
    counts, edges = inclusive(options.folder)
    signal = higgs(options.folder)
    expected = {name: float(signal[in_window(edges)].sum()) for name in found if name.startswith("inclusive")}
    rows = [describe(name, result, expected.get(name, 0.0)) for name, (_, _, result) in found.items()]
    print("\n".join(table(rows)))
    both = with_signal(counts, edges, signal)
    print("\n".join(["", *table_with_signal(both)]))
    if options.figure:
        draw(found, both, signal, options.figure)
    strengths = {row["function"]: row["mu"] for row in both}
    print(json.dumps({row["spectrum"]: row.get("p_value") for row in rows} | {"mu": strengths}))


if __name__ == "__main__":
    main()
