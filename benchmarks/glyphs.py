"""Printed glyphs for the demo backbone: free Debian fonts, random warps, the digits' 8x8 sensor."""

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor


@dataclasses.dataclass(frozen=True)
class FontPackage:
    """Faces of one Debian package; ``held_out`` faces are never trained on."""

    package: str
    licence: str
    files: tuple[str, ...]
    held_out: bool = False


def _faces(stem: str, styles: str, suffix: str = ".ttf") -> tuple[str, ...]:
    """``_faces("Lato-", "Light Bold")`` -> ("Lato-Light.ttf", "Lato-Bold.ttf")."""
    return tuple(f"{stem}{style}{suffix}" for style in styles.split())


# Upright printed faces only: no script, handwriting or italic face is in this list.
FONTS: tuple[FontPackage, ...] = (
    FontPackage(
        "fonts-dejavu-core",
        "Bitstream Vera",
        _faces("DejaVu", "Sans Sans-Bold SansMono SansMono-Bold Serif Serif-Bold"),
    ),
    FontPackage(
        "fonts-dejavu-extra",
        "Bitstream Vera",
        _faces("DejaVu", "Sans-ExtraLight SansCondensed SansCondensed-Bold SerifCondensed"),
    ),
    FontPackage("fonts-lato", "OFL-1.1", _faces("Lato-", "Light Regular Bold Black")),
    FontPackage(
        "fonts-open-sans",
        "Apache-2.0",
        _faces("OpenSans-", "Light Regular Bold CondLight CondBold"),
    ),
    FontPackage(
        "fonts-roboto-unhinted",
        "Apache-2.0",
        _faces("Roboto", "-Light -Regular -Bold -Black Condensed-Light Condensed-Regular"),
    ),
    FontPackage(
        "fonts-noto-core",
        "OFL-1.1",
        _faces("Noto", "Sans-Regular Sans-Bold Serif-Regular Serif-Bold SerifDisplay-Regular"),
    ),
    FontPackage("fonts-inconsolata", "OFL-1.0", ("Inconsolata.otf",)),
    FontPackage("fonts-cantarell", "OFL-1.1", _faces("Cantarell-", "Light Regular Bold", ".otf")),
    FontPackage("fonts-comfortaa", "OFL-1.1", _faces("Comfortaa-", "Light Regular Bold")),
    FontPackage(
        "fonts-linuxlibertine",
        "OFL-1.1 (or GPL-2+ with font exception)",
        _faces("Lin", "Biolinum_R Biolinum_RB Libertine_R Libertine_RB Libertine_M", ".otf"),
    ),
    FontPackage("fonts-crosextra-carlito", "OFL-1.1", _faces("Carlito-", "Regular Bold")),
    FontPackage("fonts-hack", "MIT and Bitstream Vera", _faces("Hack-", "Regular Bold")),
    FontPackage("fonts-firacode", "OFL-1.1", _faces("FiraCode-", "Light Regular Bold")),
    FontPackage("fonts-quicksand", "OFL-1.1", _faces("Quicksand-", "Light Regular Bold")),
    FontPackage("fonts-ebgaramond", "OFL-1.1", _faces("EBGaramond", "12-Regular 12-Bold", ".otf")),
    FontPackage(
        "fonts-league-spartan", "OFL-1.1", _faces("LeagueSpartan-", "Light Regular Bold", ".otf")
    ),
    FontPackage("fonts-junction", "OFL-1.1", ("Junction.otf",)),
    FontPackage(
        "fonts-croscore",
        "OFL-1.1",
        tuple(
            f"{f}-{style}.ttf"
            for f in ("Arimo", "Cousine", "Tinos")
            for style in ("Regular", "Bold")
        ),
    ),
    FontPackage("fonts-vollkorn", "OFL-1.1", _faces("Vollkorn-", "Regular Bold Black")),
    FontPackage("fonts-sil-gentium-basic", "OFL-1.1", _faces("GenBas", "R B")),
    FontPackage("fonts-courier-prime", "OFL-1.1", ("Courier Prime.otf", "Courier Prime Sans.otf")),
    FontPackage(
        "fonts-inter",
        "OFL-1.1 and Apache-2.0",
        _faces("Inter-", "Light Regular Bold Black", ".otf"),
    ),
    FontPackage("fonts-karla", "OFL-1.1", _faces("Karla-", "Light Regular Bold", ".otf")),
    FontPackage("fonts-cabin", "OFL-1.1", _faces("Cabin-", "Regular Bold", ".otf"), True),
    FontPackage("fonts-play", "OFL-1.1", _faces("Play-", "Regular Bold"), True),
    FontPackage(
        "fonts-b612", "OFL-1.1, EPL-2.0, EDL-1.0", _faces("B612", "-Regular -Bold", ".otf"), True
    ),
    FontPackage(
        "fonts-jetbrains-mono", "Apache-2.0", _faces("JetBrainsMono-", "Light Regular Bold"), True
    ),
    FontPackage("fonts-crosextra-caladea", "OFL-1.1", _faces("Caladea-", "Regular Bold"), True),
    FontPackage("fonts-gfs-didot", "OFL-1.1", _faces("GFSDidot", ".otf Bold.otf", ""), True),
    FontPackage("fonts-tuffy", "public domain", _faces("Tuffy", ".ttf _Bold.ttf", ""), True),
)
FONT_FOLDER = Path("/usr/share/fonts")

