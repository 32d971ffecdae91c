"""What is asked of a reader besides the dataset's name: split, columns, whether to download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from dlc_core.errors import DLCError


@dataclass(frozen=True)
class Asked:
    """How to read a dataset; None leaves it to the reader.

    Attributes:
        split: which part, such as "train".
        image_column: of a table, the column of paths (or of images).
        label_column: the column of classes.
        id_column: the column of the samples' own names.
        split_column: the column that says which part a sample is in.
        group_column: the column of what belongs together, such as a patient.
        image_root: the folder that a table's paths are relative to; None = the table's own.
        clusters: for images without labels, the number of clusters that stand for classes.
        download: whether the dataset may be fetched.
        layout: of instruction records, a name in LAYOUTS; None = found out for each.
        prompt_column, response_column, messages_column: of records in no known layout, the
            columns of what is asked and answered, or of all messages.
        source_column: of records, the column of where each is from.
    """

    split: str | None = None
    image_column: str | None = None
    label_column: str | None = None
    id_column: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    image_root: str | None = None
    clusters: int | None = None
    download: bool = False
    layout: str | None = None
    prompt_column: str | None = None
    response_column: str | None = None
    messages_column: str | None = None
    source_column: str | None = None

    def given(self) -> dict[str, Any]:
        """Return what was given, by name, as JSON keeps it."""
        return {name: value for name, value in asdict(self).items() if value not in (None, False)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Asked:
        """Return it from a mapping; keys that it does not know are passed over."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    def refuse(self, reader: str, *names: str) -> None:
        """Refuse what a kind of dataset cannot do.

        Args:
            reader: the kind, for the sentence, such as "an image folder".
            names: attributes that it has no use for.

        Raises:
            DLCError: naming the first that was given.
        """
        given = self.given()
        for name in names:
            if name in given:
                option = "--" + name.replace("_", "-")
                raise DLCError(f"{reader} has no use for {option} {given[name]}; leave it out.")
