"""Hugging Face datasets: saved to disk, Parquet, an image folder with metadata, or a hub name."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from dlc_core.data_files import read_data
from dlc_core.data_roots import OutsideRoots, require_all_allowed
from dlc_core.datasets.arrow_streams import require_plain
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.huggingface_columns import labels_in, paths_in, plain_table, roles_in
from dlc_core.datasets.huggingface_patterns import own_files_only
from dlc_core.datasets.huggingface_saved import require_own_files
from dlc_core.datasets.images import OUTSIDE, UnreadableImage, decoded
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import pick_split
from dlc_core.datasets.table_columns import Roles, classes_of, kept_columns
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import is_utf8, printable
from dlc_core.hub import require_hub
from dlc_core.parquet import require_measured

# Of a data set on the hub.
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


def takes_huggingface(text: str) -> bool:
    """Whether a text is the path of what save_to_disk wrote."""
    path = Path(text).expanduser()
    return path.is_dir() and (
        (path / "dataset_dict.json").is_file()
        or all((path / name).is_file() for name in ("dataset_info.json", "state.json"))
    )


def load_huggingface(text: str, asked: Asked) -> Dataset:
    """List a dataset of the `datasets` library; images are read row by row when they are needed.

    Args:
        text: a folder of save_to_disk, of Parquet files or of images; a Parquet file; or a name on
            the hub, NAME or NAME@CONFIG, from the library's cache unless asked.download.
        asked: split, --image-column and --label-column (else by their types, then by their names).

    Raises:
        DLCError: if the library or the data is missing, or it is no image classification.
    """
    asked.refuse("a Hugging Face dataset", "id_column", "split_column", "image_root", "clusters")
    datasets = _library()
    data = _loaded(datasets, text.strip(), asked)
    split: str | None = None
    splits: tuple[str, ...] = ()
    if isinstance(data, dict):
        splits = tuple(str(name) for name in data)
        split, found = pick_split(list(splits), asked.split, where=printable(text))
        data = data[found[0]]
    elif asked.split not in (None, "train"):
        raise DLCError(f"{printable(text)} has no split {asked.split!r}; it has no parts.")
    found_in = _folders(text.strip())
    return replace(from_library(data, text, asked, split=split, folders=found_in), splits=splits)


def _folders(text: str) -> tuple[Path, ...]:
    """Return where the files may lie that rows name: beside the data, or in the library's cache."""
    import datasets.config
    from huggingface_hub import constants

    path = Path(text).expanduser().absolute()
    if path.exists():
        return (path if path.is_dir() else path.parent,)
    caches = (
        datasets.config.HF_DATASETS_CACHE,
        datasets.config.DOWNLOADED_DATASETS_PATH,
        constants.HF_HUB_CACHE,
    )
    return tuple(Path(cache).absolute() for cache in caches)


def _library() -> Any:
    try:
        import datasets
        from huggingface_hub import constants
    except ImportError as error:
        raise DLCError(
            'Hugging Face datasets need their package: pip install "dlc-dashboard[hf]".'
        ) from error
    constants.HF_HUB_DISABLE_TELEMETRY = True
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    return datasets


def _loaded(datasets: Any, text: str, asked: Asked) -> Any:
    path = Path(text).expanduser()
    try:
        if path.exists():
            if "::" in str(path.absolute()):  # which the library takes for addresses in each other
                raise DLCError(f"{printable(str(path))} has :: in it; rename it.")
            require_all_allowed(path)
        if path.is_dir() and takes_huggingface(text):
            require_own_files(path)
            require_plain(path)
            return datasets.load_from_disk(str(path))
        for file in [path] if path.is_file() else path.rglob("*.parquet"):
            if file.suffix == ".parquet":
                require_measured(file)
        if path.is_dir() and any(path.rglob("*.parquet")):
            return datasets.load_dataset("parquet", data_dir=str(path))
        if path.is_dir():
            return datasets.load_dataset("imagefolder", data_dir=str(path))
        if path.suffix == ".parquet" and path.is_file():
            return datasets.load_dataset("parquet", data_files=str(path), split="train")
        if text.startswith((".", "/", "~")) or not text:
            raise DLCError(f"no such folder: {printable(text)}; expected a Hugging Face dataset.")
        name, _, config = text.partition("@")
        _require_name(datasets, name)
        if asked.download:
            require_hub(f"the dataset {printable(text)}")
        with _offline(not asked.download), own_files_only():
            return datasets.load_dataset(name, config or None)
    except DLCError:
        raise
    except Exception as error:  # the library raises many kinds, of a dozen packages
        raise DLCError(_reason(text, path, error, asked)) from error


