"""What unsculpt changes inside torch: an optimiser that leaves its compiler alone, which takes two seconds to load."""

import inspect

import torch

SEEN = "2.13.0"
LEFT_ALONE = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")  # by the compiler
MARK = "__dynamo_disable"  # where torch keeps the form of a method that the compiler gave it for that

# Nothing here is compiled, so a method is such a form itself. Another torch may not wrap it.
for _name in LEFT_ALONE:
    if _method := getattr(getattr(torch.optim.Optimizer, _name), "__wrapped__", None):
        setattr(_method, MARK, _method)


class Adam(torch.optim.Adam):
    """Torch's (arXiv:1412.6980); around its step torch tells the compiler to look away."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
