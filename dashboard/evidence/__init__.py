"""The Evidence page's parts: what to measure, the job, and what came of it."""
