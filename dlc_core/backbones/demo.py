"""The bundled backbone: a small CNN that has seen printed glyphs and never handwriting."""

from __future__ import annotations

from dlc_core.app_files import asset
from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.weights import load_encoder_state, read_state

_HALF = (0.5, 0.5, 0.5)


def load_demo(
    name: str = "demo",
    *,
    weights: str | None = None,
    download: bool = False,  # noqa: ARG001 - every loader has the same signature
) -> Backbone:
    """Return the bundled backbone (docs/demo-backbone.md), 32 x 32 pixels.

    Args:
        name: "demo".
        weights: another state dict for the same network; None takes the bundled one.
        download: ignored; nothing needs to be fetched.

    Raises:
        DLCError: if a weights file does not fit.
    """
    from dlc_core.backbones.demo_net import DemoNet

    file = weights or asset("demo_backbone.safetensors")
    encoder = DemoNet()
    load_encoder_state(encoder, read_state(file), head="head.", name=name, source=str(file))
    return Backbone(
        name=name,
        encoder=encoder.eval().requires_grad_(False),
        preprocess=Preprocess(resize=32, crop=32, mean=_HALF, std=_HALF),
        weights="bundled" if weights is None else str(weights),
    )
