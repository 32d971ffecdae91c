"""Encoder of the bundled demo backbone: a compact residual CNN for 32x32 glyph images."""

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut: (N, C_in, H, W) -> (N, C_out, H/stride, W/stride)."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or c_in != c_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm2d(c_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, H/stride, W/stride)."""
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class DemoNet(nn.Module):
    """Feature extractor without a head: (N, 3, 32, 32) -> (N, ``dim``).

    The input is normalised as ``(pixel / 255 - 0.5) / 0.5``, glyph white on black.
    ``blocks`` lists (channels, stride) of each residual block behind the stride-2 stem.
    """

    def __init__(
        self,
        stem: int = 32,
        blocks: tuple[tuple[int, int], ...] = ((64, 2), (64, 1), (128, 2)),
    ) -> None:
        super().__init__()
        # One input channel: glyphs are grey, so three equal channels would only cost time.
        self.stem = nn.Sequential(
            nn.Conv2d(1, stem, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(stem), nn.ReLU()
        )
        widths = [stem, *(width for width, _ in blocks)]
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(c_in, c_out, stride)
                for c_in, (c_out, stride) in zip(widths[:-1], blocks, strict=True)
            )
        )
        self.dim = widths[-1]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, 32, 32) -> globally average-pooled features (N, dim)."""
        features: Tensor = self.blocks(self.stem(x.mean(dim=1, keepdim=True)))
        return features.mean(dim=(2, 3))