# One entry per class. Capital and small letters of one shape are merged, because the sensor scales
# every glyph to the same height; so are the bare strokes and rings, which print alike.
CLASSES: tuple[str, ...] = (
    *("0Oo", "1Il", *"23456789"),
    *"ABDEFGHLMNQRT",
    *("Cc", "Jj", "Kk", "Pp", "Ss", "Uu", "Vv", "Ww", "Xx", "Yy", "Zz"),
    *"abdefghimnqrt",
)
DIGITS = 10  # the first ten classes
BANK_SIDE = 64  # side of a stored glyph
BANK_BOX = 44  # its longer side inside; the margin leaves room for rotation and thickening
WARP_SIDE = 48


@dataclasses.dataclass(frozen=True)
class GlyphBank:
    """Grey glyphs at six pen widths: ``images`` (M, 6, 64, 64) uint8, ``widths`` (M,) as drawn.

    ``by_class`` lists the rows of each class.
    """

    images: Tensor
    widths: Tensor
    by_class: tuple[Tensor, ...]


def find_fonts(folders: Sequence[Path], held_out: bool) -> list[Path]:
    """Paths of the listed faces, in the order of FONTS; exits when one is missing."""
    found: dict[str, Path] = {}
    for folder in folders:
        for root, _, names in sorted(os.walk(folder)):
            for name in names:
                found.setdefault(name, Path(root) / name)
    missing = sorted({p.package for p in FONTS if any(f not in found for f in p.files)})
    if missing:
        sys.exit(f"Fonts are missing; install them with: apt-get install {' '.join(missing)}")
    return [found[f] for p in FONTS if p.held_out == held_out for f in p.files]


