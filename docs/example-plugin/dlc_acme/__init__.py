"""Acme's image store as a kind of dataset, and Acme's network as a backbone."""

from PIL import Image

from dlc_core.backbones import Backbone, Loader, Preprocess
from dlc_core.datasets import Dataset, Reader, Sample


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


READER = Reader("a shelf of Acme's store", load_store, example="acme:tools", paths=False)
LOADER = Loader("Acme's network, by its number of channels", load_net, "acme:8")
