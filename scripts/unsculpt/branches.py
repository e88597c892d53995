"""The ntuple schema: which branches are read, when, and what happens without them; stdlib only.

Names and units are those of the `mini` trees of the 13 TeV ATLAS Open Data; `ntuples.branches` of a study maps them.
"""

import difflib
from dataclasses import dataclass

from unsculpt.errors import InputError

SCALE_FACTORS = tuple(f"scaleFactor_{name}" for name in ("PILEUP", "ELE", "MUON", "PHOTON", "BTAG", "PhotonTRIGGER"))


@dataclass(frozen=True)
class Branch:
    """One branch of the schema.

    group : the branches that are read together, when a feature or a channel needs them; "event" and "photons" always.
    energy : whether its values are energies or momenta, in `ntuples.energy_unit`.
    required : the file must have it; if `nullable`, unless the study maps it to null.
    without : what is done when it is absent (optional branches) or null.
    """

    name: str
    group: str
    meaning: str
    energy: bool = False
    required: bool = True
    nullable: bool = True
    simulated: bool = False
    without: str = ""

    @property
    def listed(self):
        """Whether it holds a list of numbers in each event, one for each object."""
        return self.group not in ("event", "met")


_ALL = (
    Branch("photon_pt", "photons", "transverse momentum", energy=True, nullable=False),
    Branch("photon_eta", "photons", "pseudorapidity", nullable=False),
    Branch("photon_phi", "photons", "azimuth", nullable=False),
    Branch("photon_E", "photons", "energy", energy=True, required=False, without="taken from pT and pseudorapidity"),
    Branch("photon_isTightID", "photons", "tight identification", without="all photons are tight"),
    Branch("photon_etcone20", "photons", "calorimeter isolation", energy=True, without="isolation by tracks alone"),
    Branch("photon_ptcone30", "photons", "track isolation", energy=True, without="isolation by calorimeter alone"),
    Branch("photon_convType", "conversions", "conversion type, 0 for unconverted", without="feature padding"),
    Branch("jet_pt", "jets", "transverse momentum", energy=True, without="no jets"),
    Branch("jet_eta", "jets", "pseudorapidity", without="no jets"),
    Branch("jet_phi", "jets", "azimuth", without="no jets"),
    Branch("jet_E", "jets", "energy", energy=True, required=False, without="massless jets"),
    Branch("jet_MV2c10", "btags", "score of the b-tagging", without="no b-tagged jets"),
    Branch("lep_pt", "leptons", "transverse momentum", energy=True, without="no leptons"),
    Branch("lep_eta", "leptons", "pseudorapidity", without="no leptons"),
    Branch("lep_phi", "leptons", "azimuth", without="no leptons"),
    Branch("met_et", "met", "missing transverse momentum", energy=True, without="feature padding"),
    Branch("met_phi", "met", "its azimuth", without="feature padding"),
    Branch("runNumber", "event", "run", required=False, without="0"),
    Branch("eventNumber", "event", "event", required=False, without="position in the file"),
    Branch("trigP", "event", "photon trigger, required", required=False, without="no trigger requirement"),
    Branch("mcWeight", "event", "generator weight", simulated=True, without="weight 1"),
    *(
        Branch(name, "event", "multiplies the weight", required=False, simulated=True, without="1")
        for name in SCALE_FACTORS
    ),
    Branch(
        "SumWeights",
        "event",
        "sum of the generator weights of all generated events of the file",
        required=False,
        simulated=True,
        without="sum of mcWeight in the file",
    ),
    Branch(
        "XSection",
        "event",
        "cross-section in pb",
        required=False,
        simulated=True,
        without="`cross_section_pb` of the sample",
    ),
)
BRANCHES = {branch.name: branch for branch in _ALL}
# A null counter (or met_et) says that a whole collection is absent.
COLLECTIONS = {"jet_n": ("jets", "btags"), "lep_n": ("leptons",), "met_et": ("met",)}


def check(mapping):
    """Raise InputError for a key of `ntuples.branches` that the schema does not know, or a null that cannot be."""
    known = [*BRANCHES, *(name for name in COLLECTIONS if name not in BRANCHES), "photon_n"]
    for name, value in mapping.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3) or known
            raise InputError(
                f"ntuples.branches.{name} is not a branch of the schema; did you mean {' or '.join(near)}?"
            )
        if value is None and (name == "photon_n" or (name in BRANCHES and not BRANCHES[name].nullable)):
            raise InputError(f"ntuples.branches.{name} is null, but no study works without photons; name the branch")


def absent(mapping):
    """The groups that the files lack according to `ntuples.branches`.

    A null counter says so, and a null branch without which there is no object (`jet_pt`, but not `jet_E`).

    Examples
    --------
    >>> sorted(absent({"jet_n": None, "lep_pt": None, "jet_E": None, "met_et": "etmiss"}))
    ['btags', 'jets', 'leptons']
    """
    null = {name for name, value in mapping.items() if value is None}
    groups = {group for name in null & set(COLLECTIONS) for group in COLLECTIONS[name]}
    needed = [b for b in _ALL if b.required and b.group in ("jets", "btags", "leptons")]
    groups |= {branch.group for branch in needed if branch.name in null}
    return groups | ({"btags"} if "jets" in groups else set())


def of_generated(settings):
    """The settings `ntuples` of a study as they hold for samples that the program generates itself.

    Their tree, unit and names are those of this schema. What the study's other files lack (null) is left out of them
    as well, so that all samples are treated alike; but the identity of their events, their weights and their
    normalisation are always read.

    Examples
    --------
    >>> names = {"jet_pt": "Jet_pt", "photon_ptcone30": None, "mcWeight": None, "eventNumber": None}
    >>> of_generated({"tree": "Events", "energy_unit": "GeV", "step_size": "50 MB", "branches": names})
    {'tree': 'mini', 'energy_unit': 'MeV', 'step_size': '50 MB', 'branches': {'photon_ptcone30': None}}
    """
    kept = ("runNumber", "eventNumber", *(branch.name for branch in _ALL if branch.simulated))
    nulls = sorted(name for name, actual in settings["branches"].items() if actual is None and name not in kept)
    # In a fixed order, since Snakemake runs a job again when the keys of its params change places.
    return {"tree": "mini", "energy_unit": "MeV", "step_size": settings["step_size"], "branches": dict.fromkeys(nulls)}


def wanted(mapping, groups, simulated):
    """The branches to read for a study that uses `groups`: dict of schema name to (name in the file, required)."""
    groups = ({"event", "photons"} | set(groups)) - absent(mapping)
    return {
        branch.name: (mapping.get(branch.name, branch.name), branch.required)
        for branch in _ALL
        if branch.group in groups
        and (simulated or not branch.simulated)
        and mapping.get(branch.name, branch.name) is not None
    }


def markdown():
    """The table of docs/ntuples.md."""
    lines = ["| branch | read | unit | meaning | without it |", "|---|---|---|---|---|"]
    for b in _ALL:
        read = "always" if b.group in ("event", "photons") else f"when {b.group} are used"
        read = read.replace("met are", "the missing momentum is") + (", simulation only" if b.simulated else "")
        without = b.without if not b.required else f"error; with null: {b.without}" if b.nullable else "error"
        lines.append(f"| `{b.name}` | {read} | {'energy' if b.energy else ''} | {b.meaning} | {without} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
