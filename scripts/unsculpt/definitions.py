"""What a study defines by expressions: objects, candidate, mass, quantities, regions, cuts and channels; stdlib only.

All expressions are checked, and what must be read for them is known, before any file is opened.
"""

import graphlib
from collections import ChainMap
from contextlib import contextmanager

from unsculpt import expressions, formats
from unsculpt.errors import InputError

KEYS = (
    "objects",
    "candidate",
    "quantities",
    "regions",
    "cuts",
    "channels",
)  # of a study, and the expression of its mass
EACH = "each "  # before the name of objects: each of them is a row
ANY = "any"  # of a sample: all regions
_GIVEN = ("channel", "region", "sample", "label", "fold", "weight", "mass", "candidate")  # names of the program's own


def each(candidate):
    """The objects each of which is a row, or None where a row is an event.

    Examples
    --------
    >>> each("each large_jet"), each("photon[0] + photon[1]"), each(None)
    ('large_jet', None, None)
    """
    return candidate[len(EACH) :].strip() if candidate and candidate.startswith(EACH) else None


def search_region(config):
    """The region that is searched, where data are blinded: the first."""
    return next(iter(config["regions"]))


class Definitions:
    """The names of a study and their kinds, for events of one format; a mapping that remembers what was asked for.

    Parameters
    ----------
    config : dict
        The configuration: `KEYS` and mass.
    fields : dict
        What events have, as `formats.fields` gives it.
    where : str
        For sentences.
    """

    def __init__(self, config, fields, where=""):
        self._objects, self._fields, self._where = config["objects"], fields, f"{where}: " if where else ""
        self._each = each(config["candidate"])
        self._texts = {  # key and expression by name
            "candidate": ("candidate", self._each or config["candidate"]),
            "mass": ("mass.expression", config["mass"]["expression"]),
            **{name: (f"quantities.{name}.expression", q["expression"]) for name, q in config["quantities"].items()},
            **{name: (f"regions.{name}", text) for name, text in config["regions"].items()},
        }
        self.used = {name: [] for name in self._objects}  # fields that objects define themselves
        self.needs = {}  # by collection the fields to read, those of the event under the empty name
        self._kinds, self._open = {}, []
        self._asks = {}  # by name, and field of objects, what its value needs

    def __contains__(self, name):
        return name in [*self]

    def __iter__(self):
        yield from self._objects
        yield from (name for name, (_, text) in self._texts.items() if text is not None)
        yield from self._fields[""]

    def __getitem__(self, name):
        """The kind of a name."""
        self._ask(name)
        if name not in self._kinds:
            if name in self._open:
                raise self._circle([*self._open[self._open.index(name) :], name])
            with self._finding(name):
                self._kinds[name] = self._kind(name)
        return self._kinds[name]

    def refuse_circles(self):
        """Refuse what needs itself, for objects by way of one of their fields (`jet.share`) too."""
        try:
            graphlib.TopologicalSorter(self._asks).prepare()
        except graphlib.CycleError as error:
            raise self._circle(error.args[1][::-1]) from error

    def _circle(self, names):
        words = " -> ".join(names)
        return InputError(f"{self._where}{words}: what is defined by itself has no value; break the circle")

    @contextmanager
    def _finding(self, name):
        self._asks[name] = {}
        self._open.append(name)
        yield
        self._open.pop()

    def _ask(self, name):
        if self._open:
            self._asks[self._open[-1]][name] = None  # in this order

    @property
    def asked(self):
        """The names that were asked for."""
        return self._kinds.keys()

    def number(self, key, text):
        """Check an expression of one number, or truth, of each row."""
        kind = self._check(key, text, self).kind
        if kind.shape != expressions.ROW:
            raise InputError(
                f"{self._where}{key} '{text}' is {kind.shape} and not one number a row; take one of them, or their "
                "sum, count, any or all"
            )
        return kind

    def _kind(self, name):
        if name in self._objects:
            return self._collection(name, self._objects[name])
        key, text = self._texts.get(name, ("", None))
        if name != "candidate" and text is not None:
            return self.number(key, text)
        if text is None:
            self._need("", name)
            return expressions.row()
        kind = self._check(key, text, self).kind
        if kind.shape != (expressions.OBJECTS if self._each else expressions.OBJECT):
            wanted = "several objects" if self._each else "one object"
            raise InputError(f"{self._where}{key} '{text}' is {kind.shape}, and must be {wanted}; correct it")
        return expressions.one_of(kind)

    def _collection(self, name, about):
        """Objects with the fields of their collection and their own."""
        source, key = about.get("from", name), f"objects.{name}"
        if source not in self._fields:
            known = ", ".join(sorted(filter(None, self._fields)))
            raise InputError(f"{self._where}{key}: there is no collection {source}; there are {known}")
        for field in about["define"].keys() & self._fields[source]:
            raise InputError(f"{self._where}{key}.define.{field}: {source} has this field already; rename it")
        of = self._kinds[name] = expressions.objects(name, [*self._fields[source], *about["define"]])
        for field in {"pt"} & self._fields[source]:  # they are put in its order
            self._need(source, field)
        if about["require"] is not None:
            self._list(name, f"{key}.require", about["require"])
        for field in ("eta", "phi") if about["away_from"] else ():
            self._use(name, field)
        for text in about["away_from"]:
            kind = self._check(f"{key}.away_from", text, self).kind
            if kind.shape not in (expressions.OBJECT, expressions.OBJECTS):
                raise InputError(f"{self._where}{key}.away_from '{text}' is {kind.shape}; name one or more objects")
        return of

    def _list(self, name, key, text):
        """Check an expression of the fields of objects, and of what is known of the row."""
        own = dict.fromkeys(self._kinds[name].fields, expressions.list_of(self._kinds[name]))
        checked = self._check(key, text, ChainMap(own, self))
        if checked.kind.shape not in (expressions.LIST, expressions.ROW):
            raise InputError(f"{self._where}{key} '{text}' is {checked.kind.shape}; name a field of it")
        for field in sorted(checked.names & own.keys()):
            self._use(name, field)

    def _check(self, key, text, names):
        checked = expressions.check(text, names, f"{self._where}{key}")
        for name, field in sorted(checked.fields, key=str):
            self._use(name, field)
        return checked

    def _use(self, name, field):
        """A field of objects is needed, or (None) nothing but their number, which is that of any field."""
        about = self._objects[name]
        source = about.get("from", name)
        if field is None and not self.needs.get(source):
            field = min(self._fields[source])
        if field in about["define"]:
            self._ask(own := f"{name}.{field}")
            if own not in self._asks:
                self._asks[name][own] = None
                with self._finding(own):
                    self._list(name, f"objects.{name}.define.{field}", about["define"][field])
                self.used[name].append(field)  # after those that it needs
        elif field is not None:
            self._need(source, field)

    def _need(self, collection, field):
        self.needs.setdefault(collection, set()).add(field)


