"""One line about the machine and the commit, for the head of every benchmark's output."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import torch


def describe_machine() -> str:
    """Return processor, threads, GPU, PyTorch's version and the commit."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if _proc() else ():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    return (
        f"{processor}, {torch.get_num_threads()} threads{gpu}, PyTorch {torch.__version__}, "
        f"commit {commit or 'unknown'}"
    )


def _proc() -> bool:
    return Path("/proc/cpuinfo").is_file()
