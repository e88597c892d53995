"""Names of what is known of one jet in each row by its constituents; stdlib only (`measured` has the values)."""

KINEMATIC = ("pt", "eta", "phi", "mass", "e", "px", "py", "pz", "p", "rapidity")  # of the sum of the constituents
BODIES = range(1, 9)  # N of the N-subjettiness
EXPONENTS = {"": 1.0, "_half": 0.5, "_square": 2.0}  # of the distance, by the end of the name
TAU = {f"tau{n}{end}": (n, exponent) for end, exponent in EXPONENTS.items() for n in BODIES}
GROOMED = {"mass_sd": None, "pt_sd": None} | {f"tau{n}_sd": n for n in (1, 2, 3)}
RECONSTRUCTED = ("hep_mass", "hep_ratio", "hep_radius")
FIELDS = (*KINEMATIC, "constituents", *TAU, *GROOMED, *RECONSTRUCTED)
READS = ("pt", "eta", "phi")  # of a constituent, and its mass or energy
