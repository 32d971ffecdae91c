"""The operators that an exported program may call: what image encoders need."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# No operator here opens a file, loads a library, draws at random or is of another package.
_ATEN = _words(
    """
    _adaptive_avg_pool2d _native_batch_norm_legit_no_training
    _scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu _softmax
    _to_copy _unsafe_view _upsample_bicubic2d_aa _upsample_bilinear2d_aa abs adaptive_avg_pool1d
    adaptive_avg_pool2d adaptive_max_pool2d add add_ addmm alias amax amin arange argmax argmin
    avg_pool1d avg_pool2d baddbmm batch_norm bitwise_and bitwise_not bitwise_or bmm broadcast_to
    cat channel_shuffle chunk clamp clamp_ clamp_max clamp_min clone col2im constant_pad_nd
    contiguous conv1d conv2d convolution copy copy_ cos cumsum detach detach_ div div_ dropout
    dropout_ einsum elu elu_ empty empty_like eq erf exp expand expand_as fill fill_ flatten
    flip floor floor_divide full full_like gather ge gelu glu group_norm gt hardsigmoid
    hardsigmoid_ hardswish hardswish_ hardtanh hardtanh_ im2col index index_select instance_norm
    layer_norm le leaky_relu leaky_relu_ lift_fresh_copy linalg_vector_norm linear log
    log_softmax logical_and logical_not logical_or logsumexp lt masked_fill masked_fill_ matmul
    max max_pool2d max_pool2d_with_indices maximum mean meshgrid min minimum mish mish_ mm
    movedim mul mul_ narrow native_batch_norm native_group_norm native_layer_norm ne neg
    new_empty new_full new_ones new_zeros norm ones ones_like pad permute pixel_shuffle
    pixel_unshuffle pow prelu prod reciprocal relu relu6 relu6_ relu_ remainder repeat
    repeat_interleave reshape reshape_as roll rsqrt rsub scalar_tensor
    scaled_dot_product_attention select select_scatter selu selu_ sigmoid sigmoid_ sign silu
    silu_ sin slice slice_scatter softmax softplus split split_with_sizes sqrt squeeze stack std
    sub sub_ sum swapaxes sym_size t tan tanh tanh_ tile to topk transpose tril triu true_divide
    type_as unbind unflatten unfold unsqueeze upsample_bicubic2d upsample_bilinear2d
    upsample_nearest2d var var_mean view view_as where zero_ zeros zeros_like
    """
)
_OVERLOADS = _words(
    """
    Scalar ScalarOther ScalarSelf Scalar_Tensor Scalar_mode Tensor Tensor_Scalar Tensor_Tensor
    Tensor_int Tensor_mode correction default device dim dim_IntList dim_int dtype dtype_layout
    indexing int int_Dim int_int intlist memory_format other padding self self_int size sizes
    start start_step using_ints vec
    """
)
# Checks of shapes and types: what they would say, a wrong shape of the features says too.
ASSERTIONS = frozenset(
    f"torch.ops.aten.{name}.default"
    for name in (
        *("_assert_tensor_metadata", "_assert_scalar", "_assert_async"),
        *("sym_constrain_range", "sym_constrain_range_for_size"),
    )
)
_ARITHMETIC = (
    *("eq", "ne", "le", "ge", "lt", "gt", "neg", "pos", "mul", "add", "sub", "floordiv", "mod"),
    *("truediv", "and_", "or_"),
)
_NUMBERS: dict[str, Callable[..., Any]] = {
    **{f"_operator.{name}": getattr(operator, name) for name in _ARITHMETIC},
    "math.trunc": math.trunc,
}


def operator_of(target: str) -> Callable[..., Any] | None:
    """Return what a node's target names, or None if it is not on the list."""
    import torch

    if target in _NUMBERS:
        return _NUMBERS[target]
    if target in ("torch.sym_max", "torch.sym_min", "torch.sym_int", "torch.sym_float"):
        found: Callable[..., Any] = getattr(torch, target.removeprefix("torch."))
        return found
    if not target.startswith("torch.ops.aten."):
        return None
    name, dot, overload = target.removeprefix("torch.ops.aten.").partition(".")
    if not dot or name not in _ATEN or overload not in _OVERLOADS:
        return None
    packet = getattr(torch.ops.aten, name, None)
    return getattr(packet, overload, None) if packet is not None else None
