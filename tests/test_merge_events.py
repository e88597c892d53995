"""One table for a background hypothesis, as the rule makes it."""

from dataclasses import replace
from types import SimpleNamespace

import merge_events
import numpy as np
import pytest

from unsculpt import events, files, logs

SAMPLES = {
    "tth": {"role": "signal", "cross_section_pb": 0.5, "branching_ratio": 0.002},
    "ttyy": {"role": "background", "normalisation": {"to": "sidebands", "sideband_events": None, "channel": "all"}},
    "data": {"role": "data"},
}
ABOUT = {
    "events_read": 500,
    "sum_weights": 500.0,
    "unknown": "",
    "cross_section_pb": 0.5,
    "generator": "",
    "cutflow": [["all", 500, 500.0]],
}


def merge(folder, toys, name="merged.parquet", said=(), match_signal=None):
    paths = []
    for sample, settings in SAMPLES.items():
        label = events.LABELS[settings["role"]]
        rows = np.flatnonzero(toys.label == label)
        for i, part in enumerate(np.array_split(rows, 2)):
            table = toys[part]
            table.metadata.clear()
            table.metadata.update(ABOUT, sample=sample, role=settings["role"], provenance={"warnings": list(said)})
            paths.append(str(folder / f"{sample}{i}.parquet"))
            events.save(table, paths[-1])
    output = folder / name
    mass = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
    merge_events.main(
        SimpleNamespace(
            input=SimpleNamespace(events=paths),
            output=SimpleNamespace(events=str(output)),
            wildcards=SimpleNamespace(bkg="ttyy"),
            params=SimpleNamespace(
                samples=SAMPLES, luminosity_fb=140, mass=mass, own=["data"], match_signal=match_signal, code="-"
            ),
        )
    )
    return events.load(output)


def test_chunks_become_one_normalised_table_in_the_order_of_the_study(toy_events, tmp_path):
    toys = toy_events(1000)
    table = merge(tmp_path, toys)
    assert len(table) == len(toys)
    assert table.event.tolist() == [
        *toys.event[toys.label == 1],
        *toys.event[toys.label == 0],
        *toys.event[toys.label == -1],
    ]
    about = table.metadata["samples"]
    assert list(about) == list(SAMPLES) and about["data"]["scale"] == 1.0 and about["tth"]["events_read"] == 1000
    assert about["tth"]["scale"] == pytest.approx(140e3 * 0.5 * 0.002 / 1000)
    side = table.where(label=events.BACKGROUND) & ((table.mass < 120) | (table.mass >= 130))
    assert table.weight[side].sum() == pytest.approx((toys.label == -1).sum())
    assert table.metadata["provenance"]["unsculpt"]


def test_a_signal_that_is_matched_has_the_spectrum_of_the_background(toy_events, tmp_path):
    toys = toy_events(4000)
    name = toys.feature_names[0]
    table = merge(tmp_path, toys, match_signal={"column": name, "bins": 8})
    plain, values = merge(tmp_path, toys), table.column(name)
    classes = [table.where(label) for label in (events.SIGNAL, events.BACKGROUND)]
    edges = np.linspace(*(f(values[classes[0] | classes[1]]) for f in (np.min, np.max)), 9)
    one, other = (np.histogram(values[rows], edges, weights=table.weight[rows])[0] for rows in classes)
    np.testing.assert_allclose((one / one.sum())[one > 0], (other / other[one > 0].sum())[one > 0], rtol=1e-5)
    for label in (events.SIGNAL, events.BACKGROUND, events.DATA):
        total = plain.weight[plain.where(label=label)].sum()
        assert table.weight[table.where(label=label)].sum() == pytest.approx(total)
    np.testing.assert_array_equal(table.weight[classes[1]], plain.weight[classes[1]])


def test_the_bytes_of_the_merged_table_are_the_same_each_time(toy_events, tmp_path):
    for name in ("a.parquet", "b.parquet"):
        merge(tmp_path, toy_events(200), name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_the_merged_table_knows_of_what_was_warned_on_the_way_to_it(toy_events, tmp_path):
    toys = toy_events(1000)
    toys = replace(toys, event=np.where(toys.label == -1, toys.event // 2, toys.event))
    with logs.listening():
        first = merge(tmp_path, toys, "a.parquet", said=["Sherpa is not available"])
        again = merge(tmp_path, toys, "b.parquet", said=["Sherpa is not available"])
    *inherited, own = files.warnings(first.metadata)
    assert inherited == [f"samples.{name}: Sherpa is not available" for name in SAMPLES]
    assert "samples.data: " in own and "have the run and event number of another" in own
    assert files.warnings(again.metadata) == [*inherited, own]
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
