"""The registry of processes that can be simulated: what each needs, what its ntuples hold, and what it stands for.

A new process is one entry here. Nothing else compares processes by their names. Only the standard library is imported
at the top: a study is checked before anything else is there.
"""

from dataclasses import dataclass, replace

POWER_SHOWER = ("SpaceShower:pTmaxMatch = 2", "TimeShower:pTmaxMatch = 2")
TOP_PAIR = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
TO_MUONS = (
    "WeakSingleBoson:ffbar2gmZ = on",
    "23:onMode = off",
    "23:onIfAny = 13",
    "PhaseSpace:mHatMin = 50.",
    "PhaseSpace:mHatMax = 200.",  # above the preselection: radiated photons lower the mass of the muons
)
HIGGS_TO_PHOTONS = ("25:m0 = 125.0", "25:onMode = off", "25:onIfMatch = 22 22")


@dataclass(frozen=True)
class Component:
    """One Pythia run of a process.

    share : fraction of the generated events of the process.
    settings : lines of Pythia settings.
    """

    share: float
    settings: tuple


@dataclass(frozen=True)
class Preselection:
    """The events that ntuples hold: those with a pair of objects, or with one.

    candidates : name of the function in `candidates` that finds the objects.
    objects : what they are, in words, with their number.
    mass_range_gev : mass of the pair, or of the one.
    leading_pt_over_mass, subleading_pt_over_mass : least transverse momenta of the two, over the mass of the pair.
    leading_pt_gev, subleading_pt_gev : the same in GeV. All of them are 0 where nothing is asked.
    most_pt_gev : largest transverse momentum of the one in GeV.
    matched_to : PDG number of the particle that the object must be of; None where none is asked for.
    whole : PDG number of the particle, 6 or 24, all of whose quarks must be in a jet; None where none is asked for.
    """

    candidates: str
    objects: str
    mass_range_gev: tuple
    leading_pt_over_mass: float = 0.0
    subleading_pt_over_mass: float = 0.0
    leading_pt_gev: float = 0.0
    subleading_pt_gev: float = 0.0
    most_pt_gev: float = float("inf")
    matched_to: int | None = None
    whole: int | None = None

    def __str__(self):
        """The preselection in words, to follow "events with".

        Examples
        --------
        >>> print(PHOTON_PAIR)
        two photon candidates, mass 100 to 165 GeV, pT above 0.35 and 0.25 of the mass
        """
        low, high = self.mass_range_gev
        words = [self.objects, *([f"mass {low:g} to {high:g} GeV"] if high < float("inf") else [])]
        if self.leading_pt_over_mass:
            words.append(f"pT above {self.leading_pt_over_mass:g} and {self.subleading_pt_over_mass:g} of the mass")
        if self.leading_pt_gev:
            least = f" and {self.subleading_pt_gev:g}" if self.subleading_pt_gev else ""
            most = f" and below {self.most_pt_gev:g}" if self.most_pt_gev < float("inf") else ""
            words.append(f"pT above {self.leading_pt_gev:g}{least}{most} GeV")
        return ", ".join(words)


@dataclass(frozen=True)
class Process:
    """A process of the study.

    channel_number : channelNumber in the ntuple; the two of the ATLAS Open Data where the process is the same.
    generator : one line on how the events are made, stored in each ntuple.
    components : Pythia runs, whose shares add up to one.
    preselection : the events that its ntuples hold.
    matrix_element : whether the hard events come from Sherpa, and Pythia only showers them.
    fallback : name of the process that is simulated instead where there is no Sherpa.
    cross_section_pb : written to the ntuple where the generator's has no meaning, else None.
    pseudodata : name of the function in `photons` that makes its candidates look like those of the search region, for
        pseudo-data; None where they do already.
    format : the format of its ntuples, whose branches `config/formats/<format>.yaml` describes.
    pile_up : whether minimum-bias events may be laid over it; where there is a detector response, that knows of none.
    toy : name of the function in `toys` that draws its events, which have columns and no particles; None for physics.
    """

    channel_number: int
    generator: str
    components: tuple
    preselection: Preselection
    matrix_element: bool = False
    fallback: str | None = None
    cross_section_pb: float | None = None
    pseudodata: str | None = None
    format: str = "atlas_open"
    pile_up: bool = False
    toy: str | None = None

    def for_pseudodata(self, sample):
        """A `samples.Sample` of the process as pseudo-data take it: like events of the search region."""
        if self.pseudodata is None:
            return sample
        from unsculpt.simulation import photons  # numpy only when there are events

        return getattr(photons, self.pseudodata)(sample)


