"""How long until a large image folder is listed, looked at and ready to start?

    python -m benchmarks.listing [--files 200000] [--classes 1000] [--keep FOLDER]

Makes a folder of hard links to a few small images (no space, real directory entries), lists it,
takes a dry look at 64 images, and removes it. Cost: about a minute, most of it making the links.
Prints one JSON object: seconds of each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from PIL import Image

from dlc_core.datasets import load_dataset, require_scorable
from dlc_core.modalities.look import look_at

_LINKS = 20_000  # to one file, at most: file systems have a limit


def make(folder: Path, files: int, classes: int) -> None:
    """Write the folder."""
    inside = -(-files // classes)
    made = 0
    for number in range(classes):
        here = folder / f"class_{number:05d}"
        here.mkdir(parents=True)
        for place in range(min(inside, files - made)):
            source = folder.parent / f"source_{made // _LINKS}.png"
            if not source.exists():
                Image.new("RGB", (32, 32), (made % 256, 80, 160)).save(source)
            os.link(source, here / f"image_{place:06d}.png")
            made += 1


def main() -> None:
    """Make, list, look, remove."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="a folder to make and leave")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="dlc-listing-"))
    try:
        begun = time.monotonic()
        if not (folder / "images").is_dir():
            make(folder / "images", options.files, options.classes)
        made = time.monotonic()
        dataset = load_dataset(folder / "images")
        require_scorable(dataset)
        listed = time.monotonic()
        found = look_at(dataset)
        looked = time.monotonic()
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(
        json.dumps(
            {
                "files": found.samples,
                "classes": found.classes,
                "making": round(made - begun, 2),
                "listing": round(listed - made, 2),
                "look": round(looked - listed, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
