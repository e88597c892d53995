"""Three ways to train the same pair of networks, for benchmarks/training.py: ours, a DataLoader loop, and Keras.

All minimise the same: cross-entropy, and the truncated Gaussian mixture of the adversary behind reversed gradients.
Each contender is called with a number of processor seconds, trains for about that long, and returns model-events a
second.
"""

import math
import time
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from unsculpt import examples, objectives, training

STRENGTH = 1.0


@dataclass(frozen=True)
class Network:
    """A published size (units of the hidden layers) and the adversary that goes with it."""

    name: str
    inputs: int
    hidden: tuple
    adversary: tuple
    components: int
    options: dict = field(default_factory=dict)  # batch_normalisation, dropout

    def flops(self, adversary_share):
        """Floating-point operations of the matrix products of one training event: forward, and both gradients.

        `adversary_share` is the share of the events that pass through the adversary.
        """
        sizes = (self.inputs, *self.hidden, 1)
        behind = (1, *self.adversary, 3 * self.components)
        classifier, adversary = (sum(a * b for a, b in pairwise(s)) for s in (sizes, behind))
        unneeded = self.inputs * self.hidden[0]  # the gradient of the features
        return 6 * classifier - 2 * unneeded + 6 * adversary * adversary_share


SMALL = Network("3x16", 10, (16,) * 3, (4, 8, 16), 5)
MEDIUM = Network("3x64", 10, (64,) * 3, (64,), 20)


def data(network, n):
    """n events, half of them signal: features, mass in [0, 1] and label; float32 and int64."""
    rng = np.random.default_rng(1)
    label = np.arange(n) % 2
    features = rng.normal(size=(n, network.inputs)) + 0.3 * label[:, None]
    return features.astype(np.float32), rng.random(n, dtype=np.float32), label


def keep_going(step, seconds, events):
    """Call `step` for some processor seconds, at least once; events a second."""
    start, steps = time.process_time(), 0
    while (taken := time.process_time() - start) < seconds or not steps:
        step()
        steps += 1
    return steps * events / taken


