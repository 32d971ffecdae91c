"""The text of docs/training-methods.md, made from what benchmarks.training_methods measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PRESCRIBED = {
    "DLC": "FlexRand, gamma tuned on a validation part (arXiv 2402.05356)",
    "Forgetting": "drop the least forgotten (arXiv 1812.05159)",
    "EL2N, GraNd": "keep the largest, the mean over 10 networks; with wrong labels and at strong "
    "pruning leave out the very largest (arXiv 2107.07075)",
    "entropy, margin, least confidence": "keep the least certain (arXiv 1906.11829)",
    "k-center": "farthest first in the features of the trained network (arXiv 1708.00489)",
    "herding": "each time the sample that brings the mean nearest (Welling 2009)",
}
LENGTHS = (5, 10, 20, 50, 200)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join("| " + " | ".join(r) + " |" for r in (head, ["---"] * len(head), *rows))


def page(result: dict[str, Any]) -> str:
    """Return the page.

    Args:
        result: what `main` of benchmarks.training_methods measured.
    """
    settings, parts = result["settings"], result["parts"]
    by_name = {method["name"]: method for method in result["methods"]}
    fast, exact = by_name["DLC, fast"]["processor"], by_name["DLC, exact"]["processor"]
    epoch, decoding = parts["epoch"]["processor"], parts["decoding"]["processor"]
    words = ", ".join(f"{k} {v}" for k, v in settings.items() if k != "name")
    costs = [
        [m["name"], m["needs"], f"{m['processor']:.1f}", f"{m['clock']:.1f}",
         f"{m['processor'] / fast:.1f}", f"{m['processor'] / exact:.1f}"]
        for m in result["methods"]
    ]  # fmt: skip
    lengths = [
        [str(length), f"{decoding + length * epoch:.0f}",
         f"{(decoding + length * epoch) / fast:.1f}", f"{(decoding + length * epoch) / exact:.1f}"]
        for length in LENGTHS
    ]  # fmt: skip
    text = [
        "# Time against methods that train\n",
        "Made by `python -m benchmarks.training_methods`; do not edit. "
        f"{result['dataset']}, {result['samples']:,} samples, {result['backbone']}, all methods on "
        f"the same {settings['image_size']}-pixel images. {result['machine']}. Processor seconds "
        "are what the work takes on one core that does nothing else; the clock also shows what "
        f"other programs did meanwhile. Fine-tuning: {words}.\n",
        "## Seconds to get the scores\n",
        table(["method", "T", "processor s", "clock s", "times DLC fast", "times DLC exact"], costs)
        + "\n",
        f"**The ratio depends on the epochs.** One epoch cost {epoch:.1f} s, one plain pass over "
        f"the images {parts['pass']['processor']:.1f} s, decoding {decoding:.1f} s. A method that "
        "needs one full fine-tuning would cost, computed from these and not measured:\n",
        table(["epochs", "processor s", "times DLC fast", "times DLC exact"], lengths) + "\n",
        "The paper claims 35 times for 50 masks on its GPU, its data and its number of epochs; "
        f"here that would take {_epochs(35, exact, decoding, epoch)} epochs against the exact "
        f"profile and {_epochs(35, fast, decoding, epoch)} against the fast one. EL2N and GraNd "
        f"averaged {result['networks']} networks here; their paper takes 10, at that many times "
        "the price. Scores of a fine-tuning also leave a fine-tuned network behind, which DLC does "
        "not; and the fast profile and features alone (k-center, herding) need no training either."
        "\n",
    ]
    if result["accuracy"]:
        text += _accuracy(result)
    return "\n".join(text)


def _epochs(ratio: float, cost: float, decoding: float, epoch: float) -> str:
    return f"{max(0.0, (ratio * cost - decoding) / epoch):.0f}"


def _accuracy(result: dict[str, Any]) -> list[str]:
    cells = result["accuracy"]
    ratios = sorted({cell["keep"] for cell in cells})
    rows = [["random", "", *(_percent(c["accuracy"]) for c in cells if c["method"] == "random")]]
    ways = dict.fromkeys((c["method"], c["how"]) for c in cells if c["method"] != "random")
    values = {(c["method"], c["how"], c["keep"]): c for c in cells}
    for method, how in ways:
        rows.append([method, f"`{how}`", *(_gap(values[method, how, ratio]) for ratio in ratios)])
    return [
        "## What the subsets are worth\n",
        f"Accuracy of the linear probe on the test split ({result['held_out']:,} samples; all of "
        f"the training data: {_percent(result['full'])}). First line: random inside each class; "
        "then the gap to it in points with its 95 % interval over "
        f"{result['seeds']} draws and the held-out samples, bold where it excludes 0 (of so many "
        "comparisons one in twenty does by chance). `hardest` is the top of the score, as most of "
        "these papers do it; the same score through FlexRand with fixed gammas beside it, none "
        "chosen by looking. Every class keeps its share; some papers rank over all classes.\n",
        table(["method", "chosen by", *(f"{100 * r:g} % kept" for r in ratios)], rows) + "\n",
        "What the papers prescribe:\n",
        table(["method", "kept"], [[k, v] for k, v in PRESCRIBED.items()]) + "\n",
    ]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _gap(cell: dict[str, Any]) -> str:
    low, high = cell["low"], cell["high"]
    text = f"{100 * cell['gap']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    return f"**{text}**" if low > 0 or high < 0 else text
