"""The benchmark of the training runs for anyone, without Keras too, and its contenders train the same networks."""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch

from unsculpt import objectives
from unsculpt.networks import generator

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def contenders():
    spec = spec_from_file_location("contenders", BENCHMARKS / "contenders.py")
    module = module_from_spec(spec)
    sys.modules["contenders"] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["contenders"]


@pytest.fixture(scope="module")
def network(contenders):
    return contenders.Network("2x8", 5, (8, 8), (4,), 3, {"batch_normalisation": True, "dropout": 0.25})


def test_the_quick_benchmark_ends_with_one_object_of_figures_and_draws_them(tmp_path):
    options = ["--quick", "--without-keras", "--seconds", "0.01", "--figure", tmp_path / "speed.png"]
    command = [sys.executable, BENCHMARKS / "training.py", *options]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("Keras takes no part")
    figures = json.loads(done.stdout.splitlines()[-1])
    for case in ("3x16_batch_512", "3x64_batch_512", "4x512_batch_512"):
        assert figures[f"{case}_stacked_events_per_second"] > 0
        assert figures[f"{case}_stacked_over_one_by_one"] > 0
        assert figures[f"{case}_stacked_over_dataloader"] > 0
        assert 0 < figures[f"{case}_stacked_share_of_peak"] < 1.2
    assert figures["sgemm_peak_gflops"] > 0
    assert (tmp_path / "speed.png").stat().st_size > 1000


def test_the_operations_of_a_network_are_counted_as_on_paper(contenders):
    one = contenders.Network("1x7", 3, (7,), (2,), 1)
    forward = 2 * (3 * 7 + 7 * 1)
    assert one.flops(0) == 3 * forward - 2 * 3 * 7  # without the gradient of the features
    assert one.flops(0.5) - one.flops(0) == 0.5 * 3 * 2 * (1 * 2 + 2 * 3)


def test_the_plain_loop_minimises_the_same_mixture(contenders):
    output, mass = torch.randn(50, 9, generator=generator(1)), torch.rand(50, generator=generator(2))
    variable = objectives.Variable(mass[None], torch.zeros(1, 50, dtype=torch.int64), None, 1)
    ours = objectives.mixture_loss(output[None], variable)[0]
    torch.testing.assert_close(contenders.mixture_loss(output, mass), ours)


def test_the_networks_of_the_contenders_have_the_same_parameters(contenders, network):
    ours = contenders.Ours(network, 16, models=2, events=200).training
    loader = contenders.Loader(network, 16, events=200)
    for stack, plain in ((ours.classifier, loader.classifier), (ours.objective.network, loader.adversary)):
        assert stack.parameters_per_model() == sum(p.numel() for p in plain.parameters())


def test_each_contender_trains_and_gives_a_rate(contenders, network):
    for contender in (contenders.Ours(network, 16, 2, 200), contenders.Loader(network, 16, 200)):
        assert contender(0.01) > 0


def test_keras_trains_the_same_networks_where_it_is_installed(contenders, network):
    pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    keras, loader = contenders.Keras(network, 16, 192), contenders.Loader(network, 16, 192)
    plain = sum(p.numel() for module in (loader.classifier, loader.adversary) for p in module.parameters())
    assert sum(w.shape.num_elements() for w in keras.model.trainable_weights) == plain
    assert keras(0.05) > 0
