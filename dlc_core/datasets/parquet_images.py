"""A Parquet file that holds the images themselves, as the hub of Hugging Face gives them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.images import decoded
from dlc_core.datasets.parquet_rows import ImageRows
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.row_paths import row_paths
from dlc_core.datasets.table_columns import as_text, classes_of, kept_columns, roles_of
from dlc_core.datasets.table_names import named
from dlc_core.datasets.table_parts import left_out_note, part_of, require_label
from dlc_core.datasets.table_refusals import refuse_other_tasks
from dlc_core.file_names import is_utf8, printable


def load_parquet_images(file: Path, column: str, asked: Asked) -> Dataset:
    """List the images in a Parquet file; they are read some rows at a time when needed.

    Args:
        file: of objects with `bytes` and perhaps `path`, or of bytes, in one column.
        column: that one, from `image_column`.
        asked: the columns of labels (else the one whose classes the metadata names, else guessed),
            splits and groups, and the split.

    Returns:
        The dataset; a sample's path is its label and what the row calls its file.

    Raises:
        DLCError: if it is damaged, of another task, or lacks labels.
    """
    asked.refuse("a Parquet file that holds its images", "image_root", "clusters")
    images = ImageRows(file, column)
    table = named(images.table())
    classed = [name for name in images.labelled() if name in table.columns]
    label = asked.label_column or next(iter(classed), None)
    roles = roles_of(file.name, table, replace(asked, image_column=column, label_column=label))
    known = images.class_names(roles.label) if roles.label else ()
    doubt = ""
    if not known:
        believed = asked.label_column is not None
        others = table.drop(columns=column)
        doubt = refuse_other_tasks(file.name, others, roles.label, believed=believed)
    require_label(file.name, table, roles)
    split, splits, places = part_of(file.name, table, roles, asked)
    table = table.iloc[places]
    labels = _labels(table[roles.label], known)
    classes = known or classes_of([one for one in labels if one])
    ids = {name: class_id for class_id, name in enumerate(classes)}
    said = table[column].where(table[column].notna(), None).tolist()
    samples, faults, rows = [], [], []
    for row, (path, one) in enumerate(zip(row_paths(said, labels), labels, strict=True)):
        if one in ids and is_utf8(path) and len(one) <= 200:
            samples.append(Sample(row, path, ids[one]))
            rows.append(row)
        else:
            faults.append(Fault(printable(path[:400]), printable(one[:200]), "has no label"))
    columns, left_out = kept_columns(table.iloc[rows], roles)
    stamp = file.stat().st_size, file.stat().st_mtime_ns

    def encoded(sample: Sample) -> bytes:
        return images.image(int(places[sample.id]))

    def read(sample: Sample) -> Image.Image:
        return decoded(io.BytesIO(encoded(sample)))

    return Dataset(
        kind="table",
        name=printable(f"{file.stem} ({split})" if split else file.stem),
        root="",
        split=split,
        classes=classes,
        samples=tuple(samples),
        faults=tuple(faults),
        read=read,
        stamp=lambda _sample: stamp,
        columns=columns,
        encoded=encoded,
        splits=splits,
        notes=tuple(filter(None, (doubt, left_out_note(left_out)))),
    )


def _labels(values: pd.Series, names: tuple[str, ...]) -> list[str]:
    """Return the label of each row; by the names that the metadata gives to numbers."""
    if not names:
        return as_text(values)
    numbers = pd.to_numeric(values, errors="coerce").fillna(-1).to_numpy(dtype=np.int64)
    return [names[number] if 0 <= number < len(names) else "" for number in numbers.tolist()]
