from types import SimpleNamespace

import awkward as ak
import draw_pseudodata
import uproot
from defaults import default

from unsculpt.simulation import pseudodata

SELECTION = default("selection", channels={"inclusive": {}})
SIMULATION = default("simulation", batch_size=200)


def test_the_ntuple_looks_like_data(tmp_path, monkeypatch):
    monkeypatch.setattr(pseudodata, "POOL_STEP", 200)
    params = SimpleNamespace(
        pseudodata={"signal": "tth", "background": "ntni", "signal_strength": 2},
        signal={"process": "tth", "cross_section_pb": 0.5, "branching_ratio": 0.00227},
        background={
            "process": "ntni",
            "region": "ntni",
            "normalisation": {"to": "sidebands", "sideband_events": 30, "channel": "all"},
        },
        luminosity_fb=10,
        selection=SELECTION,
        mass={"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1},
        simulation=SIMULATION,
        seed=1,
        sample_index=3,
    )
    draw_pseudodata.main(
        SimpleNamespace(
            input=SimpleNamespace(signal_sherpa=[], background_sherpa=[]),
            output=SimpleNamespace(ntuple=tmp_path / "0.root"),
            wildcards=SimpleNamespace(sample="data", chunk="0"),
            params=params,
        )
    )
    with uproot.open(tmp_path / "0.root") as file:
        events = file["mini"].arrays(["mcWeight", "XSection", "SumWeights", "runNumber", "photon_truthMatched"])
        assert str(file["generator"]) == "pseudo-data: 2 x tth and ntni"
    assert 20 < len(events) < 120
    assert set(events.mcWeight) == {1}
    assert set(events.XSection) == set(events.SumWeights) == {0}
    assert set(events.runNumber) == {pseudodata.RUN}
    assert not ak.any(events.photon_truthMatched)
