"""The items of a torch Dataset: parts of it, their labels, the range of their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from dlc_core.datasets.arrays import value_scale
from dlc_core.datasets.table_columns import classes_of
from dlc_core.errors import DLCError, reason_of
from dlc_core.plurals import counted

_TRIED = 8  # items whose pixels are looked at to learn their range
_LABELS = ("targets", "labels", "_labels")


def unwrapped(data: Any) -> tuple[Any, list[int] | None]:
    """Return what torch's Subsets (random_split's, too) are parts of, and which part of it."""
    places: list[int] | None = None
    while type(data).__name__ == "Subset" and type(data).__module__ == "torch.utils.data.dataset":
        inner = [int(place) for place in data.indices]
        places = inner if places is None else [inner[place] for place in places]
        data = data.dataset
    if places is not None and len(set(places)) < len(places):
        raise DLCError("this Subset takes a sample twice; give each place once.")
    return data, places


def require_all_of(loader: Any) -> None:
    """Refuse a DataLoader that does not give each sample of its dataset once.

    Raises:
        DLCError: if its sampler is another than one over all, in order or shuffled.
    """
    batches = loader.batch_sampler
    sampler = loader.sampler if batches is None else getattr(batches, "sampler", batches)
    if batches is not None and type(batches).__name__ != "BatchSampler":
        sampler = batches
    kind = type(sampler).__name__
    if kind == "_InfiniteConstantSampler":
        return  # of an iterable dataset, which is refused as such
    whole = kind == "SequentialSampler" or (
        kind == "RandomSampler"
        and not getattr(sampler, "replacement", False)
        and len(sampler) == len(loader.dataset)
    )
    if not whole:
        raise DLCError(
            f"this DataLoader has a {kind}, which takes a part of its data or takes some "
            "twice; give its dataset, or a torch.utils.data.Subset of it."
        )


def own_labels(data: Any) -> bool:
    """Whether its items have the labels that its attributes tell."""
    return getattr(data, "target_transform", None) is None


def item_of(data: Any, place: int) -> tuple[Any, Any]:
    """Return one item's image and label.

    Raises:
        DLCError: if it is something else, or the dataset fails to give it.
    """
    try:
        item = data[place]
    except Exception as error:  # whatever a dataset of one's own stumbles over
        reason = reason_of(error)
        raise DLCError(
            f"item {place} cannot be had ({type(error).__name__}: {reason}); leave it out of the "
            "dataset, or mend it."
        ) from error
    if isinstance(item, tuple | list) and len(item) >= 2:
        return item[0], item[1]
    raise DLCError(
        f"item {place} is {type(item).__name__}; expected a pair (image, label) for each sample."
    )


def labels_of(data: Any) -> list[Any]:
    """Return the N items' labels, numbers or texts: the data's own list, else item by item.

    Raises:
        DLCError: if a label is not one class.
    """
    whole, places = unwrapped(data)
    told = _told(whole)
    if told is None:
        return [_plain(item_of(data, place)[1]) for place in range(len(data))]
    return [_plain(value) for value in (told if places is None else [told[p] for p in places])]


def _told(data: Any) -> list[Any] | None:
    """Return the labels that an attribute tells, if the items' own are the same; else None."""
    for attribute in _LABELS if own_labels(data) else ():
        values: Any = getattr(data, attribute, None)
        if isinstance(values, list | tuple) or callable(getattr(values, "tolist", None)):
            listed = list(values) if hasattr(values, "__len__") else []
            if len(listed) == len(data) and all(map(_same, *_compared(data, listed))):
                return listed
    return None


def _compared(data: Any, listed: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the labels of a few items, and what is listed for them."""
    found, expected = [], []
    for place in spread(len(listed)):
        try:
            found.append(item_of(data, place)[1])
        except DLCError:  # an image that cannot be had is told when it is read
            continue
        expected.append(listed[place])
    return found, expected


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(_plain(one) == _plain(other))
    except DLCError:
        return False


def spread(count: int) -> list[int]:
    """Return a few places among so many, the first and the last among them."""
    places: list[int] = np.unique(np.linspace(0, count - 1, _TRIED).astype(int)).tolist()
    return places


def _plain(label: Any) -> Any:
    try:
        value = label.item() if hasattr(label, "item") else label
    except (RuntimeError, ValueError):  # several numbers
        value = None
    if isinstance(value, bool | int | str | np.integer):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise DLCError(f"got the label {label!r}; expected one class an image, a number or a text.")


def named_labels(labels: list[Any], named: list[Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return the N labels as class names, and all classes: by their names, if labels are places.

    Raises:
        DLCError: if a number is the place of no name.
    """
    whole = all(isinstance(label, int) and not isinstance(label, bool) for label in labels)
    if len(set(map(str, named))) < len(named):
        raise DLCError("two classes have the same name; expected each name once.")
    if named and whole:
        if min(labels) < 0 or max(labels) >= len(named):
            raise DLCError(
                f"labels lie in [{min(labels)}, {max(labels)}], and there are "
                f"{counted(len(named), 'class')}."
            )
        names = tuple(str(name) for name in named)
        return [names[label] for label in labels], names
    texts = [str(label) for label in labels]
    return texts, classes_of(texts)


def pixels_of(image: Any) -> np.ndarray[Any, Any]:
    """Return a tensor or an array as an array."""
    if hasattr(image, "detach"):
        image = image.detach().cpu()
        image = (image.float() if image.is_floating_point() else image).numpy()
    return np.asarray(image)


def scale_of(data: Any, name: str) -> float:
    """Return what floating-point pixels are multiplied with, from a few items."""
    low, high = np.inf, -np.inf
    for place in spread(len(data)):
        try:
            image = item_of(data, place)[0]
        except DLCError:  # told when it is read
            continue
        if not isinstance(image, Image.Image):
            values = pixels_of(image)
            if np.issubdtype(values.dtype, np.floating):
                low, high = min(low, float(values.min())), max(high, float(values.max()))
    return 255.0 if low > high else value_scale(low, high, name)
