"""What numba compiles for umap-learn and pynndescent is kept on disk, for the next process."""

from __future__ import annotations

import contextlib
import sys


def keep_compiled(*libraries: str) -> None:
    """Let numba keep what it compiles of libraries that are imported already.

    umap-learn compiles most of its functions anew in every process, which takes longer than the map
    of a small dataset. Kept machine code is the same code: numba looks for it by the source file's
    date, its own version, the processor and the types. It lies beside the library, or in the user's
    cache directory where that cannot be written; where neither can, it is compiled each time.

    Args:
        libraries: names of packages, such as "umap".
    """
    from numba.core.dispatcher import Dispatcher

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in libraries:
            continue
        for function in list(vars(module).values()):
            if isinstance(function, Dispatcher):
                with contextlib.suppress(RuntimeError):  # there is no place to keep it
                    function.enable_caching()