PHOTON_PAIR = Preselection(
    "photon_clusters", "two photon candidates", (100.0, 165.0), leading_pt_over_mass=0.35, subleading_pt_over_mass=0.25
)
PROMOTED_PAIR = replace(PHOTON_PAIR, candidates="promoted_jets")
LARGE_JET = Preselection("large_jets", "a trimmed jet of large radius", (50.0, 300.0), leading_pt_gev=200.0)
ANY_NUMBERS = Preselection("", "any numbers", (-float("inf"), float("inf")))
W_JET = replace(LARGE_JET, objects="a trimmed jet of large radius around the W boson", matched_to=24)
FAT_JET = Preselection("fat_jets", "a jet of radius 0.8", (0.0, float("inf")), leading_pt_gev=550.0, most_pt_gev=650.0)
TOP_JET = replace(FAT_JET, objects="a jet of radius 0.8 around all quarks of a top", whole=6)
W_FAT_JET = replace(FAT_JET, objects="a jet of radius 0.8 around both quarks of a W boson", whole=24)
MUON_PAIR = Preselection("muons", "two muons", (55.0, 125.0), leading_pt_gev=20.0, subleading_pt_gev=15.0)

# masses of the W' in GeV and their shares of the events, with which pT of the W is about flat from 200 to 2000 GeV
W_PRIMES = {500: 0.10, 700: 0.08, 1000: 0.10, 1400: 0.12, 1900: 0.13, 2500: 0.14, 3200: 0.15, 4000: 0.18}


def w_prime(mass):
    """Lines of Pythia settings of a W' of a mass in GeV, a fifth of it wide: to a W of quarks and an invisible Z."""
    return (
        "NewGaugeBoson:ffbar2Wprime = on",
        f"34:m0 = {mass:.1f}",
        f"34:mWidth = {0.2 * mass:.1f}",
        "34:doForceWidth = on",
        f"34:mMin = {0.5 * mass:.1f}",
        "Wprime:coup2WZ = 1.",
        "34:onMode = off",
        "34:onIfAll = 24 23",
        "24:onMode = off",
        "24:onIfAny = 1 2 3 4 5",
        "23:onMode = off",
        "23:onIfAny = 12 14 16",
    )


# of partons: those of jets with 550 < pT < 650 GeV, and of few others
HARD = ("PhaseSpace:pTHatMin = 530.", "PhaseSpace:pTHatMax = 680.")
DARK_MESONS = (4900111, 4900113, 4900211, 4900213)


def dark_showers(mass, meson_mass, confinement):
    """Lines of Pythia settings of a Z' of dark quarks that shower and become dark mesons (arXiv:1102.3795).

    Masses and the scale of confinement in GeV. Mesons of two flavours are stable and invisible, the others decay to
    quarks or, where they are heavy enough, to these. No settings of a paper: those of arXiv:1808.08979 are not public.
    """
    return (
        "HiddenValley:ffbar2Zv = on",
        f"4900023:m0 = {mass:g}",
        f"4900023:mMin = {2 * mass / 3:g}",
        "4900023:mWidth = 20.",
        "4900023:doForceWidth = on",
        "4900023:onMode = off",
        "4900023:onIfAny = 4900101",
        "HiddenValley:Ngauge = 3",
        "HiddenValley:nFlav = 2",
        "HiddenValley:FSR = on",
        "HiddenValley:fragment = on",
        "HiddenValley:alphaOrder = 1",
        f"HiddenValley:Lambda = {confinement:g}",
        f"HiddenValley:pTminFSR = {1.1 * confinement:g}",  # it must be above Lambda
        "HiddenValley:probVector = 0.75",
        f"4900101:m0 = {meson_mass / 2:g}",
        *(f"{meson}:m0 = {meson_mass:g}" for meson in DARK_MESONS),
        "4900111:onMode = off",
        "4900111:addChannel = 1 0.7 91 3 -3",
        "4900111:addChannel = 1 0.3 0 4900211 -4900211",
        "4900113:onMode = off",
        "4900113:addChannel = 1 0.7 91 1 -1",
        "4900113:addChannel = 1 0.3 0 4900213 -4900213",
        "4900211:mayDecay = off",
        "4900213:mayDecay = off",
    )


