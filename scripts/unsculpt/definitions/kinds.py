"""The names that a study defines, of what kind each is, and what must be read for it."""

from collections import ChainMap
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from unsculpt import combinations, expressions, substructure
from unsculpt.errors import InputError

# Columns of all events.
COLUMNS = ("run", "event", "file", "entry", "sample", "channel", "region", "label", "fold", "mass", "weight")


def each(candidate):
    """The objects each of which is a row, or None where a row is an event.

    Examples
    --------
    >>> each("each large_jet"), each("jet[0] + jet[1]"), each(None)
    ('large_jet', None, None)
    """
    return candidate.removeprefix("each ").strip() if (candidate or "").startswith("each ") else None


class Definitions:
    """The names of a study and their kinds, for events of one format; a mapping that remembers what was asked for.

    Parameters
    ----------
    config : dict
        The configuration: objects, candidate, mass, quantities, regions, combinations and substructure.
    fields : dict
        What events have, as `formats.fields` gives it.
    where, others : str, iterable of str
        For sentences: the study, and names that it could use besides.

    After that `reads` has by each name those that its definition reads ("jet.tagged" is one, too, which `jet` reads),
    `defined` by objects the fields they define that are used, each after those that it reads, and `needs` by collection
    the fields to read, those of the event under the empty name, and `measured` by jet of substructure its fields.
    """

    def __init__(self, config, fields, where="", others=()):
        self._objects, self._fields, self._each = config["objects"], fields, each(config["candidate"])
        self._where, self._others = f"{where}: " if where else "", others
        self._combinations, self._inside = config["combinations"], {}
        self._substructure, self.measured = config["substructure"], {}
        texts = {  # key and expression by name
            "candidate": ("candidate", self._each or config["candidate"]),
            "mass": ("mass.expression", config["mass"]["expression"]),
            **{name: (f"quantities.{name}.expression", q["expression"]) for name, q in config["quantities"].items()},
            **{name: (f"regions.{name}", text) for name, text in config["regions"].items()},
        }
        self._texts = {name: found for name, found in texts.items() if found[1] is not None}
        self._kinds, self.reads = {}, {}
        self.defined, self.needs = {name: [] for name in self._objects}, {}

    def __contains__(self, name):
        return any(name in known for known in (*self._made, self._texts, self._fields[""]))

    def __iter__(self):
        return iter([*(name for known in self._made for name in known), *self._texts, *self._fields[""], *self._others])

    @property
    def _made(self):
        return self._objects, self._combinations, self._substructure

    def __getitem__(self, name):
        """The kind of a name, whose definition is checked when it is first asked for."""
        if name not in self._kinds:
            self.reads[name] = set()
            if name in self._objects:
                self._check_objects(name)
            elif name in self._combinations:
                self._check_combinations(name)
            elif name in self._substructure:
                self._check_substructure(name)
            elif name == "candidate":
                self._check_candidate()
            else:
                self._kinds[name] = expressions.row()
                self.number(*self._texts[name], name) if name in self._texts else self._need("", name)
        return self._kinds[name]

    def number(self, key, text, reader=None, inside=None):
        """Check an expression of one number, or truth, of each row; `inside` are the kinds of names of its own."""
        kind = self._check(key, text, reader, inside=inside)
        if kind.shape != expressions.ROW:
            raise self.fault(f"{key} '{text}' is {kind.shape}, not one number a row; take one, sum, count, any or all")

    def feature(self, name):
        """Check the name of a feature."""
        if name in COLUMNS:
            raise self.fault(f"features: {name} is a column of all events, and no feature; take it out")
        if not name.isidentifier():
            raise self.fault(f"features: {name!r} is no name; give the expression one in quantities")
        if name not in self:
            raise self.fault(f"features: {expressions.unknown(name, self)}")
        if (kind := self[name]).shape != expressions.ROW:
            raise self.fault(f"features: {name} is {kind.shape}; name a quantity, which is one number a row")

    def lists(self, key, texts):
        """Check expressions of lists of the same objects."""
        kinds = [self._check(f"{key}.values", text) for text in texts]
        for text, kind in zip(texts, kinds, strict=True):
            if kind.shape != expressions.LIST:
                raise self.fault(f"{key}.values '{text}' is {kind.shape}, and must be a list of numbers; correct it")
            if kind.of != kinds[0].of:
                raise self.fault(f"{key}.values are of different objects, {kinds[0].of} and {kind.of}; correct them")

    def truth(self, name):
        """Check the truth of combinations, which is read by what learns from it alone."""
        self[name]
        self._number_inside(name, "truth", self._combinations[name]["truth"])

    def refuse_combinations(self):
        """Refuse combinations in what has been asked for so far."""
        for name in self._combinations:
            if name in self.reads:
                words = f"combinations.{name} is known of selected rows alone, for features and arrays"
                raise self.fault(f"{words}; take it out of mass, candidate, regions, cuts and channels")

    def check_circles(self):
        """Refuse what is defined by itself."""
        try:
            TopologicalSorter({name: sorted(read) for name, read in self.reads.items()}).prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise self.fault(f"{circle}: what is defined by itself has no value; break the circle") from error

    def _check_candidate(self):
        self._kinds["candidate"] = expressions.Kind(expressions.OBJECT, fields=frozenset(expressions.KINEMATIC))
        key, text = self._texts["candidate"]
        kind = self._check(key, text, "candidate")
        if kind.shape != (expressions.OBJECTS if self._each else expressions.OBJECT):
            wanted = "several objects" if self._each else "one object, or 'each' and the name of several"
            raise self.fault(f"{key} '{text}' is {kind.shape}, and must be {wanted}; correct it")
        self._kinds["candidate"] = expressions.one_of(kind)

    def _check_objects(self, name):
        """Objects with the fields of their collection and their own."""
        about, key = self._objects[name], f"objects.{name}"
        source = about.get("from", name)
        if not source or source not in self._fields:
            known = ", ".join(sorted(filter(None, self._fields))) or "none"
            raise self.fault(f"{key}: there is no collection {source}; there are {known}; name one in {key}.from")
        for field in sorted(about["define"].keys() & self._fields[source]):
            raise self.fault(f"{key}.define.{field}: {source} has this field already; rename it")
        kind = self._kinds[name] = expressions.objects(name, [*self._fields[source], *about["define"]])
        self.needs.setdefault(source, set())
        if "pt" in kind.fields:  # they are put in its order
            self._use(name, "pt")
        if about["require"] is not None:
            self._each_of(kind, f"{key}.require", about["require"], name)
        for text in about["away_from"]:
            other = self._check(f"{key}.away_from", text, name)
            if other.shape not in (expressions.OBJECT, expressions.OBJECTS):
                raise self.fault(f"{key}.away_from '{text}' is {other.shape}; name one or more objects")
            for of in (kind, other):
                self._use_angles(of, f"{key}.away_from '{text}'")

    def _check_combinations(self, name):
        """Combinations with the fields that they give: inputs, further ones, and those of the sum of their objects."""
        about, key = self._combinations[name], f"combinations.{name}"
        fields = [*about["inputs"], *about["define"], *combinations.KINEMATIC, "score"]
        self._kinds[name] = expressions.objects(name, fields)
        inside = self._inside[name] = {}
        for member, of in about["members"].items():
            where, source = f"{key}.members.{member}", of["from"]
            if member in self:
                raise self.fault(f"{where} is a name of the study as well; rename it")
            if source not in self._objects:
                words = expressions.near(source, self._objects)
                raise self.fault(f"{where}.from: there are no objects {source} in the study; {words}")
            inside[member] = replace(self[source], of=member)
            self.reads[name].add(source)
            for part in expressions.FOUR_VECTOR:
                part = "mass" if part == "e" and "mass" in inside[member].fields else part
                if part not in inside[member].fields:
                    raise self.fault(f"{where}.from: {source} has no {part} for a four-vector; add it to the format")
                self._use(source, part)
        for kind in ("inputs", "define"):
            for field, text in about[kind].items():
                self._number_inside(name, f"{kind}.{field}", text)
                inside[field] = expressions.row()
        if about["sum"] is not None:
            found = self._check(f"{key}.sum", about["sum"], name, inside=inside)
            if found.shape != expressions.OBJECT:
                raise self.fault(f"{key}.sum '{about['sum']}' is {found.shape}, and must be a four-vector; correct it")
            self._places_inside(name, f"{key}.sum", about["sum"])

    def _check_substructure(self, name):
        """A jet with all fields that are known of it, by objects of which a four-vector can be made."""
        key, text = f"substructure.{name}.of", self._substructure[name]["of"]
        kind = self._check(key, text, name)
        if kind.shape != expressions.OBJECTS:
            raise self.fault(
                f"{key} '{text}' is {kind.shape}, and must be the constituents, several objects; correct it"
            )
        for part in (*substructure.READS, "mass" if "mass" in kind.fields else "e"):
            if part not in kind.fields:
                raise self.fault(f"{key} '{text}': {kind.of} has no {part} for a four-vector; add it to the format")
            if kind.collection:
                self._use(kind.collection, part)
        self.measured[name] = []
        fields = frozenset(substructure.FIELDS)
        self._kinds[name] = expressions.Kind(expressions.OBJECT, name, fields, collection=name)

    def jet(self, key, name):
        """Check that a name is a jet of substructure."""
        if name not in self._substructure:
            raise self.fault(f"{key} {name!r} is no jet of substructure; {expressions.near(name, self._substructure)}")
        self[name]

    def _number_inside(self, name, key, text):
        """Check an expression of one number for each combination."""
        key = f"combinations.{name}.{key}"
        self.number(key, text, name, self._inside[name])
        self._places_inside(name, key, text)

    def _places_inside(self, name, key, text):
        """Refuse objects that a member does not have."""
        members = self._combinations[name]["members"]
        for member, place in expressions.places(text):
            if member in members and place >= members[member]["count"]:
                count = members[member]["count"]
                words = f"{member} has {count} object{'s' * (count > 1)}, the last is {member}[{count - 1}]"
                raise self.fault(f"{key} '{text}': {words}; correct it")

    def _use_angles(self, kind, key):
        for field in ("eta", "phi"):
            if field not in kind.fields:
                raise self.fault(f"{key}: {kind.of} has no {field}, which makes a distance; add it to the format")
            if kind.collection:
                self._use(kind.collection, field)

    def _each_of(self, kind, key, text, reader):
        """Check an expression of the fields of objects, and of what is known of the row."""
        found = self._check(key, text, reader, kind)
        if (found.shape, found.of) not in ((expressions.LIST, kind.of), (expressions.ROW, "")):
            of = f" of {found.of}" if found.of else ""
            raise self.fault(f"{key} '{text}' is {found.shape}{of}, and must be one number for each {kind.of}")

    def _check(self, key, text, reader=None, own=None, inside=None):
        """The kind of an expression; `own` is that of the objects whose fields it names like numbers of the row.

        `inside` are the kinds of other names that it alone knows.
        """
        fields = dict.fromkeys(own.fields, expressions.list_of(own)) if own else inside or {}
        for name in sorted(expressions.names(text, f"{self._where}{key}") - fields.keys()):
            if name in self:
                self[name]  # so that a mistake in its definition is said alone
            elif name in self._fields:
                words = f"{name} is a collection of the format and no object; add objects.{name}"
                raise self.fault(f"{key} '{text}': {words}")
        checked = expressions.check(text, ChainMap(fields, self), f"{self._where}{key}")
        for name, field in sorted(checked.fields, key=str):
            self._use(name, field)
        of_own = checked.names & fields.keys() if own else set()
        for field in sorted(of_own):
            self._use(own.collection, field)
        if reader:
            self.reads[reader] |= {f"{own.collection}.{n}" for n in of_own} | (checked.names - fields.keys())
        return checked.kind

    def _use(self, name, field):
        """A field of objects is needed; None for nothing but their number."""
        if name in self._combinations:
            return
        if name in self._substructure:
            self.measured[name] += [field] if field not in self.measured[name] else []
            return
        about, key = self._objects[name], f"{name}.{field}"
        if field not in about["define"]:
            self._need(about.get("from", name), *(field,) * (field is not None))
        elif key not in self.reads:
            self.reads[key] = set()
            self.reads[name].add(key)
            self._each_of(self._kinds[name], f"objects.{name}.define.{field}", about["define"][field], key)
            self.defined[name].append(field)

    def _need(self, collection, *fields):
        self.needs.setdefault(collection, set()).update(fields)

    def fault(self, words):
        """A mistake in the study, in these words."""
        return InputError(f"{self._where}{words}")
