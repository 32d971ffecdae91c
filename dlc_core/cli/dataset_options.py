"""The arguments that say which dataset is meant, the same for every command that reads one."""

from __future__ import annotations

import argparse
from typing import Any

from dlc_core.data_roots import typed_path
from dlc_core.datasets import Asked
from dlc_core.datasets.instructions.layouts import LAYOUTS
from dlc_core.datasets.registry import described_readers


def dataset_options(parser: Any) -> None:
    """Add DATASET and how it is read."""
    add = parser.add_argument
    kinds = "; ".join(f"{one.example}: {one.description}" for one in described_readers())
    add("dataset", metavar="DATASET", help=f"what to read. {kinds}")
    add(
        "--split",
        metavar="NAME",
        help="part: train, val, test or its own name (train, if there are);"
        " none = all folders are classes",
    )
    add(
        "--image-column",
        metavar="NAME",
        help="column of paths or images (guessed by its name);"
        " of tar shards the ending of the image that counts",
    )
    add("--label-column", metavar="NAME", help="column of classes (guessed by its name)")
    add("--id-column", metavar="NAME", help="column of the samples' own names")
    add("--split-column", metavar="NAME", help="column that says which part a sample is in")
    add("--group-column", metavar="NAME", help="column of what belongs together (a patient)")
    add(
        "--image-root",
        metavar="DIR",
        help="folder that a table's paths start from (its own); "
        "those of another machine are found in it by their ends",
    )
    add(
        "--clusters",
        type=int,
        metavar="K",
        help="images without labels: K clusters are the classes",
    )
    layouts = ", ".join(LAYOUTS)
    add("--layout", metavar="NAME", help=f"of instruction records: {layouts} (found by the fields)")
    add("--prompt-column", metavar="NAME", help="of other records: the column of what is asked")
    add("--response-column", metavar="NAME", help="the column of what is answered")
    add("--messages-column", metavar="NAME", help="the column of a list of role and content")
    add("--source-column", metavar="NAME", help="the column of where each record is from")
    add(
        "--download",
        action="store_true",
        help="let libraries fetch a dataset or weights if missing",
    )


def asked_of(options: argparse.Namespace) -> Asked:
    """Return what the parsed options ask of the reader."""
    asked = Asked.of(vars(options))
    if asked.image_root is None:
        return asked
    return Asked.of({**vars(options), "image_root": str(typed_path(asked.image_root).absolute())})
