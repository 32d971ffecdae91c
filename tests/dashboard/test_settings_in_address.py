"""How one looks, through a tiny app: session before address before default."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def app() -> None:
    import streamlit as st

    from dashboard.settings_in_address import choose, chosen, widget

    options = st.session_state.get("offered", ["a", "b", "c"])
    then = lambda: choose("page", 1)  # noqa: E731
    order = chosen("order", options, options[0], before={"bee": "b"})
    page = chosen("page", range(1, 5), 1)
    if not st.session_state.get("elsewhere"):
        st.selectbox("Order", options, **widget("order", order, then))
    st.button("Next", on_click=lambda: choose("page", page + 1))
    st.text(f"{order} {page!r}")


def opened(**address: str) -> AppTest:
    at = AppTest.from_function(app)
    for name, value in address.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def address(at: AppTest) -> dict[str, str]:
    """AppTest gives what it was given as it was, and what the app wrote in a list."""
    return {
        name: value if isinstance(value, str) else value[0]
        for name, value in at.query_params.items()
    }


def test_the_address_decides_at_first_and_nonsense_is_the_default() -> None:
    assert opened().text[0].value == "a 1"
    assert opened(order="c", page="3").text[0].value == "c 3"
    at = opened(order="<b>", page="99")
    assert at.text[0].value == "a 1"
    assert address(at) == {}


def test_a_change_is_written_to_the_address_and_a_default_is_not() -> None:
    at = opened(other="kept")
    at.button[0].click().run()
    assert address(at)["page"] == "2"
    at.selectbox[0].set_value("b").run()  # and its callback turns to the first page
    assert at.text[0].value == "b 1"
    assert address(at) == {"order": "b", "other": "kept"}
    at.selectbox[0].set_value("a").run()
    assert address(at) == {"other": "kept"}


def test_a_choice_outlives_its_widget() -> None:
    at = opened()
    at.selectbox[0].set_value("c").run()
    at.session_state["elsewhere"] = True
    at.run()
    at.session_state["elsewhere"] = False
    at.run()
    assert at.text[0].value == "c 1"
    assert at.selectbox[0].value == "c"


def test_what_is_no_longer_offered_is_the_default() -> None:
    at = opened(order="c")
    at.session_state["offered"] = ["x", "y"]
    at.run()
    assert at.text[0].value == "x 1"
    assert "order" not in at.query_params


def test_an_option_is_known_by_its_name_of_before() -> None:
    at = opened(order="bee")
    assert at.text[0].value == "b 1"
    assert address(at) == {"order": "b"}
