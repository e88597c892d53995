"""What the machine refuses is one sentence, whatever library met it; a mistake of ours is none."""

import errno
import os

import numpy as np
import pytest
import torch

from unsculpt import errors


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.ENAMETOOLONG]
)
def test_a_refusal_names_the_place_the_reason_and_a_remedy(number):
    sentence = errors.of_machine(OSError(number, os.strerror(number)), "results/a.json")
    assert sentence.startswith(f"results/a.json: {os.strerror(number)}; ")
    assert errors.of_machine(OSError(number, "", "other.root"), "results/a.json").startswith("other.root: ")


@pytest.mark.parametrize("need", [lambda: np.empty(10**16), lambda: torch.empty(10**16), lambda: exhausted()])
def test_memory_that_cannot_be_had_is_a_sentence_with_what_the_job_asks_for(need):
    with pytest.raises((MemoryError, RuntimeError)) as caught:
        need()
    sentence = errors.of_machine(caught.value, "results/a.json", memory_mb=500)
    assert sentence.startswith("results/a.json: not enough memory (") and "asks for 500 MB" in sentence


def exhausted():
    raise MemoryError


def test_the_error_behind_an_error_counts():
    try:
        try:
            raise OSError(errno.EDQUOT, "Disk quota exceeded", "a.onnx")
        except OSError as error:
            raise RuntimeError("the writer failed") from error
    except RuntimeError as error:
        assert errors.of_machine(error, "").startswith("a.onnx: Disk quota exceeded; ")


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), RecursionError("too deep"), OSError("corrupt file")])
def test_a_mistake_of_ours_is_no_refusal_of_the_machine(error):
    assert errors.of_machine(error, "results/a.json") is None


def test_a_file_name_that_is_not_utf8_can_be_printed():
    name = os.fsdecode(b"m\xfcnchen.root")
    assert str(errors.InputError(f"no file {name}, λ")).encode("utf-8") == "no file m\\udcfcnchen.root, λ".encode()