def semivisible(mass, meson_mass, invisible):
    """Lines of Pythia settings of a Z' of dark quarks whose mesons are invisible with some probability.

    After the semi-visible jets of CMS (arXiv:1707.05326; the settings of cms-svj/SVJProduction): two colours and two
    flavours, confinement at 3.2 m^0.8 of the mass m of the mesons, which decay to nothing visible with the probability
    `invisible`; of the rest pseudoscalars go to the heaviest quarks and vectors to all. Masses in GeV. Here nothing
    visible is a pair of neutrinos instead of dark matter, which no detector tells apart.
    """
    confinement = 3.2 * meson_mass**0.8
    shares = {
        "scalar": {5: 0.94, 4: 0.05, 3: 0.01},
        "vector": dict.fromkeys(range(1, 6), 0.2),
    }  # running m^2; democratic
    decays = []
    for meson, kind in zip(DARK_MESONS, ("scalar", "vector", "scalar", "vector"), strict=True):
        decays.append(f"{meson}:onMode = off")
        decays += [
            f"{meson}:addChannel = 1 {(1 - invisible) * share:g} 91 {quark} -{quark}"
            for quark, share in shares[kind].items()
        ]
        decays += [f"{meson}:addChannel = 1 {invisible:g} 0 12 -12"] * (invisible > 0)
    return (
        *("HiddenValley:ffbar2Zv = on", f"4900023:m0 = {mass:g}", f"4900023:mMin = {2 * mass / 3:g}"),
        *("4900023:mWidth = 20.", "4900023:doForceWidth = on", "4900023:onMode = off", "4900023:onIfAny = 4900101"),
        *("HiddenValley:Ngauge = 2", "HiddenValley:nFlav = 2", "HiddenValley:FSR = on", "HiddenValley:fragment = on"),
        *("HiddenValley:alphaOrder = 1", f"HiddenValley:Lambda = {confinement:g}"),
        *(f"HiddenValley:pTminFSR = {1.1 * confinement:g}", "HiddenValley:probVector = 0.75"),
        f"4900101:m0 = {meson_mass / 2:g}",
        *(f"{meson}:m0 = {meson_mass:g}" for meson in DARK_MESONS),
        *decays,
    )


def _dark(number, said, lines):
    """A process of jets of dark showers, of which only the part that is seen counts."""
    component = (Component(1.0, lines),)
    return Process(number, f"Pythia 8: {said}", component, FAT_JET, cross_section_pb=1.0, format="constituents")


def multijets(power):
    """Lines of Pythia settings of multijets: more of large pT, by (pTHat / 200 GeV)^power, and the weights undo it."""
    return (
        "HardQCD:all = on",
        "PhaseSpace:pTHatMin = 180.",
        "PhaseSpace:bias2Selection = on",
        f"PhaseSpace:bias2SelectionPow = {power:g}",
        "PhaseSpace:bias2SelectionRef = 200.",
    )


