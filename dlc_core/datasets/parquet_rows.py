"""The images in the rows of a Parquet file, read some rows at a time."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd

from dlc_core.data_roots import open_data, read_data, require_allowed
from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.table_columns import PATHS, guess
from dlc_core.errors import DLCError

_ROWS = 64  # that are read at once
_BATCHES = 8  # of so many rows that are kept in memory
_HEAD = 4  # cells that tell images from text
_BUFFER = 1 << 20  # bytes
_BYTES = ("bytes", "image_bytes", "img_bytes", "jpg", "jpeg", "png")


def image_column(file: Path, asked: str | None) -> str | None:
    """Return the column of a Parquet file that holds images, not paths; None if there is none.

    That is one of objects with a field `bytes`, as the hub of Hugging Face has them, or of bytes.

    Args:
        file: of that format; damaged ones have no such column.
        asked: the column that a person named.
    """
    from pyarrow import ArrowException, types
    from pyarrow.parquet import read_schema

    try:
        with open_data(file) as stream:
            schema = read_schema(stream)
    except (OSError, ArrowException):
        return None
    names = list(schema.names)
    objects = [
        field.name for field in schema
        if types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
    ]  # fmt: skip
    tests = (types.is_binary, types.is_large_binary, types.is_binary_view)
    raw = [field.name for field in schema if any(test(field.type) for test in tests)]
    if asked is not None:
        return asked if asked in (*objects, *raw) else None
    if objects:
        return str(guess(objects, PATHS) or objects[0])
    found = guess(raw, (*PATHS, *_BYTES))
    others = guess([name for name in names if name not in raw], PATHS)
    return None if found is None or others is not None or _is_text(file, found) else found


def _is_text(file: Path, column: str) -> bool:
    """Whether bytes are text that some programs write without saying so, such as paths."""
    from pyarrow.parquet import ParquetFile

    with open_data(file) as stream, ParquetFile(stream, pre_buffer=False) as parquet:
        batch = next(parquet.iter_batches(batch_size=_HEAD, columns=[column]), None)
    cells = [] if batch is None else [cell for cell in batch.column(0).to_pylist() if cell]
    try:
        return all(b"\0" not in cell and cell.decode().isprintable() for cell in cells)
    except UnicodeDecodeError:
        return False


class ImageRows:
    """The images of a column; one thread at a time reads, several may ask.

    Attributes:
        rows: how many there are.
    """

    def __init__(self, file: Path, column: str) -> None:
        """Read the file's footer only.

        Args:
            file: the Parquet file.
            column: from `image_column`.

        Raises:
            DLCError: if it is damaged.
        """
        from pyarrow import ArrowException
        from pyarrow.parquet import read_metadata

        self._file, self._column = require_allowed(file), column
        try:
            metadata = read_metadata(self._file)
            schema = metadata.schema.to_arrow_schema()
            counts = [
                metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)
            ]
        except (OSError, ArrowException) as error:
            raise DLCError(f"cannot read the table {file.name}; was it cut off?") from error
        self._ends = list(accumulate(counts))
        self.rows = self._ends[-1] if self._ends else 0
        self._schema = schema
        self._lock = threading.Lock()
        self._batches: OrderedDict[tuple[int, int], Any] = OrderedDict()
        self._place = -1, 0  # the group that is read on, and its next batch
        self._following: Iterator[Any] = iter(())

    @property
    def has_paths(self) -> bool:
        """Whether the images are objects that may also name their files."""
        kind = self._schema.field(self._column).type
        return bool(getattr(kind, "num_fields", 0)) and kind.get_field_index("path") >= 0

    def class_names(self, label: str) -> tuple[str, ...]:
        """Return the names of the classes that the file's metadata gives for a column of numbers.

        They are `ClassLabel` in what the `datasets` library writes; () if there are none.
        """
        try:
            said = json.loads((self._schema.metadata or {})[b"huggingface"])
            feature = said["info"]["features"][label]
            names = feature["names"] if feature["_type"] == "ClassLabel" else ()
        except (KeyError, ValueError, TypeError):
            return ()
        return tuple(map(str, names)) if isinstance(names, list) else ()

    def labelled(self) -> list[str]:
        """Return the columns whose classes the metadata names."""
        return [name for name in self._schema.names if self.class_names(name)]

    def table(self) -> pd.DataFrame:
        """Return the other columns, and in the images' place the path that each row names, or None.

        Raises:
            DLCError: if the file is damaged.
        """
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        others = [name for name in self._schema.names if name != self._column]
        path = [f"{self._column}.path"] if self.has_paths else []
        try:
            with ParquetFile(self._file) as parquet:
                found = parquet.read(columns=others + path)
            table: pd.DataFrame = found.to_pandas(integer_object_nulls=True, ignore_metadata=True)
        except (OSError, ArrowException, ValueError) as error:
            raise DLCError(f"cannot read the table {self._file.name}; was it cut off?") from error
        named = table[self._column].map(_path_of, na_action="ignore") if path else None
        return table.assign(**{self._column: pd.Series(named, index=table.index, dtype=object)})

    def image(self, row: int) -> bytes:
        """Return the bytes of a row's image file.

        Raises:
            UnreadableImage: if the row has none.
            DLCError: if the file is gone: that is no fault of thousands.
        """
        group = bisect_right(self._ends, row)
        batch, place = divmod(row - (self._ends[group - 1] if group else 0), _ROWS)
        value = self._batch(group, batch)[place].as_py()
        data = value.get("bytes") if isinstance(value, dict) else value
        if isinstance(data, bytes) and data:
            return data
        named = value.get("path") if isinstance(value, dict) else None
        if not named:
            raise UnreadableImage("the row has no image")
        folder = self._file.parent.resolve()
        try:
            file = (folder / str(named)).resolve(strict=True)
            if file.is_relative_to(folder) and file.is_file():
                return read_data(file)
        except (OSError, ValueError, RuntimeError) as error:
            raise UnreadableImage("the file of the row is missing") from error
        raise UnreadableImage("the row names a file outside the table's folder")

    def _batch(self, group: int, batch: int) -> Any:
        """Return some rows of a group; reading on is quick, going back begins the group anew."""
        from pyarrow import ArrowException

        with self._lock:
            if (group, batch) not in self._batches:
                try:
                    self._read_to(group, batch)
                except (OSError, ArrowException, StopIteration) as error:
                    raise DLCError(
                        f"{self._file.name} was there and is gone or damaged; bring it back and go "
                        "on with --resume, what was done is kept."
                    ) from error
            self._batches.move_to_end((group, batch))
            return self._batches[group, batch]

    def _read_to(self, group: int, batch: int) -> None:
        from pyarrow.parquet import ParquetFile

        current, following = self._place
        if current != group or following > batch:
            # A group may be larger than the memory: nothing of it is read ahead.
            parquet = ParquetFile(self._file, buffer_size=_BUFFER, pre_buffer=False)
            self._following = parquet.iter_batches(
                batch_size=_ROWS, row_groups=[group], columns=[self._column]
            )
            following = 0
        for place in range(following, batch + 1):
            self._batches[group, place] = next(self._following).column(0)
            self._place = group, place + 1
            while len(self._batches) > _BATCHES:
                self._batches.popitem(last=False)


def _path_of(value: Any) -> Any:
    return value.get("path") if isinstance(value, dict) else value