class Ours:
    """A stack of K models in unsculpt's own loop: batches drawn and gathered, losses, one step of both optimisers."""

    def __init__(self, network, batch, models, events, matmul="auto", device="cpu"):
        features, mass, label = map(torch.from_numpy, data(network, events))
        table = examples.Examples(features, label, torch.arange(events) // 2 % 5, mass, torch.ones(events))
        adversary = objectives.AdversarySettings(
            head="mixture", components=network.components, hidden_layers=network.adversary
        )
        settings = training.Settings(
            "adversarial",
            hidden_layers=network.hidden,
            batch_size=batch,
            adversary=adversary,
            matmul=matmul,
            **network.options,
        )
        members = [training.Member(STRENGTH, fold=0, seed=k) for k in range(models)]
        self.training, self.events = training.Training(settings, table, members, device), batch * models
        self.epoch, self.batches = 0, iter(())

    def step(self):
        rows = next(self.batches, None)
        if rows is None:
            self.epoch += 1
            self.batches = iter(self.training.batches(self.epoch))
            rows = next(self.batches)
        self.training.step(rows)

    def __call__(self, seconds):
        return keep_going(self.step, seconds, self.events)


class Loader:
    """What most people write: nn.Sequential, a shuffling DataLoader, and the adversary on all events with weights."""

    def __init__(self, network, batch, events):
        self.batch, self.source = batch, iter(())
        tensors = map(torch.from_numpy, data(network, events))
        self.loader = DataLoader(TensorDataset(*tensors), batch_size=batch, shuffle=True, drop_last=True)
        layers = []
        for inputs, units in pairwise((network.inputs, *network.hidden)):
            layers += [nn.Linear(inputs, units), nn.ReLU()]
            layers += [nn.BatchNorm1d(units)] if network.options.get("batch_normalisation") else []
            layers += [nn.Dropout(network.options["dropout"])] if network.options.get("dropout") else []
        self.classifier = nn.Sequential(*layers, nn.Linear(network.hidden[-1], 1))
        layers = []
        for inputs, units in pairwise((1, *network.adversary)):
            layers += [nn.Linear(inputs, units), nn.LeakyReLU(0.1)]
        self.adversary = nn.Sequential(*layers, nn.Linear(network.adversary[-1], 3 * network.components))
        self.optimisers = [
            torch.optim.Adam(self.classifier.parameters(), lr=1e-3),
            torch.optim.Adam(self.adversary.parameters(), lr=2e-2),
        ]

    def step(self):
        values = next(self.source, None)
        if values is None:
            self.source = iter(self.loader)
            values = next(self.source)
        features, mass, label = values
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        logit = self.classifier(features).squeeze(1)
        reversed_logit = objectives.reverse_gradient(logit, STRENGTH).unsqueeze(1)
        loss = mixture_loss(self.adversary(reversed_logit), mass)
        background = (label == 0).float()
        total = F.binary_cross_entropy_with_logits(logit, label.float())
        (total + (loss * background).sum() / background.sum()).backward()
        for optimiser in self.optimisers:
            optimiser.step()

    def __call__(self, seconds):
        return keep_going(self.step, seconds, self.batch)


def mixture_loss(output, mass):
    """-log p(mass | score), (B, 3C) and (B,) -> (B,), as one writes it without a model axis."""
    share, position, width = output.chunk(3, -1)
    mu, sigma = torch.sigmoid(position), F.softplus(width) + 0.01
    root = sigma * math.sqrt(2)
    inside = 0.5 * (torch.erf((1 - mu) / root) + torch.erf(mu / root))
    pull = (mass.unsqueeze(-1) - mu) / sigma
    terms = F.log_softmax(share, -1) - 0.5 * pull.square() - torch.log(sigma * inside)
    return 0.5 * math.log(2 * math.pi) - torch.logsumexp(terms, -1)


class Keras:
    """keras.Model.fit on arrays, compiled by XLA where Keras finds that possible (its default), one Adam for both."""

    def __init__(self, network, batch, events):
        import keras
        import tensorflow as tf

        class Reverse(keras.layers.Layer):
            def call(self, x):
                return (1 + STRENGTH) * tf.stop_gradient(x) - STRENGTH * x

        def mixture(mass, output):
            share, position, width = tf.split(output, 3, axis=-1)
            mu, sigma = tf.sigmoid(position), tf.nn.softplus(width) + 0.01
            root = sigma * math.sqrt(2)
            inside = 0.5 * (tf.math.erf((1 - mu) / root) + tf.math.erf(mu / root))
            terms = tf.nn.log_softmax(share) - 0.5 * tf.square((mass - mu) / sigma) - tf.math.log(sigma * inside)
            return 0.5 * math.log(2 * math.pi) - tf.reduce_logsumexp(terms, -1)

        layers = keras.layers
        given = x = keras.Input((network.inputs,))
        for units in network.hidden:
            x = layers.Dense(units, activation="relu")(x)
            x = layers.BatchNormalization()(x) if network.options.get("batch_normalisation") else x
            x = layers.Dropout(network.options["dropout"])(x) if network.options.get("dropout") else x
        logit = layers.Dense(1)(x)
        x = Reverse()(logit)
        for units in network.adversary:
            x = layers.Dense(units, activation="leaky_relu")(x)
        self.model = keras.Model(given, [logit, layers.Dense(3 * network.components)(x)])
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.model.compile(keras.optimizers.Adam(1e-3), loss=[cross_entropy, mixture])
        features, mass, label = data(network, events)
        signal = label[:, None].astype(np.float32)
        weights = [np.ones(events, np.float32), 2 * (1 - signal[:, 0])]
        self.arrays, self.batch, self.rate = (features, [signal, mass[:, None]], weights), batch, None
        self.marks = []
        self.clock = keras.callbacks.LambdaCallback(on_epoch_begin=self.mark, on_epoch_end=self.mark)

    def mark(self, *_):
        """Note the time."""
        self.marks.append(time.process_time())

    def fit(self, steps):
        """Train for some steps; events a second of the epoch itself, without what `fit` prepares before it."""
        n = steps * self.batch
        features, targets, weights = self.arrays
        targets, weights = ([column[:n] for column in columns] for columns in (targets, weights))
        options = {"sample_weight": weights, "batch_size": self.batch, "verbose": 0, "callbacks": [self.clock]}
        self.model.fit(features[:n], targets, **options)
        return n / (self.marks[-1] - self.marks[-2])

    def __call__(self, seconds):
        most = len(self.arrays[0]) // self.batch
        if self.rate is None:
            self.fit(2)  # traces and compiles
            self.rate = self.fit(min(most, 20))
        self.rate = self.fit(max(2, min(most, round(self.rate * seconds / self.batch))))
        return self.rate
