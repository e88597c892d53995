import json
from types import SimpleNamespace

import install_sherpa

from unsculpt.simulation import sherpa


def run(tmp_path, marker, monkeypatch):
    monkeypatch.setattr(sherpa, "install", lambda directory: marker)
    output = SimpleNamespace(marker=tmp_path / "sherpa.json")
    install_sherpa.main(SimpleNamespace(params=SimpleNamespace(directory="tools"), output=output))
    written = json.loads(output.marker.read_text(encoding="utf-8"))
    assert "unsculpt" in written.pop("provenance")
    return written


def test_the_marker_says_what_was_installed(tmp_path, monkeypatch):
    marker = {"available": True, "version": "Sherpa version 3.0.3", "directory": "tools"}
    assert run(tmp_path, marker, monkeypatch) == marker


def test_a_missing_sherpa_ends_in_a_marker_and_a_warning(tmp_path, monkeypatch, caplog):
    marker = {"available": False, "reason": "no network"}
    assert run(tmp_path, marker, monkeypatch) == marker
    assert "no network" in caplog.text
