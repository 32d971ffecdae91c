"""One sample, large."""

from dashboard.sample.dialog import close_sample, sample_dialog, sample_is_open

__all__ = ["close_sample", "sample_dialog", "sample_is_open"]
