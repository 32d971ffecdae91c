"""What Hugging Face `datasets` loads: an imagefolder with metadata, and a saved dataset."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from dlc_core.csv_escaping import harmless
from dlc_core.errors import DLCError
from dlc_core.export.image_export import ImageExport, Written
from dlc_core.export.sources import Unusable
from dlc_core.export.staging import staged_folder
from dlc_core.export.tables import rows_of
from dlc_core.export.tree import fill
from dlc_core.export.tree_names import Placed

_IMAGES = "images"  # so that no file_name can start as a formula does
_BATCH = 32 << 20  # bytes of images in memory
_ALSO = ("id", "path", "score")
_METADATA = ["file_name", "label", "score", "id"]


def write_hf_imagefolder(job: ImageExport) -> Written:
    """Write OUT/train/images/label/file and OUT/train/metadata.csv for load_dataset("imagefolder").

    The metadata's columns are file_name, label, score, id and the data's own. Where there are any
    of these, or CSV would change a label ("007" to 7, "NA" to nothing) or a spreadsheet execute it,
    it is metadata.jsonl instead.

    Raises:
        DLCError: as `write_imagefolder`.
    """
    with staged_folder(job.out) as folder:
        targets: dict[int, str] = {}
        train = folder / "train"
        (train / _IMAGES).mkdir(parents=True)
        taken = fill(job, train / _IMAGES, named=targets)
        rows = job.content.table.iloc[taken]
        names = [f"{_IMAGES}/{targets[row]}" for row in taken]
        table = rows[["label", "score", "id"]].assign(file_name=names)
        table = pd.concat([table[_METADATA], job.content.own.iloc[taken]], axis=1)
        _write_metadata(train, table)
    return job.written(taken)


def _write_metadata(folder: Path, table: pd.DataFrame) -> None:
    plain = table.shape[1] == len(_METADATA)
    text = table.to_csv(index=False, lineterminator="\n")
    labels = table["label"].tolist()
    read = pd.read_csv(io.StringIO(text))["label"].tolist()
    if plain and [str(label) for label in read] == labels and all(map(_safe, labels)):
        (folder / "metadata.csv").write_text(text, encoding="utf-8", newline="")
        return
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(table))
    with (folder / "metadata.jsonl").open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def _safe(label: str) -> bool:
    return harmless(label) == label


def write_hf(job: ImageExport) -> Written:
    """Write what `datasets.load_from_disk` reads: image, label (ClassLabel), id, path, score, and
    the data's own columns.

    Needs the optional `datasets`, and for a moment twice the space.

    Raises:
        DLCError: as `write_imagefolder`, or if `datasets` is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise DLCError(
            "this format needs Hugging Face datasets, which is not installed; run "
            "pip install 'dlc-dashboard[hf]'."
        ) from error
    import pyarrow as pa

    names = [*job.content.run.classes]
    names += sorted(set(job.content.table["label"]) - set(names))
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=names),
            "id": datasets.Value("int64"),
            "path": datasets.Value("string"),
            "score": datasets.Value("float64"),
            **{name: datasets.Value(_type(values)) for name, values in job.content.own.items()},
        }
    )
    with staged_folder(job.out) as folder:
        stream = folder / "stream.arrow"
        schema = features.arrow_schema
        with pa.OSFile(str(stream), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            taken = _fill_stream(job, writer, schema, names)
        loaded = datasets.Dataset.from_file(str(stream))
        shown = not datasets.are_progress_bars_disabled()
        datasets.disable_progress_bars()
        try:
            loaded.save_to_disk(str(folder / "saved"))
        finally:
            if shown:
                datasets.enable_progress_bars()
        del loaded
        stream.unlink()
        for file in (folder / "saved").iterdir():
            file.replace(folder / file.name)
        (folder / "saved").rmdir()
    return job.written(taken)


def _type(values: pd.Series) -> str:
    """Return what the library calls a column's type."""
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if pd.api.types.is_integer_dtype(values):
        return "uint64" if pd.api.types.is_unsigned_integer_dtype(values) else "int64"
    return "float64" if pd.api.types.is_numeric_dtype(values) else "string"


def _fill_stream(job: ImageExport, writer: Any, schema: Any, names: list[str]) -> list[int]:
    import pyarrow as pa

    codes = {name: place for place, name in enumerate(names)}
    table = job.content.table
    columns = {key: table[key].tolist() for key in _ALSO}
    for name, values in job.content.own.items():
        columns[str(name)] = values.astype(object).where(values.notna(), None).tolist()
    waiting: list[dict[str, Any]] = []
    size = 0

    def flush() -> None:
        nonlocal size
        if waiting:
            writer.write_batch(pa.RecordBatch.from_pylist(waiting, schema=schema))
        waiting.clear()
        size = 0

    def take(sample: Placed) -> None:
        nonlocal size
        try:
            with job.sources.open(sample.source) as file:
                data = file.read()
        except OSError as error:
            raise Unusable(f"cannot be read: {error.strerror}") from error
        label, name = sample.target.split("/")
        row = {key: values[sample.row] for key, values in columns.items()}
        row.update(image={"bytes": data, "path": name}, label=codes[label])
        waiting.append(row)
        size += len(data)
        if size >= _BATCH:
            flush()

    taken = job.each(take)
    flush()
    return taken
