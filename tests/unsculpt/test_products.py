"""A layer's product is the same number from either library, and the choice between them never depends on the clock."""

import pytest
import torch

from unsculpt import products
from unsculpt.errors import InputError
from unsculpt.networks import StackedMLP, generator

needs_onednn = pytest.mark.skipif(not products.available(), reason="this torch has no way to oneDNN")


@pytest.fixture(autouse=True)
def forget_choices():
    products.library.cache_clear()
    yield
    products.library.cache_clear()


def layer(k, batch=64, inputs=128, outputs=192):
    draws = generator(1)
    shapes = ((k, 1, outputs), (k, batch, inputs), (k, inputs, outputs))
    return [torch.randn(shape, generator=draws).requires_grad_() for shape in shapes]


@needs_onednn
@pytest.mark.parametrize("k", [1, 3])
def test_onednn_gives_the_product_and_its_gradients(k):
    tensors = layer(k)
    direction = torch.randn(k, 64, 192, generator=generator(2))
    results = []
    for by in ("torch", "onednn"):
        value = products.product(*tensors, by)
        results.append((value, *torch.autograd.grad(value, tensors, direction)))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-4)
    bias, x, weight = tensors
    torch.testing.assert_close(results[1][0][-1], torch.addmm(bias[-1, 0], x[-1], weight[-1]), rtol=1e-5, atol=1e-4)


@needs_onednn
@pytest.mark.parametrize(
    ("batch", "inputs", "outputs"), [(64, 128, 192), (37, 131, 129), (1, 130, 128), (513, 128, 133)]
)
def test_with_onednn_a_model_is_the_same_to_the_bit_in_any_stack(batch, inputs, outputs):
    direction = torch.randn(3, batch, outputs, generator=generator(2))

    def outcome(models):
        tensors = [tensor[models].detach().requires_grad_() for tensor in layer(3, batch, inputs, outputs)]
        value = products.product(*tensors, "onednn")
        return [value, *torch.autograd.grad(value, tensors, direction[models])]

    together = outcome(slice(None))
    for k in range(3):
        for alone, whole in zip(outcome(slice(k, k + 1)), together, strict=True):
            assert torch.equal(alone[0], whole[k])


@needs_onednn
def test_a_network_of_wide_layers_gives_the_same_output_and_gradients_through_either_library():
    x, outputs = torch.randn(2, 32, 20, generator=generator(1)), []
    for matmul in ("torch", "onednn"):
        network = StackedMLP([1, 2], (20, 160, 128, 1), activation="relu", batch_normalisation=True, matmul=matmul)
        value = network(x)
        value.square().sum().backward()
        outputs.append([value, *(parameter.grad for parameter in network.parameters())])
    for ours, theirs in zip(*outputs, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("narrow", [{"inputs": 127}, {"outputs": 1}])
def test_narrow_layers_and_double_precision_keep_to_torch(narrow, monkeypatch):
    monkeypatch.setattr(products, "_linear", None)
    products.product(*layer(2, **narrow), "onednn")
    products.product(*(tensor.double() for tensor in layer(2)), "onednn")


def test_a_single_output_is_the_same_to_the_bit_alone_and_in_a_stack():
    together = products.product(*layer(3, outputs=1))
    for k in range(3):
        assert torch.equal(products.product(*(tensor[k : k + 1] for tensor in layer(3, outputs=1)))[0], together[k])


@pytest.mark.parametrize(
    ("maker", "capability", "chosen"),
    [
        ("AuthenticAMD", "AVX512", "onednn"),
        ("AuthenticAMD", "AVX2", "torch"),
        ("GenuineIntel", "AVX512", "torch"),
        ("", "DEFAULT", "torch"),
    ],
)
def test_the_choice_follows_from_the_processor_alone(maker, capability, chosen, monkeypatch):
    monkeypatch.setattr(products, "maker", lambda: maker)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    able = products.available() and torch.backends.mkl.is_available()
    assert products.library("auto") == (chosen if able else "torch")


def test_without_the_operator_auto_keeps_to_torch_and_onednn_is_refused(monkeypatch):
    monkeypatch.setattr(products, "OPERATOR", "_no_such_operator")
    monkeypatch.setattr(products, "maker", lambda: "AuthenticAMD")
    assert products.library("auto") == "torch"
    with pytest.raises(InputError, match=r"training\.matmul is onednn"):
        products.library("onednn")


def test_the_maker_of_the_processor_is_read_where_linux_tells_it(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n", encoding="utf-8")
    assert products.maker(tmp_path / "cpuinfo") == "AuthenticAMD"
    assert products.maker(tmp_path / "nothing") == ""
