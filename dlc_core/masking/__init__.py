"""Which weights are masked: the masks themselves, and which of them are computed."""
