"""How fast does a backbone forget? Nearest-centroid accuracy against the share of masked weights.

    python -m benchmarks.masking_curves RUN [RUN…]

Prints a Markdown table from what scoring has noted in each run (run.json, masking.accuracy): the
accuracy is the mean over classes, by the unmasked centroids. Costs nothing.
"""

from __future__ import annotations

import argparse

from dlc_core.runs import Run


def row(run: Run) -> list[str]:
    """Return one line of the table."""
    masking = run.info["masking"]
    cells = [
        f"{100 * accuracy:.0f} %" if accuracy is not None else ""
        for accuracy in masking["accuracy"]
    ]
    chance = f"{100 / len(set(run.samples['class_id'])):.0f} %"
    return [run.info["dataset"]["name"], run.info["backbone"]["name"], chance, *cells]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="RUN")
    runs = [Run.open(path) for path in parser.parse_args().runs]
    ratios = runs[0].info["masking"]["mask_ratio"]
    head = ["data", "backbone", "chance", *(f"{100 * ratio:.0f} % masked" for ratio in ratios)]
    for line in (head, ["---"] * len(head), *map(row, runs)):
        print("| " + " | ".join(line) + " |")


if __name__ == "__main__":
    main()
