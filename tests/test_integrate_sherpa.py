from types import SimpleNamespace

import integrate_sherpa

from unsculpt import files
from unsculpt.simulation import sherpa


def test_a_missing_sherpa_is_handed_on_to_the_simulation(tmp_path):
    marker = {"available": False, "reason": "no network"}
    files.save_json(marker, tmp_path / "sherpa.json")
    integrate_sherpa.main(
        SimpleNamespace(
            input=SimpleNamespace(marker=tmp_path / "sherpa.json"),
            output=SimpleNamespace(archive=tmp_path / "sherpa.tar"),
        )
    )
    assert sherpa.facts(tmp_path / "sherpa.tar") == marker
