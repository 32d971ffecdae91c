"""Fine-tuning a backbone on some images of a run, and judging it on others."""
