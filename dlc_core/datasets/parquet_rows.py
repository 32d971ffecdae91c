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

from dlc_core.data_files import read_data
from dlc_core.data_roots import require_allowed
from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.table_columns import PATHS, guess
from dlc_core.errors import DLCError
from dlc_core.parquet import read_parquet
from dlc_core.parquet_sizes import opened

_KEPT = 1 << 27  # bytes of images that are kept in memory, and the last one
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

    try:
        with opened(require_allowed(file), file.name) as parquet:
            schema = parquet.schema_arrow
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
    cells = (
        read_parquet(require_allowed(file), file.name, columns=[column], rows=_HEAD)
        .column(0)
        .to_pylist()
    )
    try:
        return all(b"\0" not in cell and cell.decode().isprintable() for cell in cells if cell)
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

        self._file, self._column = require_allowed(file), column
        try:
            with opened(self._file, file.name) as parquet:
                metadata, schema = parquet.metadata, parquet.schema_arrow
                counts = [
                    metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)
                ]
        except (OSError, ArrowException) as error:
            raise DLCError(f"cannot read the table {file.name}; was it cut off?") from error
        self._ends = list(accumulate(counts))
        self.rows = self._ends[-1] if self._ends else 0
        self._schema = schema
        self._lock = threading.Lock()
        self._cells: OrderedDict[int, Any] = OrderedDict()
        self._size = 0  # of those cells
        self._place = -1, 0  # the group that is read on, and its next row
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

        others = [name for name in self._schema.names if name != self._column]
        path = [f"{self._column}.path"] if self.has_paths else []
        try:
            found = read_parquet(self._file, self._file.name, columns=others + path)
            table: pd.DataFrame = found.to_pandas(integer_object_nulls=True, ignore_metadata=True)
        except DLCError:
            raise
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
        value = self._cell(row)
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

    def _cell(self, row: int) -> Any:
        """Return a row's cell; reading on is quick, going back begins its group anew."""
        from pyarrow import ArrowException

        with self._lock:
            if row not in self._cells:
                try:
                    self._read_to(row)
                except (OSError, ArrowException, StopIteration) as error:
                    raise DLCError(
                        f"{self._file.name} was there and is gone or damaged; bring it back and go "
                        "on with --resume, what was done is kept."
                    ) from error
            self._cells.move_to_end(row)
            return self._cells[row][0].as_py()

    def _read_to(self, row: int) -> None:
        group = bisect_right(self._ends, row)
        start = self._ends[group - 1] if group else 0
        current, following = self._place
        if current != group or following > row:
            # A group may be larger than the memory, and so may some rows that mean one image again
            # and again: nothing is read ahead.
            parquet = opened(self._file, self._file.name, buffer_size=_BUFFER)
            self._following = parquet.iter_batches(
                batch_size=1, row_groups=[group], columns=[self._column], use_threads=False
            )
            following = start
        for place in range(following, row + 1):
            cells = next(self._following).column(0)
            self._place = group, place + 1
            old = self._cells.pop(place, None)
            self._cells[place] = cells
            self._size += cells.nbytes - (0 if old is None else old.nbytes)
            while self._size > _KEPT and len(self._cells) > 1:
                self._size -= self._cells.popitem(last=False)[1].nbytes


def _path_of(value: Any) -> Any:
    return value.get("path") if isinstance(value, dict) else value
