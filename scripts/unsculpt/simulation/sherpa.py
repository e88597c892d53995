"""Sherpa for the ttyy matrix element: installation, integration, and hard events. Sherpa is an optional tool."""

import io
import json
import logging
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from unsculpt import files
from unsculpt.errors import InputError
from unsculpt.simulation import hardevents

PACKAGE = "sherpa-mc==3.0.3b2"  # a pre-release: the pin is required
INTEGRATION_SEED = 1234
RUN_CARD = """\
BEAMS: 2212
BEAM_ENERGIES: 6500
EVENT_GENERATION_MODE: PartiallyUnweighted
ME_GENERATORS: [Comix]
SHOWER_GENERATOR: None
FRAGMENTATION: None
MI_HANDLER: None
BEAM_REMNANTS: false
INTRINSIC_KPERP: {SCHEME: 0}
ME_QED: {ENABLED: false}
EW_SCHEME: Gmu
SCALES: VAR{0.25*H_T2}
PARTICLE_DATA: {6: {Mass: 172.5, Width: 0}}
EVENT_OUTPUT: LHEF[ttyy]
PROCESSES:
- 93 93 -> 6 -6 22 22:
    Order: {QCD: 2, EW: 2}
    Integration_Error: 0.02
    Max_Epsilon: 0.03
SELECTORS:
- [PT, 22, 20, E_CMS]
- [Eta, 22, -2.6, 2.6]
- [DR, 22, 22, 0.3, 100]
- [Mass, 22, 22, 100, 165]
"""


def install(directory):
    """Install Sherpa with pip into `directory`, beside any Python: the binary needs none.

    Returns
    -------
    dict
        {"available": True, "version": ..., "directory": ...}, or {"available": False, "reason": ...} in words; a
        machine without network or with another system is no error.
    """
    try:
        try:
            version = _version(directory)
        except (OSError, subprocess.SubprocessError):  # not there yet, or half there
            _pip(directory)
            version = _version(directory)
    except (OSError, subprocess.SubprocessError) as error:
        return {"available": False, "reason": f"{PACKAGE} cannot be installed or does not run here: {_words(error)}"}
    return {"available": True, "version": version, "directory": str(directory)}


def integrate(marker, archive):
    """Integrate the cross-section once and pack what event generation needs.

    Parameters
    ----------
    marker : dict
        What `install` returned.
    archive : path
        The tar file to write: Results.zip, Process/, Sherpa.yaml and integration.json with cross_section_pb, its
        error and the version; of an unavailable Sherpa, integration.json alone with the reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        facts = dict(marker)
        if marker["available"]:
            (folder / "Sherpa.yaml").write_text(RUN_CARD, encoding="utf-8")
            log = _sherpa(marker, folder, events=0, seed=INTEGRATION_SEED)
            facts["cross_section_pb"], facts["cross_section_error_pb"] = _cross_section(log)
            logging.info("integrated: %.4g +- %.1g pb", facts["cross_section_pb"], facts["cross_section_error_pb"])
        (folder / "integration.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        kept = [
            folder / "integration.json",
            folder / "Sherpa.yaml",
            folder / "Results.zip",
            *folder.glob("Process/**/*"),
        ]
        with files.written(archive) as part, tarfile.open(part, "w") as tar:
            for path in sorted(filter(Path.is_file, kept)):
                _add(tar, path.relative_to(folder).as_posix(), path.read_bytes())


def facts(archive):
    """integration.json of an archive, as a dict."""
    with tarfile.open(archive) as tar:
        return json.load(tar.extractfile("integration.json"))


def hard_events(archive, events, seed):
    """Generate `events` hard events from an integrated archive.

    Returns
    -------
    hardevents.HardEvents
        Without colour flow, in the order of generation; the same seed gives the same events.
    """
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        _sherpa(facts(archive), Path(folder), events=events, seed=seed)
        found = hardevents.load(Path(folder) / "ttyy.lhe")
    if len(found) != events:
        raise RuntimeError(f"Sherpa was asked for {events} events and wrote {len(found)}")
    return found


def _pip(directory):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    command += ["--target", str(directory), "--python-version", "3.12", "--platform", "manylinux_2_34_x86_64"]
    _run([*command, "--only-binary=:all:", "--no-deps", PACKAGE], timeout=600)


def _version(directory):
    return _plain(_run([str(Path(directory) / "bin" / "Sherpa"), "--version"], timeout=60)).strip().split("\n")[0]


def _sherpa(marker, folder, *, events, seed):
    """Run Sherpa in a folder and give its output."""
    binary = Path(marker["directory"]).resolve() / "bin" / "Sherpa"
    try:
        return _plain(_run([str(binary), "-f", "Sherpa.yaml", "-e", str(events), "-R", str(seed)], cwd=folder))
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(
            f"{binary}: Sherpa ended with an error ({_words(error)}); delete {marker['directory']} to install it "
            "again, or set the process of the sample to ttyy_dps"
        ) from error


def _cross_section(log):
    found = re.findall(r"2_4__j__j__t__tb__P__P : (\S+) pb \+- \( (\S+) pb", log)
    if not found:
        raise RuntimeError("Sherpa's output names no cross-section of the integration")
    return tuple(float(number) for number in found[-1])


def _run(command, **options):
    done = subprocess.run(
        command,
        check=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
        **options,
    )
    return done.stdout


def _plain(text):
    """Text without the colours of the terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _words(error):
    """The last line that a failed command printed, or the error itself."""
    lines = [line.strip() for line in _plain(getattr(error, "stdout", None) or "").splitlines() if line.strip()]
    return lines[-1] if lines else str(error)


def _add(tar, name, content):
    """Add a file without dates and owners: equal content gives an equal archive."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))
