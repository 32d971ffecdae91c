"""The dialog that chooses the split by evidence: it starts the job, shows the curve, uses it."""

from __future__ import annotations

import shlex
from dataclasses import replace

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.evidence.auto_chart import auto_chart
from dashboard.evidence.looking import looking
from dashboard.progress import EVERY
from dashboard.recipe import current_recipe, use_recipe
from dashboard.rerun import draw_anew
from dashboard.toasts import say
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.evidence import Arm
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.choose_arm import Choice
from dlc_core.evidence.stored_choice import words
from dlc_core.evidence.usable_choice import next_best, score_of, tried_of, usable
from dlc_core.jobs import choosing_arm
from dlc_core.jobs.choosing_arm import AMONG, Choosing, choosing_of
from dlc_core.plurals import counted
from dlc_core.recipes import Recipe

_OPEN = "auto-open"  # name of the run that it is open for


def auto_button(view: View) -> None:
    """Show the button that opens the dialog."""
    st.button(
        "Choose the split by evidence",
        key="auto",
        icon=":material/science:",
        help="Tries splits on parts held out of this run's own data, and takes what is clearly "
        "better than random, if anything is. Takes seconds.",
        on_click=_open,
        args=(view.run.name,),
        width="stretch",
    )


def auto_is_open(view: View) -> bool:
    """Whether the dialog is to be shown."""
    return bool(st.session_state.get(_OPEN) == view.run.name)


def _open(name: str) -> None:
    st.session_state[_OPEN] = name


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Choose the split by evidence", width="medium", on_dismiss=_close)
def auto_dialog(view: View, recipe: Recipe) -> None:
    """Show what is chosen, how far the choice is, or the button that begins it."""
    if not auto_is_open(view):
        draw_anew()  # something was used: the page behind follows it
    ratio = recipe.keep_ratio
    if ratio >= 1:
        st.info("All of the data is kept: there is nothing to choose. Prune something first.")
        return
    usual = f"{recipe.strategy}:auto"
    name = st.segmented_control(
        "What is chosen", list(AMONG), default=usual if usual in AMONG else "flexrand:auto",
        required=True, key="auto-among", format_func=AMONG.__getitem__,
    )  # fmt: skip
    name = str(name or "flexrand:auto")
    try:
        with looking():
            now = choosing_of(view, name, ratio)
    except DLCError as error:
        st.warning(for_markdown(str(error)), icon=":material/warning:")
        return
    if now.state == "running":
        _watch(view, name, ratio)
    elif now.choice is not None:
        _chosen(view, now.choice, ratio)
    else:
        _begin(view, name, ratio, now)
    with st.expander("On the command line", icon=":material/terminal:"):
        typed = shlex.join(["dlc", *choosing_arm.command(view, name, ratio)])
        st.code(typed, language="bash", wrap_lines=True)


def _begin(view: View, name: str, ratio: float, now: Choosing) -> None:
    st.markdown(
        f"At **{100 * ratio:g} % kept**: on up to six inner splits of this run, each choice and "
        "random pick their samples, a linear probe learns from them, and the samples held out say "
        "which was better. What is less than two standard errors above random is not taken."
    )
    if now.state == "failed":
        st.error(for_markdown(now.message), icon=":material/error:")
    elif now.state == "stopped":
        st.caption("Stopped before the end; nothing was chosen.")
    if st.button("Try them", key="auto-start", type="primary", icon=":material/science:"):
        try:
            choosing_arm.start(view, name, ratio)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()


@st.fragment(run_every=EVERY)
def _watch(view: View, name: str, ratio: float) -> None:
    now = choosing_of(view, name, ratio)
    if now.state != "running":
        draw_anew()
    tried = "Trying splits" if name != "auto" else "Trying splits and strategies"
    st.progress(now.share, text=f"{tried} at {100 * ratio:g} % kept …")
    st.button(
        "Cancel", key="auto-cancel", icon=":material/stop_circle:", on_click=choosing_arm.cancel,
        args=(view, name, ratio),
    )  # fmt: skip


def _chosen(view: View, choice: Choice, ratio: float) -> None:
    share, one = f"{100 * ratio:g} % kept", tried_of(choice)
    if not choice.fits:
        st.info(for_markdown(words(choice, ratio)), icon=":material/info:")
        return
    if one is None:
        kinds = {tried.arm.strategy for tried in choice.tried}
        what = "No split" if len(kinds) == 1 else "Nothing that was tried"
        st.markdown(f"**{what} is clearly better than random at {share}: random is as good.**")
    else:
        st.markdown(
            f"**At {share}: {title(one.arm.name)}**, {100 * one.gap:+.1f} points on random, "
            f"standard error {100 * one.error:.1f}."
        )
    st.plotly_chart(
        auto_chart(choice), key="auto-chart", config={"displayModeBar": False},
        alt="Gap to random of each choice that was tried",
    )  # fmt: skip
    st.caption(
        f"Bars: two standard errors. Hollow: given up early, as clearly behind. "
        f"{counted(choice.fits, 'training')} of the probe, {choice.seconds:.1f} s. The best of "
        "several "
        "always looks a little better than it is: what choosing like this brings is measured on "
        "the Evidence page, with held-out samples that no choice has seen."
    )
    _offer(view, choice)


def _offer(view: View, choice: Choice) -> None:
    names = list(view.score_names)
    arm = choice.arm
    if not usable(arm, names):
        st.info(
            "It is ordered by the probe's own mistakes, a score that recipes of this run do not "
            "have.",
            icon=":material/info:",
        )
        other = next_best(choice, names)
        if other is None:
            return
        arm = other.arm
    label = "Use random" if arm == RANDOM else f"Use {title(arm.name)}"
    st.button(
        label, key="auto-use", type="primary", icon=":material/check:", on_click=_use,
        args=(view, arm),
    )  # fmt: skip


def _use(view: View, arm: Arm) -> None:
    recipe = current_recipe(view)
    recipe = replace(recipe, strategy=arm.strategy, parameters=arm.parameters, score=score_of(arm))
    try:
        use_recipe(view, recipe)
    except DLCError as error:
        say(str(error), icon="error")
    else:
        _close()
        say(f"Now: {title(arm.name)}.")