def _draw(font: ImageFont.FreeTypeFont, char: str) -> npt.NDArray[np.uint8] | None:
    """One glyph, cropped and scaled to BANK_BOX, centred: (64, 64) uint8; None if it is blank."""
    canvas = Image.new("L", (300, 300))
    ImageDraw.Draw(canvas).text((150, 150), char, fill=255, font=font, anchor="mm")
    box = canvas.getbbox()
    if box is None:
        return None
    glyph = canvas.crop(box)
    scale = BANK_BOX / max(glyph.size)
    size = (max(1, round(glyph.width * scale)), max(1, round(glyph.height * scale)))
    out = Image.new("L", (BANK_SIDE, BANK_SIDE))
    corner = ((BANK_SIDE - size[0]) // 2, (BANK_SIDE - size[1]) // 2)
    out.paste(glyph.resize(size, Image.Resampling.LANCZOS), corner)
    return np.asarray(out)


def _stroke_width(x: Tensor) -> Tensor:
    """Mean stroke width of each glyph in pixels: (N, 1, H, W) in 0..1 -> (N,)."""
    ink = (x > 0.5).float()
    edge = ink + F.max_pool2d(-ink, 3, 1, 1)  # the pixels that one erosion removes
    return 2 * ink.sum((1, 2, 3)) / edge.sum((1, 2, 3)).clamp(min=1)


def _restroke(x: Tensor) -> Tensor:
    """Every glyph at six pen widths: (N, 1, 64, 64) in 0..1 -> (N, 6, 64, 64), thinnest first."""
    thin = -F.max_pool2d(-x, 3, 1, 1)
    levels = [-F.max_pool2d(-thin, 3, 1, 1), thin, x]
    for _ in range(3):
        levels.append(F.max_pool2d(levels[-1], 3, 1, 1))
    return torch.cat(levels, 1)


def build_bank(paths: Sequence[Path]) -> GlyphBank:
    """Draw every character of every class in every face."""
    images: list[npt.NDArray[np.uint8]] = []
    labels: list[int] = []
    for path in paths:
        font = ImageFont.truetype(path, 150)
        for label, chars in enumerate(CLASSES):
            for char in chars:
                image = _draw(font, char)
                if image is not None:
                    images.append(image)
                    labels.append(label)
    target = torch.tensor(labels)
    by_class = tuple(torch.nonzero(target == c).flatten() for c in range(len(CLASSES)))
    grey = torch.from_numpy(np.stack(images))[:, None].float() / 255
    # In parts, because six float copies of the whole bank would take half a gigabyte.
    starts = range(0, len(grey), 256)
    levels = torch.cat([(_restroke(grey[i : i + 256]) * 255).byte() for i in starts])
    return GlyphBank(levels, _stroke_width(grey), by_class)


def _uniform(n: int, low: float, high: float) -> Tensor:
    """(n,) uniform numbers from torch's global generator."""
    return torch.rand(n) * (high - low) + low


def _warp(x: Tensor, strength: float) -> Tensor:
    """Random affine and smooth elastic warp: (N, 1, 64, 64) -> (N, 1, 48, 48)."""
    n = len(x)
    amount = strength * torch.rand(n)
    angle = amount * _uniform(n, -0.45, 0.45)
    shear = amount * _uniform(n, -0.6, 0.6)
    aspect = torch.exp(amount * _uniform(n, -0.35, 0.35))
    cos, sin = angle.cos() * 1.15, angle.sin() * 1.15
    theta = torch.stack(
        [
            torch.stack([cos * aspect, cos * shear - sin, torch.zeros(n)], 1),
            torch.stack([sin * aspect, sin * shear + cos, torch.zeros(n)], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [n, 1, WARP_SIDE, WARP_SIDE], align_corners=False)
    coarse = torch.randn(n, 2, 5, 5) * (0.16 * amount)[:, None, None, None]
    bend = F.interpolate(coarse, (WARP_SIDE, WARP_SIDE), mode="bicubic", align_corners=True)
    return F.grid_sample(x, grid + bend.permute(0, 2, 3, 1), align_corners=False)


def _extent(profile: Tensor) -> tuple[Tensor, Tensor]:
    """Centre and half-length of the inked part of (N, L) profiles, in grid_sample units."""
    inked = (profile > 0.5).float()
    length = profile.shape[1]
    first = inked.argmax(1).float()
    last = length - inked.flip(1).argmax(1).float()
    return (first + last) / length - 1, (last - first) / length


def _fit(x: Tensor) -> Tensor:
    """Crop to the ink and scale to 32x32, nearly filling it: (N, 1, 48, 48) -> (N, 1, 32, 32)."""
    n = len(x)
    centre_x, half_x = _extent(x.amax((1, 2)))
    centre_y, half_y = _extent(x.amax((1, 3)))
    half = torch.maximum(half_x, half_y)
    # The narrow side is sometimes stretched, as writers differ in width more than in height.
    zoom_y = half * _uniform(n, 0.96, 1.18)
    zoom_x = half * _uniform(n, 0.9, 1.25)
    zero = torch.zeros(n)
    theta = torch.stack(
        [
            torch.stack([zoom_x, zero, centre_x + zoom_x * _uniform(n, -0.09, 0.09)], 1),
            torch.stack([zero, zoom_y, centre_y + zoom_y * _uniform(n, -0.06, 0.06)], 1),
        ],
        1,
    )
    return F.grid_sample(
        x, F.affine_grid(theta, [n, 1, 32, 32], align_corners=False), align_corners=False
    )


def _sense(x: Tensor) -> Tensor:
    """Binarise, average 4x4 blocks to 8x8, enlarge: (N, 1, 32, 32) -> the same, values 0..255."""
    n = len(x)
    ink = (x > _uniform(n, 0.3, 0.7)[:, None, None, None]).float()
    flips = (torch.rand_like(ink) < 0.02 * torch.rand(n, 1, 1, 1)).float()
    ink = (ink - flips).abs()
    fine = F.avg_pool2d(ink, 2)
    coarse = F.avg_pool2d(fine, 2)
    # Of every image 85 % have the digits' resolution; the rest keep twice as much detail.
    sharp = F.interpolate(fine, scale_factor=2, mode="bilinear", align_corners=False)
    noisy = (coarse + 0.04 * torch.randn_like(coarse)).clamp(0, 1)
    soft = F.interpolate(
        (noisy * 16).round() / 16, scale_factor=4, mode="bilinear", align_corners=False
    )
    out = torch.where(torch.rand(n, 1, 1, 1) < 0.15, sharp, soft)
    return (out * 255).round()


def sample_batch(
    bank: GlyphBank, n: int, strength: float, digit_share: float
) -> tuple[Tensor, Tensor]:
    """Random warped glyphs: images (n, 3, 32, 32) normalised, labels (n,)."""
    labels = torch.randint(0, len(CLASSES), (n,))
    as_digit = torch.rand(n) < digit_share
    labels = torch.where(as_digit, labels % DIGITS, labels)
    pick = torch.rand(n)
    rows = torch.stack(
        [
            bank.by_class[c][int(p * len(bank.by_class[c]))]
            for c, p in zip(labels, pick, strict=True)
        ]
    )
    # A level changes the width by two pixels; aiming at a width, instead of adding a random amount,
    # keeps bold faces from filling up and light ones from vanishing.
    level = ((_uniform(n, 4, 10) - bank.widths[rows]) / 2).round().clamp(-2, 3).long() + 2
    x = bank.images[rows, level][:, None].float() / 255
    x = _sense(_fit(_warp(x, strength)))
    return ((x / 255 - 0.5) / 0.5).expand(-1, 3, -1, -1), labels
