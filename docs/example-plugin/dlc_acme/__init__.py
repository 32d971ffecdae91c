"""Acme's image store, network, way to choose, score and export format."""

import numpy as np
from PIL import Image

from dlc_core.backbones import Backbone, Loader, Preprocess
from dlc_core.datasets import Dataset, Reader, Sample
from dlc_core.export import Exporter
from dlc_core.scores import Score
from dlc_core.selection import Parameter, Strategy
from dlc_core.selection.draw import draw_order


def load_store(text, asked):
    """acme:SHELF reads a shelf of the store; here: flat colours, blue or red."""
    asked.refuse("Acme's store", "label_column", "clusters")
    samples = tuple(Sample(n, f"{text}/{n:03d}.png", n % 2) for n in range(40))

    def read(sample):
        colour = (5 * sample.id, 0, 0) if sample.class_id else (0, 0, 5 * sample.id)
        return Image.new("RGB", (16, 16), colour)

    return Dataset("acme", f"shelf {text}", "", None, ("blue", "red"), samples, (), read)


def load_net(name, *, weights=None, download=False):  # noqa: ARG001 - every loader takes them
    """acme:CHANNELS makes the network; here: random weights, for show."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, int(name), 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    encoder = net.eval().requires_grad_(False)
    return Backbone(f"acme:{name}", encoder, Preprocess(16, 16), "random")


def band_order(samples, *, seed, centre, shake):
    """Nearest to a place among the scores of its class first, shaken by the seed's draw."""
    place = samples.place / np.maximum(samples.counts, 1)[samples.rows]
    luck = draw_order(samples.named, seed=seed) / len(samples)
    return abs(place - centre) + shake / 10 * luck


def pixels(run):
    """Large images are hard, as far as Acme knows."""
    return run.samples["width"] * run.samples["height"]


def paths(content):
    """One path a line."""
    return "".join(f"{path}\n" for path in content.table["path"]).encode()


READER = Reader("a shelf of Acme's store", load_store, example="acme:tools", paths=False)
LOADER = Loader("Acme's network, by its number of channels", load_net, "acme:8")
STRATEGY = Strategy(
    "Acme's band",
    "Those whose hardness is nearest to a place of your choice",
    band_order,
    explanation="Acme found the middle to do well.",
    parameters=(
        Parameter(
            "centre", "Centre", 0.0, 1.0, 0.5, "Where in the class: 0 % is the easiest.",
            share=True, tried=(0.25, 0.5, 0.75),
        ),
        Parameter("shake", "Shake", 0, 20, 2, "How much chance there is in it.", whole=True),
    ),
    random=True,
)  # fmt: skip
SCORE = Score("how many pixels the image had", pixels, needs=("images",))
EXPORTER = Exporter("paths, one a line", "text/plain", ".txt", paths, both=False)
