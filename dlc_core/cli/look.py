"""`dlc look`: what is in a dataset, before anything is scored."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.dataset_options import asked_of, dataset_options
from dlc_core.cli.info import plain
from dlc_core.cli.parser_options import Commands, command
from dlc_core.errors import DLCError, clipped
from dlc_core.file_names import readable_bytes
from dlc_core.plurals import counted

if TYPE_CHECKING:
    from dlc_core.modalities.look import Look


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "look",
        help="say what is in a dataset: counts, classes, sizes, faults of a sample; scores nothing",
        example="dlc look photos.csv",
        run=run,
    )
    dataset_options(parser)
    add = parser.add_argument
    add("--sample", type=int, default=64, metavar="N", help="images to open (64)")
    add("--pictures", type=int, default=0, metavar="N", help="small pictures in the JSON (0)")
    add("--json", action="store_true", help="print one JSON object as the last line")


def run(options: argparse.Namespace) -> int:
    """Look, and print what was found."""
    import warnings

    from dlc_core.datasets import read_dataset
    from dlc_core.modalities.look import look_at

    Stop().listen()
    warnings.filterwarnings("ignore", module="PIL")
    if options.sample < 0 or options.pictures < 0:
        raise DLCError("--sample and --pictures must be 0 or more.")
    dataset = read_dataset(options.dataset, asked_of(options))
    found = look_at(dataset, sample=options.sample, pictures=options.pictures)
    if options.json:
        print(json.dumps(found.as_record()))
        return 0
    for line in words(found):
        print(clipped(plain(line)))
    return 0


def words(look: Look) -> list[str]:
    """Return what a look has found, in lines for a person."""
    part = f" ({look.split} of {', '.join(look.splits)})" if look.splits else ""
    count = counted(look.samples, look.unit)
    if not look.lines:
        count += f" in {counted(look.classes, 'class')}"
    lines = [f"{look.name}{part}: {count} ({look.kind})", *look.lines]
    if look.largest:
        lines.append("largest: " + ", ".join(f"{name} {count:,}" for name, count in look.largest))
    if look.smallest:
        lines.append("smallest: " + ", ".join(f"{name} {count:,}" for name, count in look.smallest))
    if look.width and look.height:
        sizes = (
            f"{look.width[0]} x {look.height[0]} to {look.width[2]} x {look.height[2]} pixels, "
            f"median {look.width[1]} x {look.height[1]}"
        )
        kinds = ", ".join(f"{count} {mode}" for mode, count in look.modes.items())
        lines.append(
            f"of {counted(look.tried, 'image')} tried: {sizes}; {kinds}; {look.milliseconds:g} ms "
            "each"
        )
    if look.bytes is not None:
        lines.append(f"about {readable_bytes(look.bytes)} of files")
    if look.columns and not look.lines:
        group = f"; groups: {look.group}" if look.group else ""
        lines.append(f"columns: {', '.join(look.columns)}{group}")
    if look.faults and not look.lines:
        lines.append(f"faults of the listing: {look.faults:,}")
    if not look.lines:
        lines += [f"fault: {fault.path}: {fault.error}" for fault in look.unreadable]
    lines += [f"caution: {text}" for text in look.cautions]
    return lines + [f"note: {text}" for text in look.notes]
