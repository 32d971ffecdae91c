"""What learns from a subset and is judged on the held-out part."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.evidence.material import Part
from dlc_core.features.linear_probe import fit_probe


class Learner(Protocol):
    """Learns from some of a part's training samples and names the class of each held-out one."""

    def __call__(self, part: Part, kept: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
        """Return the predicted class of each held-out sample, (m,).

        Args:
            part: the split.
            kept: (k,) positions among its training samples.
            seed: of whatever the learning draws.
        """


def probe_learner(
    part: Part,
    kept: NDArray[np.int64],
    *,
    seed: int,  # noqa: ARG001 - every learner has the same signature
) -> NDArray[np.int64]:
    """Fit the linear probe (`fit_probe`) on the kept samples' features."""
    probe = fit_probe(part.features[kept], part.targets[kept], part.whole.classes)
    return probe.predict(part.held_features)
