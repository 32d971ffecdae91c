"""The same tree as a ZIP, written as a stream: the same samples, the same bytes."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from typing import IO

from dlc_core.errors import DLCError
from dlc_core.export.image_export import ImageExport, Written
from dlc_core.export.sources import Unusable
from dlc_core.export.staging import staged_file
from dlc_core.export.tree_names import Placed

_PACKED_BY_US = (".bmp", ".pgm", ".ppm", ".tif", ".tiff")  # the others are compressed already
_IN_MEMORY = 32 << 20  # bytes; a larger file is streamed
_CHUNK = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the oldest time a ZIP knows: the same on any day


def write_zip(job: ImageExport) -> Written:
    """Write label/file name into a ZIP: stored where compressed already, ZIP64 where needed.

    Memory holds one image of up to 32 MB, and the archive's list of names (about 1 kB a sample).

    Raises:
        DLCError: if the file cannot be written; there is then none, or the old one.
    """
    with (
        staged_file(job.out) as temporary,
        zipfile.ZipFile(temporary, "x", allowZip64=True, strict_timestamps=True) as archive,
    ):
        taken = job.each(lambda sample: _add(archive, job, sample))
    return job.written(taken)


def _add(archive: zipfile.ZipFile, job: ImageExport, sample: Placed) -> None:
    entry = zipfile.ZipInfo(sample.target, date_time=_LONG_AGO)
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix, readable by all
    packed = sample.target.lower().endswith(_PACKED_BY_US)
    entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with job.sources.open(sample.source) as file:
        entry.file_size = file.seek(0, os.SEEK_END)  # not every image is a file of the disk
        file.seek(0)
        # A file that fails half-way would leave half an entry: read it first, if it is small.
        source = _whole(file) if entry.file_size <= _IN_MEMORY else _Told(file, sample.source)
        with archive.open(entry, "w") as target:
            while data := source.read(_CHUNK):
                target.write(data)


def _whole(file: IO[bytes]) -> BytesIO:
    try:
        return BytesIO(file.read(2 * _IN_MEMORY))
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror}") from error


class _Told:
    """A large file whose failure cannot be passed over any more."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise DLCError(
                f"{self._name} broke off while it was read ({error.strerror}); no ZIP was made; "
                "mend or exclude it."
            ) from error
