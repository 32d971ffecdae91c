"""What stands in for training, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.evidence.gap_chart import gap_chart
from dlc_core.evidence import Finding
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.interval import Gap
from dlc_core.evidence.live_record import Reading
from dlc_core.plurals import noun_of

_PROBE = (
    "**What is measured.** Not fine-tuning: a linear probe (ridge regression on this run's "
    "features, the strength of its regularisation chosen by leave-one-out in each subset) learns "
    "from the subset and names the held-out samples. It takes milliseconds, and tells strategies "
    "apart by the samples that they keep. How high accuracy is after fine-tuning it does not say, "
    "and a gap of a point or two may be another there. The interval is of 95 %, over draws and "
    "held-out samples together, and errs on the wide side. The features were made once from all "
    "images, without their labels. The hardness scores, too, are those of the whole run, so the "
    "class centres behind them have seen the held-out samples; a split or strategy that is "
    "*chosen* is chosen on the training part alone."
)


def draw_trust(probe: Reading, others: Sequence[Reading]) -> None:
    """Show what other methods measured beside the probe, and say what the probe is."""
    for other in others:
        method = for_markdown(other.method)
        st.subheader(f"Beside it: {method}")
        figure = gap_chart(other.found)
        if figure is not None:
            st.plotly_chart(figure, key=f"gaps-{other.method}", config={"displayModeBar": False})
        rows = both(probe.found, other.found)
        if rows:
            agree = sum(row["same sign"] == "yes" for row in rows)
            st.markdown(
                f"Probe and {method} agree on the sign of the gap to random in **{agree} of "
                f"{len(rows)}** {noun_of(len(rows), 'comparison')}."
            )
            st.dataframe(pd.DataFrame(rows), hide_index=True)
    with st.expander("What this measures, and how far to trust it", icon=":material/info:"):
        st.markdown(_PROBE)


def both(probe: Sequence[Finding], other: Sequence[Finding]) -> list[dict[str, str]]:
    """Return a row for each comparison with random that both have made."""
    known = {(one.arm, one.keep_ratio): one.to_random for one in other if one.to_random}
    rows = []
    for one in probe:
        there = known.get((one.arm, one.keep_ratio))
        if one.to_random is not None and there is not None:
            same = (one.to_random.mean >= 0) == (there.mean >= 0)
            rows.append(
                {
                    "kept": f"{100 * one.keep_ratio:g} %",
                    "strategy": title(one.arm),
                    "probe": _words(one.to_random),
                    "the other": _words(there),
                    "same sign": "yes" if same else "no",
                }
            )
    return rows


def _words(gap: Gap) -> str:
    return f"{100 * gap.mean:+.1f} [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"