PROCESSES = {
    "tth": Process(
        341081,
        "Pythia 8: ttH, leading order, H -> yy",
        (Component(1.0, ("HiggsSM:gg2Httbar = on", "HiggsSM:qqbar2Httbar = on", *HIGGS_TO_PHOTONS)),),
        PHOTON_PAIR,
    ),
    "ttyy": Process(
        900001,
        "Sherpa: ttyy matrix element, leading order; Pythia 8: shower",
        (Component(1.0, ()),),
        PHOTON_PAIR,
        matrix_element=True,
        fallback="ttyy_dps",
    ),
    "ttyy_dps": Process(
        900002,
        "Pythia 8: ttbar and a pair of photons as double parton scattering",
        (
            Component(
                1.0,
                (
                    *TOP_PAIR,
                    "SecondHard:generate = on",
                    "SecondHard:TwoPhotons = on",
                    "PhaseSpace:sameForSecond = off",
                    "PhaseSpace:mHatMinSecond = 95.",
                    "PhaseSpace:mHatMaxSecond = 175.",
                    "PhaseSpace:pTHatMinSecond = 20.",
                ),
            ),
        ),
        PHOTON_PAIR,
        cross_section_pb=2.9e-3,  # gives the hadronic yield of the matrix element: 1.202e-3 pb x 0.158 / 0.065
    ),
    "ntni": Process(
        900003,
        "Pythia 8: ttbar (90 %) and photon + jet (10 %), jets promoted to photon candidates",
        (
            Component(0.9, TOP_PAIR),
            Component(
                0.1,
                (
                    "PromptPhoton:qg2qgamma = on",
                    "PromptPhoton:qqbar2ggamma = on",
                    "PromptPhoton:gg2ggamma = on",
                    "PhaseSpace:pTHatMin = 40.",
                    "PhaseSpace:mHatMin = 80.",
                    *POWER_SHOWER,
                ),
            ),
        ),
        PROMOTED_PAIR,
        pseudodata="with_good_photons",
    ),
    "ggh": Process(
        900004,
        "Pythia 8: gg -> H, leading order, H -> yy",
        (Component(1.0, ("HiggsSM:gg2H = on", *HIGGS_TO_PHOTONS)),),
        PHOTON_PAIR,
    ),
    "yy": Process(
        364352,
        "Pythia 8: prompt pairs of photons, leading order, power shower",
        (
            Component(
                1.0,
                (
                    "PromptPhoton:ffbar2gammagamma = on",
                    "PromptPhoton:gg2gammagamma = on",
                    "PhaseSpace:mHatMin = 95.",
                    "PhaseSpace:mHatMax = 175.",
                    "PhaseSpace:pTHatMin = 20.",
                    *POWER_SHOWER,
                ),
            ),
        ),
        PHOTON_PAIR,
    ),
    "zmm": Process(
        900005,
        "Pythia 8: Z -> mumu, leading order, without exchange of photons",
        (Component(1.0, (*TO_MUONS, "WeakZ0:gmZmode = 2")),),
        MUON_PAIR,
    ),
    "mumu": Process(
        900006,
        "Pythia 8: mumu by exchange of a photon, leading order, without the Z",
        (Component(1.0, (*TO_MUONS, "WeakZ0:gmZmode = 1")),),
        MUON_PAIR,
    ),
    "wprime": Process(
        900007,
        "Pythia 8: W' -> W Z, leading order, eight masses from 0.5 to 4 TeV, W -> qq and Z -> nunu",
        tuple(Component(share, w_prime(mass)) for mass, share in W_PRIMES.items()),
        W_JET,
        cross_section_pb=1.0,  # of no theory: the shares of the masses are chosen
        format="large_jets",
        pile_up=True,
    ),
    "multijets": Process(
        900008,
        "Pythia 8: QCD 2 -> 2, leading order, pTHat > 180 GeV, generated with a weight of pTHat^4",
        (Component(1.0, multijets(4)),),
        LARGE_JET,
        format="large_jets",
        pile_up=True,
    ),
    "multijets_hard": Process(
        900009,
        "Pythia 8: QCD 2 -> 2, leading order, pTHat > 180 GeV, generated with a weight of pTHat^5",
        (Component(1.0, multijets(5)),),
        LARGE_JET,
        format="large_jets",
        pile_up=True,
    ),
    "top_jets": Process(
        900012,
        "Pythia 8: ttbar, leading order, 530 < pTHat < 680 GeV, W -> qq",
        (Component(1.0, (*TOP_PAIR, *HARD, "24:onMode = off", "24:onIfAny = 1 2 3 4 5")),),
        TOP_JET,
        format="constituents",
    ),
    "qcd_jets": Process(
        900013,
        "Pythia 8: QCD 2 -> 2, leading order, 530 < pTHat < 680 GeV",
        (Component(1.0, ("HardQCD:all = on", *HARD)),),
        FAT_JET,
        format="constituents",
    ),
    "w_jets": Process(
        900014,
        "Pythia 8: W' -> W Z, leading order, 1.3 TeV, W -> qq and Z -> nunu",
        (Component(1.0, w_prime(1300)),),
        W_FAT_JET,
        cross_section_pb=1.0,  # of no theory
        format="constituents",
    ),
    "dark_jets": Process(
        900015,
        "Pythia 8: Z' of 1.5 TeV to dark quarks, mesons of 20 GeV, Lambda 10 GeV",
        (Component(1.0, dark_showers(1500, 20, 10)),),
        FAT_JET,
        cross_section_pb=1.0,  # of no theory
        format="constituents",
    ),
    **{
        f"dark_jets_{scale}": _dark(
            900016 + place,
            f"Z' of 1.5 TeV to dark quarks, mesons of 20 GeV, Lambda {scale} GeV",
            dark_showers(1500, 20, scale),
        )
        for place, scale in enumerate((1, 3, 30))
    },
    **{
        f"semivisible_jets_{percent}": _dark(
            900019 + place,
            f"Z' of 1.5 TeV to dark quarks, mesons of 20 GeV, of which {percent} % are invisible",
            semivisible(1500, 20, percent / 100),
        )
        for place, percent in enumerate((0, 30, 60))
    },
    "pivot_signal": Process(
        900010,
        "Gaussian whose mean a nuisance parameter z shifts along x2 (arXiv:1611.01046)",
        (),
        ANY_NUMBERS,
        cross_section_pb=1.0,
        format="pivot",
        toy="signal",
    ),
    "pivot_background": Process(
        900011,
        "Gaussian that does not depend on the nuisance parameter z beside it (arXiv:1611.01046)",
        (),
        ANY_NUMBERS,
        cross_section_pb=1.0,
        format="pivot",
        toy="background",
    ),
}
