"""Simulated samples as ROOT ntuples: tree `mini` with the names of the 13 TeV ATLAS Open Data, energies in MeV."""

import json

import awkward as ak
import numpy as np
import uproot

from unsculpt import files
from unsculpt.patches.uproot import FIXED_UUID, fixed_dates
from unsculpt.simulation import substructure

MEV = 1000.0
SIMULATION_RUN = 284500
SCALE_FACTORS = (
    "PILEUP", "ELE", "MUON", "PHOTON", "TAU", "BTAG", "LepTRIGGER", "PhotonTRIGGER", "TauTRIGGER", "DiTauTRIGGER",
)  # fmt: skip
SUBSTRUCTURE = {"d2": "D2", "c2": "C2"}  # names of the open data, and one after their kind
TRIGGER_PT = {"photons": (35.0, 25.0), "lepton": 27.0}  # GeV


def write(
    sample, path, *, run, channel_number, first_event, cross_section_pb, sum_weights, generator, chunks=(), warnings=()
):
    """Write a sample as an ntuple.

    Parameters
    ----------
    sample : samples.Sample
    path : path
        Complete or absent; the same sample gives the same bytes.
    run, channel_number : int
        runNumber and channelNumber of all events.
    first_event : int
        eventNumber of the first generated event.
    cross_section_pb, sum_weights : float
        Written to every event.
    generator : str
        How the events were made, stored as the string `generator` beside the tree.
    chunks : sequence of dict
        Of a file of several chunks, `entries`, `sum_weights` and `cross_section_pb` of each, stored as JSON in the
        string `unsculpt_chunks`; with it the reader gives the same numbers as from a file for each chunk.
    warnings : sequence of str
        Sentences on how the events were made, stored as JSON in the string `unsculpt_warnings` if there are any.
    """
    event = _event(sample, run, channel_number, first_event)
    normalisation = _normalisation(sample, cross_section_pb, sum_weights)
    if sample.columns is None:
        columns = _objects(sample, event, normalisation)
    else:
        columns = event | normalisation
        columns |= {name: values.astype(np.float32) for name, values in sample.columns.items()}
    with files.written(path) as part, part.open("wb+") as stream, fixed_dates():
        with uproot.recreate(stream, compression=uproot.ZLIB(4), uuid_function=lambda: FIXED_UUID) as root:
            root.mktree(
                "mini",
                {
                    name: column.dtype if isinstance(column, np.ndarray) else column.type
                    for name, column in columns.items()
                },
                title="events",
                counter_name=lambda counted: counted + "_n",
                field_name=lambda outer, inner: inner if outer == "" else f"{outer}_{inner}",
            )
            if len(sample):
                root["mini"].extend(columns)
            root["generator"] = generator
            if len(chunks) > 1:
                root["unsculpt_chunks"] = json.dumps([_as_branches(chunk) for chunk in chunks])
            if warnings:
                root["unsculpt_warnings"] = json.dumps(list(warnings))


def _as_branches(chunk):
    """The numbers of a chunk as a branch would hold them, in single precision."""
    return {key: int(value) if key == "entries" else float(np.float32(value)) for key, value in chunk.items()}


def _jagged(table, columns, events):
    counts = np.bincount(table["event"], minlength=events)
    return ak.zip({name: ak.unflatten(column, counts) for name, column in columns.items()})


def _objects(sample, event, normalisation):
    """The columns of events of particles: numbers of the event, and lists of objects."""
    columns = {
        **event,
        **_scalars(sample),
        **normalisation,
        **_vertices(sample),
        "photon": _jagged(sample.photons, _photon_columns(sample.photons), len(sample)),
        "jet": _jagged(sample.jets, _jet_columns(sample.jets), len(sample)),
        "lep": _jagged(sample.leptons, _lepton_columns(sample.leptons), len(sample)),
    }
    if sample.large_jets is not None:
        columns["largeRjet"] = _jagged(sample.large_jets, _large_jet_columns(sample.large_jets), len(sample))
    if sample.constituents is not None:
        columns["constituent"] = _jagged(sample.constituents, _momentum(sample.constituents), len(sample))
    return columns