@contextlib.contextmanager
def _offline(offline: bool) -> Iterator[None]:
    """Keep the library from asking the hub."""
    import datasets.config
    from huggingface_hub import constants

    before = datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = offline or before[1]
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def _require_name(datasets: Any, name: str) -> None:
    """Refuse what the library would not look up on the hub: addresses, and its own formats."""
    if not _NAME.fullmatch(name):
        raise DLCError(f"{printable(name)} is no name of the hub, and no folder here.")
    if name in datasets.packaged_modules._PACKAGED_DATASETS_MODULES:
        raise DLCError(f"{name} is a format of the library, no data set; name a folder or file.")


def _reason(text: str, path: Path, error: Exception, asked: Asked) -> str:
    said = reason_of(error)
    if path.exists():
        return f"{printable(text)} cannot be read as a Hugging Face dataset: {said}."
    if not asked.download:
        return (
            f"the dataset {printable(text)} is not on this machine: allow the download "
            "(--download), or name a folder."
        )
    return f"could not download the dataset {printable(text)} ({said}): check name and network."


def from_library(
    data: Any,
    text: str,
    asked: Asked,
    *,
    split: str | None = None,
    folders: tuple[Path, ...] | None = None,
) -> Dataset:
    """Return a `datasets.Dataset` that is in memory as a dataset that can be scored.

    Args:
        data: the library's dataset, of one part.
        text: its name, for people.
        asked: --image-column, --label-column and --group-column.
        split: which part it is.
        folders: where files may lie that rows name instead of holding images; None = anywhere.

    Raises:
        DLCError: if it is no image classification.
    """
    datasets = _library()
    image, label = roles_in(datasets, data, text, asked)
    data = data.cast_column(image, datasets.Image(decode=False))
    names, labels = labels_in(datasets, data, label)
    classes = names or classes_of([one for one in labels if one])
    ids = {name: class_id for class_id, name in enumerate(classes)}
    paths = paths_in(data, image, labels)
    samples, faults, places = [], [], []
    for place, (path, said) in enumerate(zip(paths, labels, strict=True)):
        if said in ids and is_utf8(path) and len(said) <= 200:
            samples.append(Sample(place, path, ids[said]))
            places.append(place)
        else:
            faults.append(Fault(printable(path[:400]), printable(said[:200]), "has no label"))
    others = [name for name in data.column_names if name not in (image, label)]
    scalar = [name for name in others if isinstance(
        data.features[name], datasets.Value | datasets.ClassLabel
    )]  # fmt: skip
    if asked.group_column is not None and asked.group_column not in scalar:
        raise DLCError(f"{printable(text)} has no column {asked.group_column!r} of plain values.")
    table = plain_table(data, scalar) if scalar else None
    columns, left_out = ({}, []) if table is None else kept_columns(
        table.iloc[places], Roles(image, label, None, asked.group_column)
    )  # fmt: skip
    left_out += [name for name in others if name not in scalar]

    rows = data.select_columns([image])  # others may name files, which it would open

    def encoded(sample: Sample) -> bytes:
        value = rows[sample.id][image]
        try:
            if value is None:
                raise UnreadableImage("the row has no image")
            return value["bytes"] or _file(value["path"], folders)
        except OutsideRoots as error:
            raise UnreadableImage(OUTSIDE) from error
        except (OSError, TypeError, KeyError) as error:
            raise UnreadableImage("the file of the row is missing") from error

    def read(sample: Sample) -> Image.Image:
        return decoded(io.BytesIO(encoded(sample)))

    name = PurePosixPath(text.rstrip("/")).name
    return Dataset(
        kind="hf",
        name=printable(f"{name} ({split})" if split else name),
        root="",
        split=split,
        classes=classes,
        samples=tuple(samples),
        faults=tuple(faults),
        read=read,
        columns=columns,
        encoded=encoded,
        notes=(f"columns that are not kept: {', '.join(left_out[:8])}",) if left_out else (),
    )


def _file(named: str, folders: tuple[Path, ...] | None) -> bytes:
    start = folders[0] if folders else Path.cwd()
    path = Path(os.path.normpath(start / named))
    if folders is not None and not any(path.is_relative_to(folder) for folder in folders):
        raise UnreadableImage("the row names a file outside the data's folder")
    of_library = [folder.resolve() for folder in folders or () if len(folders or ()) > 1]
    return read_data(path, also=of_library)
