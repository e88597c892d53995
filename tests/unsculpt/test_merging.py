"""The tables of samples become one: normalisation, mixtures, and what the parts say together."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from unsculpt import axes, events, merging
from unsculpt.errors import InputError
from unsculpt.ntuples import Header

AXIS = axes.spectrum(np.arange(105, 161), (120, 130))


def chunk(sample, role, rng, *, n=100, first=0, channel="hadronic", **metadata):
    """A chunk of n selected events, half of them in the signal window unless they are data."""
    side, window = rng.choice([110.0, 140.0], n), rng.uniform(120, 130, n)
    rows = [["all", 4 * n, 4.0 * n], ["two photons", 2 * n, 2.0 * n], ["channel", n, 1.0 * n]]
    about = {"sample": sample, "role": role, "events_read": 4 * n, "sum_weights": 8.0 * n, "cross_section_pb": 0.5}
    return events.Events(
        run=np.ones(n, np.int64),
        event=np.arange(first, first + n, dtype=np.int64),
        sample=np.full(n, sample),
        channel=np.full(n, channel),
        region=np.full(n, "ti"),
        label=np.full(n, events.LABELS[role], np.int8),
        fold=np.zeros(n, np.int8),
        mass=side if role == "data" else np.where(np.arange(n) % 2 == 0, side, window),
        weight=np.ones(n) if role == "data" else rng.uniform(0.5, 1.5, n),
        features=rng.normal(size=(n, 2)).astype(np.float32),
        feature_names=("a", "b"),
        metadata=about | {"cutflow": rows, "generator": "toy", "unknown": ""} | metadata,
    )


def merge(chunks, samples, luminosity_fb=140):
    return merging.merge(chunks, samples, luminosity_fb=luminosity_fb, axis=AXIS)


def yields(table, sample):
    return table.weight[table.sample == sample].sum()


SIGNAL = {"role": "signal", "cross_section_pb": 0.5, "branching_ratio": 0.002}
BACKGROUND = {"role": "background", "normalisation": {"to": "sidebands", "sideband_events": 300, "channel": "all"}}


def test_a_cross_section_times_luminosity_is_the_yield_of_all_generated_events(rng):
    chunks = [chunk("tth", "signal", rng), chunk("tth", "signal", rng, first=100)]
    table = merge(chunks, {"tth": SIGNAL})
    raw = sum(c.weight.sum() for c in chunks)
    assert yields(table, "tth") == pytest.approx(140e3 * 0.5 * 0.002 * raw / 1600)
    assert table.metadata["samples"]["tth"]["scale"] == pytest.approx(140e3 * 0.5 * 0.002 / 1600)


def test_the_yield_does_not_depend_on_the_number_of_chunks_or_the_scale_of_the_weights(rng):
    one = chunk("tth", "signal", rng)
    halves = [
        replace(one[s], metadata=one.metadata | {"sum_weights": 400.0}) for s in (np.arange(50), np.arange(50, 100))
    ]
    seven = replace(one, weight=7 * one.weight, metadata=one.metadata | {"sum_weights": 5600.0})
    for chunks in (halves, [seven]):
        np.testing.assert_allclose(merge(chunks, {"tth": SIGNAL}).weight, merge([one], {"tth": SIGNAL}).weight)


def test_estimates_of_one_generator_are_averaged_over_their_events(rng):
    chunks = [chunk("tth", "signal", rng), chunk("tth", "signal", rng, n=300, first=100, cross_section_pb=0.54)]
    table = merge(chunks, {"tth": {"role": "signal"}})
    assert table.metadata["samples"]["tth"]["cross_section_pb"] == pytest.approx(0.53)
    assert table.metadata["samples"]["tth"]["scale"] == pytest.approx(140e3 * 0.53 / 3200)


def test_files_of_different_cross_sections_are_no_sample_unless_the_study_gives_one(rng):
    """Averaged, the two would have a yield that neither of them has."""
    alone = {"generator": "", "file": "a.root", "cross_section_pb": 1.0}
    other = alone | {"file": "b.root", "cross_section_pb": 0.0014}
    chunks = [chunk("tth", "signal", rng, **alone), chunk("tth", "signal", rng, first=100, **other)]
    sentence = (
        r"samples.tth: .* from 0.0014 pb \(b.root\) to 1 pb \(a.root\); make a sample of each, or set samples.tth.cr"
    )
    for settings in ({"role": "signal"}, {"role": "background", "normalisation": {"to": "sidebands"}}):
        with pytest.raises(InputError, match=sentence):
            merge(chunks, {"tth": settings})
    assert merge(chunks, {"tth": SIGNAL}).metadata["samples"]["tth"]["scale"] == pytest.approx(140 * 1.0 / 1600)


def test_the_sidebands_can_be_given_or_taken_from_the_data(rng):
    chunks = [chunk("ttyy", "background", rng), chunk("data", "data", rng, n=37)]
    data = {"role": "data"}
    given = merge(chunks, {"ttyy": BACKGROUND, "data": data})
    assert merging.sideband_sum(given[given.sample == "ttyy"], AXIS) == pytest.approx(300)
    taken = merge(chunks, {"ttyy": {"role": "background", "normalisation": {"to": "sidebands"}}, "data": data})
    assert merging.sideband_sum(taken[taken.sample == "ttyy"], AXIS) == pytest.approx(37)


def test_sidebands_of_one_channel_fix_the_scale_of_all(rng):
    chunks = [chunk("ttyy", "background", rng), chunk("ttyy", "background", rng, first=100, channel="leptonic")]
    settings = BACKGROUND["normalisation"] | {"channel": "hadronic"}
    table = merge(chunks, {"ttyy": {"role": "background", "normalisation": settings}})
    hadronic, leptonic = (table[table.channel == channel] for channel in ("hadronic", "leptonic"))
    assert merging.sideband_sum(hadronic, AXIS) == pytest.approx(300)
    assert leptonic.weight.sum() == pytest.approx(chunks[1].weight.sum() * table.metadata["samples"]["ttyy"]["scale"])


MIXTURE = {  # the sample of the sidebands is neither the first nor the last
    "prompt": {"role": "background", "cross_section_pb": 0.004},
    "fakes": {
        "role": "background",
        "normalisation": {"to": "sidebands", "sideband_events": 400, "channel": "hadronic"},
    },
    "other": {"role": "background", "cross_section_pb": 0.002, "branching_ratio": 0.5},
    "data": {"role": "data"},
}


def mixture(rng):
    return [
        chunk("prompt", "background", rng, n=300),
        chunk("prompt", "background", rng, n=200, first=300, channel="leptonic"),
        chunk("fakes", "background", rng, n=400),
        chunk("fakes", "background", rng, n=100, first=400, channel="leptonic"),
        chunk("other", "background", rng, n=100),
        chunk("data", "data", rng, n=90),
    ]


@pytest.mark.parametrize(("given", "channel"), [(400, "hadronic"), (700, "all"), (None, "all")])
def test_what_fills_the_sidebands_takes_what_the_others_of_its_mixture_leave(rng, given, channel):
    """Against the same sums over plain columns, sample by sample."""
    chunks, samples = mixture(rng), dict(MIXTURE)
    rule = {"to": "sidebands", "sideband_events": given, "channel": channel}
    samples |= {
        "prompt": MIXTURE["prompt"] | {"cross_section_pb": 0.0004},
        "fakes": {"role": "background", "normalisation": rule},
    }
    table = merge(chunks, samples)
    name, where, mass, raw = (
        np.concatenate([getattr(c, k) for c in chunks]) for k in ("sample", "channel", "mass", "weight")
    )
    side = ((mass < 120) | (mass >= 130)) & ((where == channel) | (channel == "all"))
    scale = {"prompt": 140e3 * 0.0004 / 4000, "other": 140e3 * 0.001 / 800, "data": 1.0}
    taken = sum(scale[key] * raw[side & (name == key)].sum() for key in ("prompt", "other"))
    wanted = 90 if given is None else given
    assert 0 < taken < wanted
    scale["fakes"] = (wanted - taken) / raw[side & (name == "fakes")].sum()
    weight = raw * [scale[key] for key in name]
    np.testing.assert_allclose(
        table.weight, weight[np.argsort([list(samples).index(key) for key in name], kind="stable")]
    )
    assert weight[side & (name != "data")].sum() == pytest.approx(wanted)
    about = table.metadata["samples"]
    for key in ("prompt", "fakes", "other"):
        assert about[key]["scale"] == pytest.approx(scale[key], rel=1e-12)
        assert about[key]["share"]["value"] == pytest.approx(weight[name == key].sum() / weight[name != "data"].sum())
    assert about["data"]["share"] is None


def test_sidebands_that_are_full_already_are_one_sentence(rng):
    samples = MIXTURE | {"prompt": MIXTURE["prompt"] | {"cross_section_pb": 40.0}}
    sentence = (
        r"samples.fakes.normalisation: of 400 events in the sidebands \(channel hadronic\) prompt has .* and other has "
    )
    with pytest.raises(InputError, match=sentence + r".*, which leaves -\d.* for fakes; check sideband_events"):
        merge(mixture(rng), samples)


def test_alone_a_background_is_all_of_it(rng):
    about = merge([chunk("ttyy", "background", rng)], {"ttyy": BACKGROUND}).metadata["samples"]
    assert about["ttyy"]["share"] == {"value": 1.0, "error": 0.0}


def test_data_keep_weight_one(rng):
    table = merge([chunk("data", "data", rng), chunk("tth", "signal", rng)], {"tth": SIGNAL, "data": {"role": "data"}})
    assert (table.weight[table.label == events.DATA] == 1).all()


def test_rows_follow_the_samples_of_the_study_and_then_the_chunks(rng):
    chunks = [chunk("ttyy", "background", rng), chunk("tth", "signal", rng), chunk("tth", "signal", rng, first=100)]
    table = merge(chunks, {"tth": SIGNAL, "ttyy": BACKGROUND})
    assert table.sample.tolist() == ["tth"] * 200 + ["ttyy"] * 100
    assert table.event[:200].tolist() == list(range(200))


def test_the_metadata_add_up_over_chunks(rng):
    chunks = [chunk("tth", "signal", rng), chunk("tth", "signal", rng, first=100, generator="other")]
    about = merge(chunks, {"tth": SIGNAL}).metadata["samples"]["tth"]
    assert about["cutflow"] == [["all", 800, 800.0], ["two photons", 400, 400.0], ["channel", 200, 200.0]]
    assert (about["events_read"], about["events_selected"], about["sum_weights"]) == (800, 200, 1600.0)
    assert (about["role"], about["generator"]) == ("signal", "toy; other")


def test_a_chunk_may_be_empty_but_not_a_whole_simulated_sample(rng, caplog):
    rows = [["all", 400, 400.0], ["two photons", 80, 80.0], ["mass range", 0, 0.0], ["channel", 0, 0.0]]
    full, empty = chunk("tth", "signal", rng), chunk("tth", "signal", rng, n=0, cutflow=rows, events_read=400)
    assert len(merge([full, replace(empty, metadata=full.metadata)], {"tth": SIGNAL})) == 100
    with pytest.raises(InputError, match=r"samples.tth: no event is left after the cut 'mass range', .* last 80"):
        merge([empty], {"tth": SIGNAL})
    data = chunk("data", "data", rng, n=0, cutflow=rows, events_read=400)
    with caplog.at_level(logging.WARNING):
        assert len(merge([full, data], {"tth": SIGNAL, "data": {"role": "data"}})) == 100
    assert "samples.data: no event is left" in caplog.text


def test_an_unknown_sum_of_weights_is_asked_for_where_it_normalises_the_sample(rng):
    """Two of three files of 800 generated events; the third has no events left and does not say that it had as many."""
    rows = [[name, 0, 0.0] for name in ("all", "two photons", "channel")]
    lost = {"sum_weights": None, "cross_section_pb": None, "unknown": "c.root has zero events", "cutflow": rows}
    chunks = [
        chunk("tth", "signal", rng),
        chunk("tth", "signal", rng, first=100),
        chunk("tth", "signal", rng, n=0, **lost),
    ]
    with pytest.raises(InputError, match=r"samples.tth: c.root has zero events; set samples.tth.sum_weights to"):
        merge(chunks, {"tth": SIGNAL})
    about = merge(chunks, {"tth": {"role": "signal", "sum_weights": 2400.0}}).metadata["samples"]["tth"]
    assert about["scale"] == pytest.approx(140e3 * 0.5 / 2400) and about["sum_weights"] == 2400
    sidebands = [replace(part, metadata=part.metadata | {"sample": "ttyy"}) for part in chunks]
    table = merge(sidebands, {"ttyy": BACKGROUND})
    assert merging.sideband_sum(table, AXIS) == pytest.approx(300)


def test_files_without_any_event_are_a_mistake_in_simulation_and_may_be_true_in_data(rng, caplog):
    rows = [[name, 0, 0.0] for name in ("all", "two photons", "channel")]
    with pytest.raises(
        InputError, match=r"samples.tth: there is no event to select from in all of its files \(a.csv\);"
    ):
        merge([chunk("tth", "signal", rng, n=0, cutflow=rows, files=["a.csv"])], {"tth": SIGNAL})
    data = chunk("data", "data", rng, n=0, cutflow=rows, cross_section_pb=None)
    merge([chunk("tth", "signal", rng), data], {"tth": SIGNAL, "data": {"role": "data"}})
    assert "samples.data: there is no event to select from in all of its files" in caplog.text


def test_events_that_come_twice_are_worth_a_warning(rng, caplog):
    merge([chunk("tth", "signal", rng), chunk("tth", "signal", rng, first=90)], {"tth": SIGNAL})
    assert "10 events have the run and event number of another" in caplog.text


def test_weights_that_sum_to_nothing_are_refused_with_their_files(rng, caplog):
    """Those of the generated events, and those of the selected ones, which the training and the fits need."""
    good, bad = chunk("tth", "signal", rng, file="a.root"), chunk("tth", "signal", rng, first=100, file="b.root")
    negative = replace(bad, metadata=bad.metadata | {"sum_weights": -900.0})
    with pytest.raises(InputError, match=r"generated events sum to -100, expected more than 0 \(a.root, b.root\)"):
        merge([good, negative], {"tth": SIGNAL})
    merge([good, replace(negative, metadata=negative.metadata | {"sum_weights": -100.0})], {"tth": SIGNAL})
    assert "the generated events of 1 of 2 files sum to zero or less (b.root)" in caplog.text
    for scale in (0.0, -1.0):
        none = [replace(part, weight=part.weight * scale) for part in (good, bad)]
        with pytest.raises(
            InputError, match=r"samples.tth: the weights of its 200 selected events sum to -?\d.*b.root"
        ):
            merge(none, {"tth": SIGNAL})


def test_numbers_of_events_that_tell_nothing_are_refused(rng):
    """In one file; the files of a sample may well be numbered alike."""
    part = chunk("tth", "signal", rng, files=["a.root"])
    merge([part, replace(part, weight=part.weight * 2)], {"tth": SIGNAL})
    zeros = replace(part, event=np.zeros(100, np.int64))
    with pytest.raises(InputError, match=r"samples.tth: 99 of 100 events have the run and event number .* \(a.root\)"):
        merge([zeros], {"tth": SIGNAL})
    each = replace(zeros, metadata=zeros.metadata | {"each": True})
    merge([each], {"tth": SIGNAL})


def test_a_yield_that_nothing_fixes_is_one_sentence(rng):
    lacking = chunk("tth", "signal", rng, cross_section_pb=None)
    with pytest.raises(InputError, match=r"samples.tth: .*lack a cross-section.*set cross_section_pb"):
        merge([lacking], {"tth": {"role": "signal"}})
    with pytest.raises(InputError, match=r"samples.tth: the weights of the generated events sum to -1"):
        merge([chunk("tth", "signal", rng, sum_weights=-1.0)], {"tth": SIGNAL})
    free = {"role": "background", "normalisation": {"to": "sidebands"}}
    with pytest.raises(InputError, match=r"samples.ttyy.normalisation: the data have no events.*set sideband_events"):
        merge([chunk("ttyy", "background", rng)], {"ttyy": free})
    other = {"role": "background", "normalisation": BACKGROUND["normalisation"] | {"channel": "leptonic"}}
    with pytest.raises(InputError, match=r"samples.ttyy.normalisation: .*channel leptonic.* sum to 0"):
        merge([chunk("ttyy", "background", rng)], {"ttyy": other})


def test_a_chunk_of_simulation_is_told_by_its_file_and_a_measured_one_by_its_cut_flow():
    """Which tells nothing of what blinding removed: 7 events here, of 40."""
    header = Header(entries=40, sum_weights=80.0, cross_section_pb=0.5, generator="toy", unknown="")
    flows = [[["all", 20, 20.0], ["channel", 3, 3.0]], [["all", 13, 13.0], ["channel", 2, 2.0]]]
    simulated = merging.about_chunk(header, flows, "a.root", simulated=True)
    assert (simulated["events_read"], simulated["sum_weights"], simulated["file"]) == (40, 80.0, "a.root")
    assert simulated["cutflow"] == [["all", 33, 33.0], ["channel", 5, 5.0]]
    measured = merging.about_chunk(header, flows, "a.root", simulated=False)
    assert (measured["events_read"], measured["sum_weights"]) == (33, 33.0)
    assert measured["cutflow"] == simulated["cutflow"] and measured["cross_section_pb"] == 0.5


def test_what_a_blinded_cut_flow_does_not_count_is_not_counted_elsewhere(rng, caplog):
    """Chunks without and with events; the sums of all others, and what is selected, are as ever."""
    header = Header(entries=40, sum_weights=40.0, cross_section_pb=None, generator="", unknown="")
    flows = [[["all", None, None], ["channel", n, float(n)]] for n in (3, 0, 2)]
    chunks = [merging.about_chunk(header, flows[start:], "a.root", simulated=False) for start in (0, 1)]
    assert [chunk["cutflow"][-1] for chunk in chunks] == [["channel", 5, 5.0], ["channel", 2, 2.0]]
    whole = merging.add_chunks(chunks)
    assert whole["events_read"] is whole["sum_weights"] is whole["cross_section_pb"] is None
    assert whole["cutflow"] == [["all", None, None], ["channel", 7, 7.0]] and "40" not in str(whole)
    none = chunk("data", "data", rng, n=0, cutflow=flows[1], events_read=None, sum_weights=None)
    with caplog.at_level(logging.WARNING):
        merge([chunk("tth", "signal", rng), none], {"tth": SIGNAL, "data": {"role": "data"}})
    assert "samples.data: no event is left (of blinded events it is not told after which cut)" in caplog.text


def test_measured_events_of_a_background_count_one_each(rng):
    measured = {"role": "background", "normalisation": {"to": "events"}}
    part = chunk("control", "background", rng, cross_section_pb=None, sum_weights=None, unknown="it is measured")
    part = replace(part, weight=np.ones(100))
    table = merge([part, chunk("tth", "signal", rng)], {"tth": SIGNAL, "control": measured})
    assert (table.weight[table.sample == "control"] == 1).all()
    about = table.metadata["samples"]["control"]
    assert (about["scale"], about["cross_section_pb"], about["branching_ratio"]) == (1.0, None, None)
    samples = MIXTURE | {"prompt": measured}
    parts = [replace(p, metadata=p.metadata | {"sample": "prompt"}) for p in (part,)] + mixture(rng)[2:]
    table = merge(parts, samples)
    side = ~AXIS.inside(table.mass) & (table.channel == "hadronic") & (table.label == events.BACKGROUND)
    assert table.weight[side].sum() == pytest.approx(400)  # what fills the sidebands counts them, too


def test_rows_of_one_event_are_no_event_that_comes_twice(rng, caplog):
    """Where a row is an object; but an event that comes again later does."""
    part = chunk("tth", "signal", rng, each=True)
    three = np.repeat(np.arange(100), np.resize([1, 2, 3], 100))
    merge([replace(part[three], metadata=part.metadata)], {"tth": SIGNAL})
    assert "number of another" not in caplog.text
    again = [replace(part[three], metadata=part.metadata), replace(part[three[-5:]], metadata=part.metadata)]
    merge([again[0], chunk("tth", "signal", rng, first=100, each=True), again[1]], {"tth": SIGNAL})
    assert f"{len(set(three[-5:].tolist()))} events have the run and event number of another" in caplog.text
    caplog.clear()
    merge([replace(part[three], metadata=part.metadata | {"each": False})], {"tth": SIGNAL})
    assert f"{len(three) - 100} events have the run and event number of another" in caplog.text


@pytest.mark.parametrize("n", [0, 1])
def test_no_row_and_one_row_come_once(rng, caplog, n):
    parts = [chunk("tth", "signal", rng, each=True), chunk("data", "data", rng, n=n, each=True)]
    merge(parts, {"tth": SIGNAL, "data": {"role": "data"}})
    assert "number of another" not in caplog.text