def _event(sample, run, channel_number, first_event):
    n = len(sample)
    return {
        "runNumber": np.full(n, run, np.int32),
        "eventNumber": (first_event + sample.number).astype(np.int32),
        "channelNumber": np.full(n, channel_number, np.int32),
        "mcWeight": sample.weight.astype(np.float32),
    }


def _normalisation(sample, cross_section_pb, sum_weights):
    n = len(sample)
    return {"XSection": np.full(n, cross_section_pb, np.float32), "SumWeights": np.full(n, sum_weights, np.float32)}


def _scalars(sample):
    n = len(sample)
    return {
        **{f"scaleFactor_{name}": np.ones(n, np.float32) for name in SCALE_FACTORS},
        "trigE": _above(sample.leptons, 11, n),
        "trigM": _above(sample.leptons, 13, n),
        "trigP": _diphoton_trigger(sample.photons, n),
        "trigT": np.zeros(n, bool),
        "trigDT": np.zeros(n, bool),
        "met_et": (MEV * np.hypot(sample.met_x, sample.met_y)).astype(np.float32),
        "met_phi": np.arctan2(sample.met_y, sample.met_x).astype(np.float32),
    }


def _vertices(sample):
    """A vertex for each interaction; without pile-up there is no such branch."""
    return {} if sample.interactions is None else {"npv": (1 + sample.interactions).astype(np.int32)}


def _above(leptons, kind, events):
    hard = leptons[(leptons["kind"] == kind) & (leptons["pt"] > TRIGGER_PT["lepton"])]
    return np.bincount(hard["event"], minlength=events) > 0


def _diphoton_trigger(photons, events):
    leading, subleading = (
        np.bincount(photons["event"][photons["pt"] > cut], minlength=events) for cut in TRIGGER_PT["photons"]
    )
    return (leading >= 1) & (subleading >= 2)


def _momentum(table):
    return {
        "pt": (MEV * table["pt"]).astype(np.float32),
        "eta": table["eta"].astype(np.float32),
        "phi": table["phi"].astype(np.float32),
        "E": (MEV * table["e"]).astype(np.float32),
    }


def _photon_columns(table):
    return {
        "truthMatched": table["prompt"],
        "trigMatched": table["pt"] > TRIGGER_PT["photons"][1],
        **_momentum(table),
        "isTightID": table["tight"],
        "ptcone30": (MEV * table["ptcone30"]).astype(np.float32),
        "etcone20": (MEV * table["etcone20"]).astype(np.float32),
        "convType": table["conversion"].astype(np.int32),
    }


def _jet_columns(table):
    n = len(table)
    return {
        **_momentum(table),
        "jvt": np.ones(n, np.float32),  # no pile-up: every jet is from the hard vertex
        "trueflav": table["flavour"].astype(np.int32),
        "truthMatched": np.ones(n, bool),
        "MV2c10": table["mv2c10"].astype(np.float32),
        "top": table["top"].astype(np.int32),
        "role": table["role"].astype(np.int32),
    }


def _large_jet_columns(table):
    """The branches of the open data, and those that they do not have."""
    return {
        **_momentum(table),
        "m": (MEV * table["m"]).astype(np.float32),
        "truthMatched": table["prompt"],
        **{
            SUBSTRUCTURE.get(name, name): table[name].astype(np.float32)
            for name in substructure.NAMES
            if name != "split12"
        },
        "split12": (MEV * table["split12"]).astype(np.float32),
    }


def _lepton_columns(table):
    n = len(table)
    return {
        "truthMatched": table["prompt"],
        "trigMatched": table["pt"] > TRIGGER_PT["lepton"],
        **_momentum(table),
        "z0": np.zeros(n, np.float32),  # impact parameters are not simulated
        "charge": table["charge"].astype(np.int32),
        "type": table["kind"].astype(np.uint32),
        "isTightID": np.ones(n, bool),
        "ptcone30": (MEV * table["ptcone30"]).astype(np.float32),
        "etcone20": (MEV * table["etcone20"]).astype(np.float32),
        "trackd0pvunbiased": np.zeros(n, np.float32),
        "tracksigd0pvunbiased": np.zeros(n, np.float32),
    }
