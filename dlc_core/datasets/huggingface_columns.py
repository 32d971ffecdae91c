"""Which columns of a Hugging Face dataset hold images and labels, and what they say."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pandas as pd

from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.row_paths import row_paths
from dlc_core.datasets.table_columns import LABELS, as_text, guess
from dlc_core.errors import DLCError
from dlc_core.file_names import printable


def roles_in(datasets: Any, data: Any, text: str, asked: Asked) -> tuple[str, str]:
    """Return the columns of images and labels.

    Raises:
        DLCError: if there are none, or labels are no classes.
    """
    features = data.features
    for option in (asked.image_column, asked.label_column):
        if option is not None and option not in features:
            raise DLCError(
                f"{printable(text)} has no column {option!r}; it has "
                f"{', '.join(list(features)[:12])}."
            )
    images = [name for name, kind in features.items() if isinstance(kind, datasets.Image)]
    images += [
        name for name, kind in features.items() if isinstance(kind, dict) and "bytes" in kind
    ]
    image = asked.image_column or next(iter(images), None)
    kinds = [name for name, kind in features.items() if isinstance(kind, datasets.ClassLabel)]
    label = asked.label_column or next(iter(kinds), None) or guess(list(features), LABELS)
    if image is None or label is None:
        what, option = ("images", "image") if image is None else ("labels", "label")
        raise DLCError(
            f"{printable(text)} has no column of {what} that could be found; name it with "
            f"--{option}-column; it has {', '.join(list(features)[:12])}."
        )
    kind = features[label]
    if not isinstance(kind, datasets.ClassLabel | datasets.Value):
        raise DLCError(
            f"the column {label!r} of {printable(text)} holds {type(kind).__name__} values; "
            "expected one class per image."
        )
    if isinstance(kind, datasets.Value) and kind.dtype.startswith(("float", "double")):
        raise DLCError(
            f"the column {label!r} of {printable(text)} holds measured numbers, not classes; bin "
            "them first."
        )
    return str(image), str(label)


def labels_in(datasets: Any, data: Any, label: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the class names, if the data names them, and each row's class."""
    values = plain_table(data, [label])[label]
    kind = data.features[label]
    if not isinstance(kind, datasets.ClassLabel) or not kind.names:
        return (), as_text(values)
    names = tuple(str(name) for name in kind.names)
    numbers = values.fillna(-1).to_numpy(dtype=np.int64)
    return names, [names[n] if 0 <= n < len(names) else "" for n in numbers.tolist()]


def plain_table(data: Any, columns: list[str]) -> pd.DataFrame:
    """Return some columns as a table; whole numbers stay such where a cell is empty."""
    found = data.select_columns(columns).with_format("arrow")[:]
    return found.to_pandas(integer_object_nulls=True)  # type: ignore[no-any-return]


def paths_in(data: Any, image: str, labels: list[str]) -> list[str]:
    """Return a path for each row: its file's name below its label, numbered if not unique."""
    import pyarrow.compute as pc

    own = [None] * len(labels)
    if data._indices is None:  # else the column is in another order
        with contextlib.suppress(KeyError, ValueError, NotImplementedError):
            own = pc.struct_field(data.data.column(image), "path").to_pylist()
    return row_paths(own, labels)
