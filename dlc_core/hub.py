"""Files of the Hugging Face hub: from its cache, or fetched on the user's word."""

from __future__ import annotations

from pathlib import Path

from dlc_core.errors import DLCError, reason_of

_WEIGHTS = (".safetensors", ".bin", ".pth", ".npz")
_TIMEOUT = 4.0  # seconds without an answer


def require_hub(what: str) -> None:
    """Ask once whether the hub is there: the libraries themselves ask for half a minute.

    Args:
        what: is to be fetched, for the sentence.

    Raises:
        DLCError: if it does not answer soon.
    """
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=_TIMEOUT)
    except Exception as error:  # of whichever HTTP library it uses
        said = reason_of(error)
        raise DLCError(
            f"could not download {what} ({said}): check the network, or leave --download out and "
            "use what is on this machine."
        ) from error


def fetch_from_hub(repository: str, file: str, *, of: str, download: bool) -> Path:
    """Return where a file of the hub is on this machine.

    Args:
        repository: such as "timm/vit_small_patch16_224.augreg_in21k_ft_in1k".
        file: its name there.
        of: the backbone, for the sentence.
        download: whether it may be fetched if it is not in the library's cache.

    Raises:
        DLCError: if it is not there and may not, or cannot, be fetched.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        found = try_to_load_from_cache(repository, file)
    except ValueError as error:
        raise DLCError(f"{repository!r} is no name of the hub, and no folder here.") from error
    if isinstance(found, str):
        return Path(found)
    if not download:
        raise DLCError(
            f"{file} of {of} is not on this machine: allow the download (--download), fetch it "
            f"into the hub's cache (huggingface-cli download {repository})"
            + (", or name a file (--weights)." if file.endswith(_WEIGHTS) else ".")
        )
    require_hub(f"{file} of {of}")
    try:
        return Path(hf_hub_download(repository, file, etag_timeout=_TIMEOUT))
    except (OSError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        reason = reason_of(error)
        raise DLCError(
            f"could not download {file} of {of} ({reason}): check the name and the network, or "
            "name a file or folder that is on this machine."
        ) from error
