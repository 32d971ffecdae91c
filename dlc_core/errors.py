"""The one exception for what the user can mend."""

from __future__ import annotations

import errno


class DLCError(ValueError):
    """A request that cannot be met as asked; its text is one sentence: got, expected, what to do.

    The command line prints the text and exits with code 2; a page of the dashboard shows it. Names
    and cells of a person's data are in it, so a text that they make long loses its middle.
    """

    def __init__(self, text: object = "") -> None:
        """Take the sentence."""
        super().__init__(clipped(str(text)))


_LONGEST = 500


def clipped(text: str, longest: int = _LONGEST) -> str:
    """Return a text of at most so many characters: the start and the end of a longer one."""
    if len(text) <= longest:
        return text
    end = longest // 3  # what to do is said last
    return f"{text[: longest - end - 3].rstrip()} … {text[-end:].lstrip()}"


# What the system says of a path or a disk, and what a person can do about it.
_SAID = {
    errno.ENOSPC: ("the disk is full", "make room and try again"),
    errno.EDQUOT: ("your quota of the disk is used up", "make room and try again"),
    errno.EFBIG: ("the file would be larger than allowed there", "choose another disk"),
    errno.EROFS: ("the disk is read-only", "choose another place or make it writable"),
    errno.EACCES: ("you may not", "give yourself the right to, or choose another place"),
    errno.EPERM: ("you may not", "give yourself the right to, or choose another place"),
    errno.EIO: ("the disk does not answer as it should", "check the disk"),
    errno.ENOENT: ("it is not there", "check the path"),
    errno.ENOTDIR: ("a part of the path is no folder", "check the path"),
    errno.EISDIR: ("a folder is in its place", "move the folder away"),
    errno.ENOTEMPTY: ("a folder is in its place", "move the folder away"),
    errno.EEXIST: ("something else is in its place", "move it away"),
    errno.ELOOP: ("links lead in a circle", "mend the links"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.ESTALE: ("the network disk is gone", "mount it again"),
    errno.ENODEV: ("the device is gone", "check the disk"),
    errno.ENXIO: ("the device is gone", "check the disk"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n)"),
    errno.ENFILE: ("too many files are open", "close other programs"),
    errno.ETXTBSY: ("another program uses it", "wait for that to end"),
    errno.EBUSY: ("another program uses it", "wait for that to end"),
    errno.ENOLCK: ("this disk has no locks", "choose another disk"),
}


def refused(path: object, error: OSError, *, act: str = "write") -> str:
    """Return the sentence on a file or folder that the system refuses.

    Args:
        path: of it.
        error: what the system said.
        act: what could not be done, a verb.
    """
    unknown = error.strerror or reason_of(error), "check the disk and the path"
    reason, way = _SAID.get(error.errno or 0, unknown)
    return f"cannot {act} {path}: {reason}; {way}."


def is_refusal(error: OSError) -> bool:
    """Whether an error is of a path or a disk, which a person can mend, and no fault of ours."""
    return error.errno in _SAID


def reason_of(error: BaseException) -> str:
    """Return what an error of a library says, for use inside a sentence.

    One line of at most 160 characters without a full stop; its class where it says nothing.
    """
    return " ".join(str(error).split())[:160].rstrip(". ") or type(error).__name__
