"""The registry of layouts, and which of them a record has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dlc_core.datasets.instructions.alpaca import ALPACA
from dlc_core.datasets.instructions.dolly import DOLLY
from dlc_core.datasets.instructions.dolly_hhrlhf import DOLLY_HHRLHF
from dlc_core.datasets.instructions.layout import Fields, Layout
from dlc_core.datasets.instructions.named_columns import NAMED, named_columns
from dlc_core.datasets.instructions.openai_messages import OPENAI_MESSAGES
from dlc_core.datasets.instructions.plain_text import PLAIN_TEXT
from dlc_core.datasets.instructions.preference import PREFERENCE
from dlc_core.datasets.instructions.prompt_completion import PROMPT_COMPLETION
from dlc_core.datasets.instructions.record import UnusableRecordError
from dlc_core.datasets.instructions.sharegpt import SHAREGPT
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.table_columns import listed
from dlc_core.errors import DLCError

FIRST = 1000  # records that are looked at for their layout
_OFTEN = 0.1  # share of them that fit two layouts from which a person must choose

LAYOUTS: dict[str, Layout] = {
    "alpaca": ALPACA,
    "dolly": DOLLY,
    "prompt-completion": PROMPT_COMPLETION,
    "dolly_hhrlhf": DOLLY_HHRLHF,
    "sharegpt": SHAREGPT,
    "messages": OPENAI_MESSAGES,
    "preference": PREFERENCE,
    "text": PLAIN_TEXT,
}


def fitting(fields: Fields) -> list[str]:
    """Return the names of the layouts whose fields a record has; null counts as missing if it can.

    Plain text is named only where no other fits.
    """
    there = {name: value for name, value in fields.items() if value is not None}
    return _fitting(there) or _fitting(fields)


def _fitting(fields: Fields) -> list[str]:
    found = [name for name, one in LAYOUTS.items() if one.takes(fields)]
    return [name for name in found if not LAYOUTS[name].fallback] or found


@dataclass(frozen=True)
class Chosen:
    """How the records of one data set are read: by one layout, or by that of each (None)."""

    name: str | None
    layout: Layout | None

    def of(self, fields: Fields) -> tuple[str, Layout]:
        """Return the layout of a record, and its name.

        Raises:
            UnusableRecordError: if it has none.
        """
        if self.layout is not None and self.name is not None:
            if not self.layout.takes(fields):
                raise UnusableRecordError(
                    f"it lacks fields of the layout {self.name} ({self.layout.description}); "
                    f"{_has(fields)}"
                )
            return self.name, self.layout
        found = fitting(fields)
        if not found:
            raise UnusableRecordError(f"it fits no layout; {_has(fields)}")
        return found[0], LAYOUTS[found[0]]


def _has(fields: Fields) -> str:
    return f"its fields are {listed(list(map(str, fields)))}" if fields else "it has no fields"


def chosen_layout(records: Iterable[Any], name: str, asked: Asked) -> Chosen:
    """Return how to read records: as a person said, else each by the layout that it fits.

    Args:
        records: the first of the data, at most FIRST are looked at; others than objects are faults.
        name: of the data, for sentences.
        asked: a layout, or columns by name.

    Raises:
        DLCError: if there is no such layout, or many records fit the same two.
    """
    named = named_columns(asked)
    if named is not None:
        return Chosen(NAMED, named)
    if asked.layout is not None:
        if asked.layout not in LAYOUTS:
            raise DLCError(
                f"there is no layout {asked.layout[:40]!r}; expected one of {', '.join(LAYOUTS)}."
            )
        return Chosen(asked.layout, LAYOUTS[asked.layout])
    found = [tuple(fitting(one)) for one in records if isinstance(one, dict)]
    for several, count in Counter(one for one in found if len(one) > 1).most_common(1):
        if count >= _OFTEN * len(found):
            raise DLCError(
                f"{name} fits more than one layout: {count:,} of the first {len(found):,} records "
                f"are {' and '.join(several)} as well; choose with --layout {several[0]} or "
                f"--layout {several[1]}."
            )
    return Chosen(None, None)
