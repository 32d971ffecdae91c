"""The names that data sets give their parts."""

from __future__ import annotations

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


def split_of(name: str) -> str | None:
    """Return "train", "val" or "test" for any usual name of it; None for another."""
    wanted = name.strip().lower()
    return next((split for split, names in SPLITS.items() if wanted in names), None)


def pick_split(there: list[str], asked: str | None, *, where: str) -> tuple[str | None, list[str]]:
    """Return which part to take: its plain name, and what the data calls it.

    Args:
        there: the parts, as the data calls them; none = it has none.
        asked: what a person asked for; None takes train, or the only part.
        where: the data, for the sentence.

    Raises:
        DLCError: if that part is not there, or it cannot be told which.
    """
    from dlc_core.errors import DLCError

    listed = ", ".join(there[:10]) + (" …" if len(there) > 10 else "")
    if asked is None:
        found = [name for name in there if split_of(name) == "train"]
        if not found and len(there) > 1:
            raise DLCError(f"{where} has the parts {listed}; choose one with --split.")
        found = found or there
        return (split_of(found[0]) or found[0], found) if found else (None, [])
    exact = [name for name in there if name == asked]
    found = exact or [name for name in there if split_of(name) == (split_of(asked) or asked)]
    if not found:
        has = f"it has {listed}" if there else "it has no parts"
        raise DLCError(f"{where} has no split {asked!r}; {has}.")
    return split_of(found[0]) or found[0], found
