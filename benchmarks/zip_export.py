"""Export a ZIP of many gigabytes: seconds, and the memory of the process before and at its peak.

    python -m benchmarks.zip_export --gigabytes 2

Makes a folder of random bytes with image names and a run of it, exports all of it with the function
that `dlc export --format zip` calls, checks the archive, and removes everything. Memory growth is
the peak resident size during the export less that just before it.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import describe_machine
from dlc_core.export import content_of, write_export
from dlc_core.runs import Run

LIMIT_MB = 150  # growth that issue 5 allows
CLASSES = 10


def main() -> None:
    """Make, export, check, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0, help="of images (2)")
    parser.add_argument("--kilobytes", type=int, default=200, help="of one image (200)")
    parser.add_argument("--folder", help="where to work; takes twice the size (temporary)")
    options = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        measure(Path(name), int(options.gigabytes * 1e9), options.kilobytes * 1000)


def measure(folder: Path, total: int, size: int) -> None:
    """Export `total` bytes of images of `size` bytes each."""
    run = make(folder, count=max(CLASSES, total // size), size=size)
    content = content_of(run, run.samples["id"].to_numpy())
    write_export(content_of(run, np.array([0])), folder / "warm.zip", format_name="zip")
    before = resident()
    watch = Watch()
    begun = time.monotonic()
    written = write_export(content, folder / "all.zip", format_name="zip")
    seconds = time.monotonic() - begun
    peak = max(watch.stop(), resident())
    archive = folder / "all.zip"
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        last = opened.read(entries[-1])
    assert len(entries) == written.samples
    assert last == (folder / "images" / content.table["path"].tolist()[-1]).read_bytes()
    size = archive.stat().st_size
    grown = (peak - before) / 1e6
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{written.samples:,} images, {size / 1e9:.2f} GB: {seconds:.1f} s, "
        f"{size / 1e6 / seconds:.0f} MB/s; resident "
        f"{before / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at the peak (+{grown:.0f} MB; "
        f"the limit is +{LIMIT_MB}); highest ever {highest:.0f} MiB"
    )
    if grown > LIMIT_MB:
        raise SystemExit(f"grew by {grown:.0f} MB")


class Watch:
    """Looks at the resident size every 20 ms in a thread of its own."""

    def __init__(self) -> None:
        """Begin."""
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(0.02):
            self._peak = max(self._peak, resident())

    def stop(self) -> int:
        """Return the largest size seen, in bytes."""
        self._done.set()
        self._thread.join()
        return self._peak


def resident() -> int:
    """Return this process's resident size in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def make(folder: Path, *, count: int, size: int) -> Run:
    """Write images of random bytes and a run of them."""
    generator = np.random.default_rng(0)
    paths = []
    for place in range(count):
        path = f"class{place % CLASSES}/{place:07d}.jpg"
        file = folder / "images" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(generator.bytes(size))
        paths.append(path)
    paths.sort()
    labels = [path.partition("/")[0] for path in paths]
    table = pd.DataFrame({"id": range(count), "path": paths, "label": labels})
    table["class_id"] = table["label"].str.removeprefix("class").astype("int64")
    for name in ("score", "rank", "class_rank", "percentile"):
        table[name] = np.arange(count)
    run = folder / "run"
    run.mkdir()
    table.to_parquet(run / "samples.parquet", index=False)
    classes = [f"class{number}" for number in range(CLASSES)]
    dataset = {"name": "random", "root": str(folder / "images"), "split": None, "classes": classes}
    info = {
        "format": 1, "status": "done", "dataset": {**dataset, "fingerprint": ""},
        "backbone": dict.fromkeys(("name", "weights", "digest", "preprocess"), ""),
        "masking": {"masks": 1, "interval": 0.02, "method": "l1", "seed": 0, "mask_ratio": [0.0]},
        "profile": "exact", "precision": "float32", "device": "cpu", "counts": {}, "timings": {},
    }  # fmt: skip
    (run / "run.json").write_text(json.dumps(info))
    return Run.open(run)


if __name__ == "__main__":
    main()
