"""The names in a ZIP that does not say in which code page they are written.

Only names with a flag are UTF-8; the standard says code page 437 for the others, but programs write
what their machine uses: UTF-8, Shift-JIS, GBK … Libraries that detect an encoding need sentences
(of twelve such names charset-normalizer recognised three), so this goes by what a name may look
like: words of one script, of its common letters.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

_FLAG = 0x800  # the name is UTF-8
_UNICODE_PATH = 0x7075  # the extra field of Info-ZIP with the name in UTF-8


class _Page(NamedTuple):
    """A code page: its letters, and of two bytes the leading ones of its common characters."""

    name: str
    script: str
    leads: tuple[int, int] = (0, 0)


# In the order that decides where two fit alike.
_PAGES = (
    _Page("cp437", "LATIN"),
    _Page("cp850", "LATIN"),
    _Page("cp1252", "LATIN"),
    _Page("cp852", "LATIN"),
    _Page("cp932", "JAPANESE", (0x88, 0x97)),
    _Page("gbk", "CJK", (0xB0, 0xD7)),
    _Page("cp949", "HANGUL", (0xB0, 0xC8)),
    _Page("big5", "CJK", (0xA4, 0xC6)),
    _Page("cp866", "CYRILLIC"),
    _Page("cp1251", "CYRILLIC"),
)
_SCRIPTS = {
    "HIRAGANA": "JAPANESE",
    "KATAKANA": "JAPANESE",
    "CJK": "CJK",
    "HANGUL": "HANGUL",
    "CYRILLIC": "CYRILLIC",
    "LATIN": "LATIN",
}
_WORD = re.compile(r"[^\W\d_]+")
_KOREAN = 4  # characters, all of them common Hangul, from which they are hardly Chinese
_RIGHT = 0.75  # share of the letters beyond ASCII that must be right


def decoded_names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Return the members' names as they were meant; as code page 437 where nothing fits better.

    Args:
        infos: all members, for together they tell more than one alone.
    """
    raw = [_raw(info) for info in infos]
    unsure = {one for one in raw if one is not None and not one.isascii()}
    page = _page(sorted(unsure)) if unsure else "cp437"
    names = [
        _said(info) or (info.orig_filename if one is None else one.decode(page, "replace"))
        for info, one in zip(infos, raw, strict=True)
    ]
    return [name.partition("\0")[0] for name in names]  # as zipfile reads them


def _raw(info: zipfile.ZipInfo) -> bytes | None:
    """Return the bytes of a name, or None if it is known to be UTF-8."""
    return None if info.flag_bits & _FLAG else info.orig_filename.encode("cp437")


def _said(info: zipfile.ZipInfo) -> str:
    """Return the name of Info-ZIP's extra field, or ""."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == _UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8", "ignore")
        extra = extra[4 + size :]
    return ""


def _page(names: Sequence[bytes]) -> str:
    if _utf8(names):
        return "utf-8"
    fits = {page.name: _fit(names, page) for page in _PAGES}
    best = max(_PAGES, key=lambda page: fits[page.name])  # the first of equals
    return best.name if fits[best.name] >= _RIGHT else "cp437"


def _utf8(names: Sequence[bytes]) -> bool:
    """Whether all are UTF-8; so are some of GBK, but as Latin letters of no usual language."""
    try:
        text = b"/".join(names).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any("\u0180" <= char <= "\u02af" for char in text)


def _fit(names: Sequence[bytes], page: _Page) -> float:
    """Return the share of characters beyond ASCII that a page makes likely ones."""
    right, count = 0.0, 0
    for name in names:
        try:
            text = name.decode(page.name)
        except UnicodeDecodeError:
            return 0.0
        odd = [char for char in text if char > "\x7f"]
        count += len(odd)
        right += sum(_likely(word, char, page) for word in _WORD.findall(text) for char in word)
    if page.script == "HANGUL" and count >= _KOREAN and right > 0.9 * count:
        right += 0.01 * count
    return right / max(1, count)


def _likely(word: str, char: str, page: _Page) -> float:
    if char <= "\x7f":
        return 0.0
    scripts = {_script(one) for one in word}
    if page.script == "LATIN":  # one letter in a word of others, and no capital behind a small one
        plain = sum(one <= "\x7f" for one in word)
        odd = sum(one > "\x7f" for one in word)
        return float(scripts == {"LATIN"} and plain >= odd and _cased(word))
    if page.script == "CYRILLIC":
        return float(scripts == {"CYRILLIC"} and len(word) > 1 and _cased(word))
    if page.script == "JAPANESE" and _script(char) == "JAPANESE":
        return 0.4 if unicodedata.east_asian_width(char) == "H" else 1.0
    data = char.encode(page.name)
    common = len(data) == 2 and page.leads[0] <= data[0] <= page.leads[1]
    return 0.95 if common else 0.3


def _cased(word: str) -> bool:
    return word == word.lower() or word == word.upper() or word[1:] == word[1:].lower()


def _script(char: str) -> str:
    first = unicodedata.name(char, "").split(" ", 1)[0].split("-", 1)[0]
    return _SCRIPTS.get(first, "")
