"""How to look (order, colours, tile size …): kept over page switches and in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T", str, int)
_KEY = "choices"


def chosen(
    name: str, options: Sequence[T], default: T, *, before: Mapping[str, str] | None = None
) -> T:
    """Return what was chosen: in this session, else in the address, else the default.

    Args:
        name: of the choice, and of the query parameter.
        options: what may be chosen.
        default: is left out of the address.
        before: how addresses of before call an option -> how it is called now.
    """
    values = _values()
    if name not in values:
        asked = str(st.query_params.get(name, ""))
        asked = (before or {}).get(asked, asked)
        values[name] = next((option for option in options if str(option) == asked), default)
    if values[name] not in options:  # what another run offered
        values[name] = default
    _write(name, values[name], default)
    value: T = values[name]
    return value


def choose(name: str, value: Any) -> None:
    """Choose a value; the address follows when the choice is next drawn."""
    _values()[name] = value


def widget(
    name: str, value: Any, then: Callable[[], None] | None = None
) -> dict[str, Any]:  # key and on_change of a Streamlit widget
    """Return the key and callback with which a widget shows a choice and changes it.

    Args:
        name: of the choice.
        value: what `chosen` returned.
        then: called after a change.
    """
    key = f"choice-{name}"
    st.session_state[key] = value

    def store() -> None:
        if st.session_state[key] is not None:
            choose(name, st.session_state[key])
        if then:
            then()

    return {"key": key, "on_change": store}


def _values() -> dict[str, Any]:
    values: dict[str, Any] = st.session_state.setdefault(_KEY, {})
    return values


def _write(name: str, value: Any, default: Any) -> None:
    if value == default:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
