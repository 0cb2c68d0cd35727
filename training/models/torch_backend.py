"""Faster training on a processor where Keras runs on PyTorch; the same arithmetic as without."""

from __future__ import annotations

import contextlib
from typing import Any


def runs_on_torch() -> bool:
    """Return whether PyTorch is the backend that Keras runs on."""
    import keras

    return bool(keras.backend.backend() == "torch")


def plain_attention() -> contextlib.AbstractContextManager[Any]:
    """Return a context in which PyTorch computes attention by matrix products.

    On a processor its fused attention takes half the time of a whole step to go backwards.
    """
    if not runs_on_torch():
        return contextlib.nullcontext()
    from torch.nn.attention import SDPBackend, sdpa_kernel

    manager: contextlib.AbstractContextManager[Any] = sdpa_kernel([SDPBackend.MATH])
    return manager


def make_adamw(**settings: Any) -> Any:
    """Return Keras's AdamW; on PyTorch one that passes over the weights once a step, not ten times.

    Args:
        settings: What ``keras.optimizers.AdamW`` takes.
    """
    import keras

    if not runs_on_torch():
        return keras.optimizers.AdamW(**settings)
    import torch
    from torch.optim.adamw import adamw

    class FusedAdamW(keras.optimizers.AdamW):
        """Weight decay and the steps are counted by Keras, the update is PyTorch's."""

        @torch.no_grad()
        def _backend_update_step(self, grads: Any, trainable_variables: Any, rate: Any) -> None:
            places = [self._get_variable_index(variable) for variable in trainable_variables]
            adamw(
                [variable.value for variable in trainable_variables],
                list(grads),
                [self._momentums[at].value for at in places],
                [self._velocities[at].value for at in places],
                max_exp_avg_sqs=[],
                state_steps=[torch.tensor(float(self.iterations.value)) for _ in places],
                fused=True,
                amsgrad=False,
                beta1=self.beta_1,
                beta2=self.beta_2,
                lr=float(rate),
                weight_decay=0.0,
                eps=self.epsilon,
                maximize=False,
            )

    return FusedAdamW(**settings)
