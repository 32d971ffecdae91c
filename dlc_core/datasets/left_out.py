"""What a listing has left out, in sentences: nothing vanishes without a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dlc_core.datasets.dataset import Sample
from dlc_core.datasets.image_formats import NOT_READ, ending_of
from dlc_core.file_names import printable

_LISTED = 6
_LONGEST = 24  # characters of an ending or a name in a sentence
_TABLES = (".csv", ".tsv", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx")
_SAME = 0.8  # share of the class folders that hold a folder of the same name


def ending_notes(endings: Mapping[str, int]) -> tuple[str, ...]:
    """Return what says how many files are not listed, by ending; nothing if there are none."""
    if not sum(endings.values()):
        return ()
    count = sum(endings.values())
    files = f"{count:,} file{' is' if count == 1 else 's are'}"
    ways: defaultdict[str, list[str]] = defaultdict(list)
    for ending in _most(endings):
        if ending in NOT_READ:
            ways[NOT_READ[ending]].append(ending)
    told = [f"{', '.join(some[:_LISTED])}: {way}" for way, some in ways.items()]
    return (f"{files} not listed: {_counted(endings)}", *told)


def empty_cautions(
    empty: Mapping[str, Mapping[str, int]], endings: Mapping[str, int]
) -> tuple[str, ...]:
    """Return what names the class folders with no file that is listed.

    Args:
        empty: for each of them what is in it instead.
        endings: of all files that are not listed.
    """
    found = []
    if empty:
        some = [
            f"{_short(name)} ({_counted(inside) if sum(inside.values()) else 'empty'})"
            for name, inside in list(empty.items())[:_LISTED]
        ]
        more = f" and {len(empty) - _LISTED:,} more" if len(empty) > _LISTED else ""
        several = len(empty) > 1
        found.append(
            f"{len(empty):,} class folder{'s hold' if several else ' holds'} no image that can be "
            f"read and {'are' if several else 'is'} no class here: {', '.join(some)}{more}."
        )
    pictures = {ending: count for ending, count in endings.items() if ending in NOT_READ}
    return (*found, *_pictures(pictures))


def _pictures(pictures: Mapping[str, int]) -> tuple[str, ...]:
    """Return what says that some are missing of a kind that one would expect to be there."""
    count = sum(pictures.values())
    if not count:
        return ()
    several = "1 picture is" if count == 1 else f"{count:,} pictures are"
    return (f"{several} left out, of formats that are not read: {_counted(pictures)}.",)


def beside_notes(names: Sequence[str]) -> tuple[str, ...]:
    """Return what names the tables that lie beside the class folders and were not read."""
    tables = [name for name in names if ending_of(name) in _TABLES]
    if not tables:
        return ()
    some = ", ".join(map(_short, tables[:_LISTED])) + (" …" if len(tables) > _LISTED else "")
    return (
        f"{some} beside the class folders {'is' if len(tables) == 1 else 'are'} not read; where "
        "the labels are in a table, name it instead of the folder",
    )


def same_cautions(samples: Sequence[Sample], classes: Sequence[str]) -> tuple[str, ...]:
    """Return what asks whether the folders in the class folders are the classes.

    Args:
        samples: with paths class/…/file.
        classes: their folders.
    """
    below: defaultdict[str, set[int]] = defaultdict(set)
    for sample in samples:
        if sample.path.count("/") > 1:
            below[sample.path.split("/", 2)[1]].add(sample.class_id)
    same = sorted(name for name, of in below.items() if len(of) >= max(2, _SAME * len(classes)))
    if len(same) < 2:
        return ()
    some = ", ".join(map(_short, same[:_LISTED])) + (" …" if len(same) > _LISTED else "")
    return (
        f"The class folders hold the same folders ({some}); if those are the classes, name one of "
        f"the folders above them, such as {_short(classes[0])}, or a table of paths and labels.",
    )


def _most(endings: Mapping[str, int]) -> list[str]:
    """Return the endings, the most frequent first."""
    there = [(-count, ending) for ending, count in endings.items() if count]
    return [ending for _, ending in sorted(there)]


def _counted(endings: Mapping[str, int]) -> str:
    """Return "6 .heic, 2 .svg, 1 without an ending"."""
    most = _most(endings)
    some = [f"{endings[one]:,} {_short(one) or 'without an ending'}" for one in most[:_LISTED]]
    left = sum(endings[one] for one in most[_LISTED:])
    return ", ".join(some) + (f", {left:,} others" if left else "")


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
