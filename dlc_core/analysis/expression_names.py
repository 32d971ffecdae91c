"""The names that a filter expression can use on a run, and what each stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from dlc_core.analysis.by_score import values_of
from dlc_core.analysis.expression import Condition
from dlc_core.analysis.expression_fields import (
    Coded,
    Field,
    Mask,
    Numbers,
    Texts,
    Words,
    coded_texts,
    listed,
)
from dlc_core.analysis.expression_tokens import expected
from dlc_core.analysis.filter import DECIDED, Filter
from dlc_core.analysis.filter_masks import mask_of
from dlc_core.analysis.own_columns import is_number
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.issues import ISSUES
from dlc_core.reimport import kept_names

DATA, SCORE = "data.", "score."  # before the name of a column of the data's own, of a stored score
ANY, NONE = "any", "none"
_NUMBERS = ("score", "percentile", "rank", "class_rank", "id", "class_id")
_SEVERAL = ("issue", "decision", "subset")  # of which a sample may have several
_HIDDEN = ("suspected_class", "other_class")  # of the issues: codes of classes
_PLURALS = {"copy": "duplicate", "copies": "duplicate", "qualities": "quality"}
_DECIDED = {words: key for key, words in DECIDED.items()}


def field_of(view: View, condition: Condition) -> Field:
    """Return what a condition's name stands for.

    Raises:
        DLCError: if the run has nothing of that name.
    """
    fields, name = fields_of(view), condition.name.text
    if name in fields:
        return fields[name]()
    names = [one for one in fields if not one.startswith((DATA, SCORE))]
    raise expected(condition.name, f"one of {listed(name, names)}")


def fields_of(view: View) -> Mapping[str, Callable[[], Field]]:
    """Return every name that an expression on this run can use; of two the first is meant.

    A score or a column of the data's own that has another's name is reached by SCORE or DATA.
    """
    found: dict[str, Callable[[], Field]] = {}
    for name, field in _ours(view):
        found.setdefault(name, field)
    own = {name: partial(own_field, view, name) for name in view.columns}
    for prefix in (DATA, ""):
        for name, field in own.items():
            found.setdefault(f"{prefix}{name}", field)
    return found


def taken_names(view: View) -> frozenset[str]:
    """Return our names: a column of the data's own that has one of them is reached by DATA."""
    return frozenset([*(name for name, _ in _ours(view)), *(f"{DATA}{n}" for n in view.columns)])


def column_of(view: View, name: str) -> pd.Series:
    """Return (N,) the numbers or texts that a name stands for.

    Raises:
        DLCError: if the run has nothing of that name, or it stands for words of which a sample may
            have several.
    """
    fields = fields_of(view)
    field = fields[name]() if name in fields else None
    if isinstance(field, Numbers):
        return pd.Series(field.values())
    if isinstance(field, Texts):
        codes, texts = field.coded()
        return pd.Series(np.array(texts, dtype=object)[codes], dtype="str")
    names = [one for one in fields if one not in _SEVERAL and not one.startswith((DATA, SCORE))]
    raise DLCError(f"got the column {name!r}, expected one of {listed(name, names)}.")


def issue_meant(text: str) -> str:
    """Return the issue that a text means: plurals and spaces are understood."""
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    name = _PLURALS.get(name, name)
    return name if name in ISSUES else name.removesuffix("s")


def decision_meant(text: str) -> str:
    """Return the decision that a text means, such as pin for pinned."""
    name = text.strip().lower()
    return _DECIDED.get(name, name)


def _ours(view: View) -> Iterator[tuple[str, Callable[[], Field]]]:
    """Yield our names and what they stand for."""
    classes = Texts(lambda: (view.class_ids, view.classes), closed=True)
    yield "class", lambda: classes
    yield "label", lambda: classes
    yield "path", lambda: Texts(partial(_coded, view, "path"))
    for name in _NUMBERS:
        yield name, partial(_numbers, view, name)
    yield "issue", lambda: Words(_issues(view), issue_meant)
    yield "decision", lambda: Words(_decisions(view), decision_meant)
    yield "relabel", lambda: Texts(partial(_said, view, "relabelled"))
    yield "note", lambda: Texts(partial(_said, view, "notes"))
    yield "suspected", lambda: Texts(partial(_suspected, view), closed=True)
    yield "subset", lambda: Words(_subsets(view))
    if view.issues is not None:
        for name in map(str, view.issues.columns):
            if is_number(view.issues[name]) and name not in _HIDDEN:
                yield name, partial(_numbers, view, name)
    for name in map(str, view.samples.columns):
        if is_number(view.samples[name]):
            yield name, partial(_numbers, view, name)
    base = view.base or view
    for name in view.score_names:
        score = Numbers(partial(values_of, base, name))
        yield name, partial(_itself, score)
        yield f"{SCORE}{name}", partial(_itself, score)


def _itself(field: Field) -> Field:
    return field


def _numbers(view: View, name: str) -> Field:
    table = view.samples if name in view.samples.columns or view.issues is None else view.issues
    return Numbers(lambda: table[name].to_numpy(dtype=np.float64))


def own_field(view: View, name: str) -> Field:
    """Return a column of the data's own table."""
    values = view.columns[name]
    if is_number(values):
        return Numbers(lambda: values.to_numpy(dtype=np.float64))
    whole = pd.api.types.is_bool_dtype(values)
    return Texts(partial(_coded, view, f"{DATA}{name}"), meant=str.capitalize if whole else str)


def _coded(view: View, name: str) -> Coded:
    base = view.base or view
    own = name.removeprefix(DATA)
    values = base.columns[own] if name != own else base.samples[name]
    return base.recent("texts", name, lambda: coded_texts(values), most=6)


def _issue_table(view: View, name: str) -> pd.DataFrame:
    if view.issues is None:
        raise DLCError(
            f"{name} rests on the issues of this run, which are not found yet; find them with dlc "
            "kinds RUN."
        )
    return view.issues


def _issues(view: View) -> Mapping[str, Callable[[], Mask]]:
    table = _issue_table(view, "issue")

    def some() -> Mask:
        return np.asarray(np.logical_or.reduce([issue.mask(table) for issue in ISSUES.values()]))

    each = {name: partial(issue.mask, table) for name, issue in ISSUES.items()}
    return {**each, ANY: some, NONE: lambda: ~some()}


def _decisions(view: View) -> Mapping[str, Callable[[], Mask]]:
    return {key: partial(mask_of, view, Filter(decided=(key,))) for key in DECIDED}


def _said(view: View, field: str) -> Coded:
    """Return what people wrote of each sample, "" where nothing."""
    given: dict[int, str] = getattr(view.decided(), field)
    codes = np.full(len(view), -1, dtype=np.int64)
    codes[np.searchsorted(view.ids, list(given))] = np.arange(len(given))
    return codes, [*given.values(), ""]  # -1 is the last


def _suspected(view: View) -> Coded:
    """Return the class that a classifier finds instead of each sample's own, "" where none."""
    found = _issue_table(view, "suspected")["suspected_class"].to_numpy(dtype=np.int64)
    return np.where(found == view.class_ids, -1, found), [*view.classes, ""]


def _subsets(view: View) -> Mapping[str, Callable[[], Mask]]:
    names = kept_names(view.run.path)
    return {name: partial(mask_of, view, Filter(subset=name)) for name in names}
