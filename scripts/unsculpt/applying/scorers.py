"""Scores of new events by the methods of one background hypothesis of a finished study."""

import logging

import numpy as np

from unsculpt import contamination, events, models, scores
from unsculpt.decorrelation import single, transforms
from unsculpt.naming import method_kind, strength_tag
from unsculpt.scores import columns_of


class Scorer:
    """Scores the selected events of a file as the study scores its own.

    Each event gets the network of its fold, a hash of run and event, which has not seen it if it trained at all.

    Parameters
    ----------
    new : events.Events
    methods : dict
        The configuration `methods`.
    given : dict
        Paths of the study's files: `events`; by method `models` (a list) and `scores`.
    settings : samples.MapSettings
        Of the maps, see `transforms.transform`.
    background : bool
        Whether the events are of the background on which maps are learned; then each is left out of its own map.
    every_seed : bool
        Whether the trainings with further seeds score them too, as `{tag}@{seed}`.
    """

    def __init__(self, new, methods, given, settings, *, background, every_seed=False):
        self._new, self._methods, self._given, self._settings = new, methods, given, settings
        self._background, self._known, self._table = np.full(len(new), background), {}, None
        self._every_seed = every_seed

    def __call__(self, name):
        """The scores of a method by strength tag, float32 of shape (n,); empty, with a warning, where it has none."""
        if name not in self._known:
            found = getattr(self, f"_{method_kind(self._methods[name])}")(name, self._methods[name])
            tags = [tag for tag in map(strength_tag, self._methods[name]["strengths"]) if tag in found]
            names = [column for tag in tags for column in columns_of(tag, found)] if self._every_seed else tags
            self._known[name] = {column: found[column].astype(np.float32) for column in names}
        return self._known[name]

    def _network(self, name, _):
        contents = [models.load(path) for path in self._given["models"][name]]
        inputs, _ = self._new.inputs(contents[0]["features"])
        return models.out_of_fold(contents, inputs, self._new.fold, self._new.channel)

    def _trees(self, name, _):
        logging.warning("%s is left out: a run keeps the scores of boosted trees, but not the trees", name)
        return {}

    def _transform(self, name, method):
        protected = method.get("protected", ["mass"])
        if not (new := self(method["of"])):
            logging.warning("%s is left out, as %s is", name, method["of"])
            return {}
        learnt = scores.load(self._given["scores"][method["of"]])
        table = contamination.contaminated(self._events(), method.get("contamination", 0))
        options = {"settings": self._settings, "protected": protected}
        options |= {"protect": method.get("protect", "background")}
        return {
            tag: transforms.Maps(method["transform"], learnt[tag], table, **options)(score, self._new, self._background)
            for tag, score in new.items()
        }

    def _feature(self, name, method):
        return {"0": single.learn(self._events(), method["feature"], method.get("sign", 1))(self._new)}

    def _events(self):
        """The events of the study."""
        if self._table is None:
            self._table = events.load(self._given["events"])
        return self._table
