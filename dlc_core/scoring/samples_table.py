"""The columns of samples.parquet: what is known of each sample, and its score and ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.datasets import Dataset, Sample
from dlc_core.ranking import key_places, ranks


def known_columns(
    dataset: Dataset, samples: Sequence[Sample], looked: NDArray[Any], *, columns: Sequence[str]
) -> pd.DataFrame:
    """Return what is known of samples before any score, (N rows): common columns, then others.

    Args:
        dataset: that they belong to; names their classes.
        samples: (N).
        looked: (N,) records that hold the modality's columns.
        columns: the names of these.
    """
    class_ids = np.array([sample.class_id for sample in samples], dtype=np.int64)
    return pd.DataFrame(
        {
            "id": np.array([sample.id for sample in samples], dtype=np.int64),
            "path": [sample.path for sample in samples],
            "label": [dataset.classes[class_id] for class_id in class_ids],
            "class_id": class_ids,
            **{name: _own_column(looked[name]) for name in columns},
        }
    )


def with_scores(
    table: pd.DataFrame, scores: NDArray[np.float64], places: NDArray[np.int64] | None = None
) -> pd.DataFrame:
    """Return the table with score, rank, class_rank and percentile.

    Args:
        table: (N rows) from `known_columns`.
        scores: (N,), higher = harder.
        places: (N,) `key_places` of the paths, where they are known already.
    """
    keys = key_places(table["path"].tolist()) if places is None else places
    rank, class_rank, percentile = ranks(scores, table["class_id"].to_numpy(np.int64), keys)
    return table.assign(score=scores, rank=rank, class_rank=class_rank, percentile=percentile)


def _own_column(values: NDArray[Any]) -> NDArray[Any]:
    """Return one of the modality's columns, whole numbers as int64, others as float64."""
    return values.astype(np.int64 if values.dtype.kind in "iu" else np.float64)