def used(config, fields, where=""):
    """Check all expressions of a study and find what it uses.

    Parameters
    ----------
    config : dict
        The configuration.
    fields : dict
        What events have, as `formats.fields` gives it.
    where : str
        For sentences.

    Returns
    -------
    dict, dict
        What `rows.Rows` evaluates: the parts `KEYS` of the configuration and the expression of the mass, without what
        nothing asks for. What must be read (`Definitions.needs`).
    """
    known = Definitions(config, fields, where)
    names = ["mass", *config["regions"], *config["features"], *(["candidate"] if config["candidate"] else [])]
    for name in names:
        if name not in known:
            raise InputError(f"{where}: features: {expressions.unknown(name, known)}")
        if known[name].shape != expressions.ROW and name != "candidate":
            raise InputError(f"{where}: features: {name} is {known[name].shape}; name a quantity")
    cuts = {name: text for name, text in config["cuts"].items() if text is not None}
    for name, text in cuts.items():
        known.number(f"cuts.{name}", text)
    channels = {name: channel["require"] for name, channel in config["channels"].items()}
    for name, text in channels.items():
        known.number(f"channels.{name}.require", text)
    known.refuse_circles()
    objects = {
        name: about | {"define": {field: about["define"][field] for field in known.used[name]}}
        for name, about in config["objects"].items()
        if name in known.asked
    }
    quantities = {n: q["expression"] for n, q in config["quantities"].items() if n in known.asked}
    study = {"objects": objects, "candidate": config["candidate"], "mass": config["mass"]["expression"]}
    return study | {
        "quantities": quantities,
        "regions": config["regions"],
        "cuts": cuts,
        "channels": channels,
    }, known.needs


def check(config, where):
    """Check all expressions of a study, and for each sample that its format has what they read.

    The region of a sample is filled in: the one that is searched.

    Raises
    ------
    InputError
        About the first mistake: the key, the place in the expression, and near names.
    """
    _check_names(config, where)
    regions = config["regions"]
    for name, sample in config["samples"].items():
        sample.setdefault("region", search_region(config))
        if sample["region"] not in (ANY, *regions):
            key, known = f"samples.{name}.region {sample['region']!r}", ", ".join([*regions, ANY])
            raise InputError(f"{where}: {key} is no region; there are {known}")
    for name in dict.fromkeys(formats.of_sample(config, sample) for sample in config["samples"].values()):
        used(config, formats.fields(config["formats"][name]), f"{where}, format {name}")


def _check_names(config, where):
    """Refuse two meanings of one name."""
    taken = dict.fromkeys(_GIVEN, "a name of the program's own")
    for key in ("objects", "quantities", "regions"):
        for name in config[key]:
            if name in taken or name in expressions.FUNCTIONS:
                what = taken.get(name, "a function")
                raise InputError(f"{where}: {key}.{name} is {what} as well; rename it")
            taken[name] = f"one of {key}"
