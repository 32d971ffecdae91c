"""What is asked of a scoring: one value for the command line, the Score page and run.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError
from dlc_core.scoring.settings import ScoreSettings

# Options that only say how it is done: a run that was done otherwise answers the request, too.
_HOW = {"device"}
_ANSWERED = {"download", "download_data"}  # asked anew each time


@dataclass(frozen=True)
class ScoreRequest:
    """What is asked of a scoring; the attributes are the options of `dlc score`.

    Attributes:
        dataset: a path, an address or a name.
        backbone: a name.
        read: how the dataset is read, and whether it may be fetched.
        limit: a stratified random part of so many samples; None = all.
        weights: a file of weights for the backbone; None = its own.
        resize, crop: of the preprocessing, in pixels; None = the backbone's.
        mean, std: of the preprocessing, as typed, such as "0.5,0.5,0.5"; None = the backbone's.
        masks, interval, masking, profile, precision, score, seed, device: as in `ScoreSettings`.
        download: whether the backbone's weights may be fetched.
    """

    dataset: str
    backbone: str = "demo"
    read: Asked = field(default_factory=Asked)
    limit: int | None = None
    weights: str | None = None
    resize: int | None = None
    crop: int | None = None
    mean: str | None = None
    std: str | None = None
    masks: int | None = None
    interval: float | None = None
    masking: str = "l1"
    profile: str = "exact"
    precision: str = "float32"
    score: str = "dlc"
    seed: int = 0
    device: str = "auto"
    download: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ScoreRequest:
        """Return it from options by name; names that it does not know are passed over.

        Args:
            values: the options, those of reading beside the others; `download_data` is that of the
                dataset.

        Raises:
            DLCError: if a value is of another type than the option, or there is no dataset.
        """
        own = {one.name: str(one.type) for one in fields(cls) if one.name != "read"}
        reading = {one.name: str(one.type) for one in fields(Asked)}
        read = {**values, "download": values.get("download_data", False)}
        for name, value, kind in (
            *((name, values[name], kind) for name, kind in own.items() if name in values),
            *((name, read[name], kind) for name, kind in reading.items() if name in read),
        ):
            if not _fits(value, kind):
                raise DLCError(f"{name} must be of type {kind}, got {str(value)[:40]!r}.")
        if "dataset" not in values:
            raise DLCError("a request must name a dataset.")
        return cls(
            **{name: value for name, value in values.items() if name in own}, read=Asked.of(read)
        )

    def options(self) -> dict[str, Any]:
        """Return all options by name, those of reading beside the others; `of` takes them back."""
        own = asdict(self)
        read = own.pop("read")
        dataset, download_data = own.pop("dataset"), read.pop("download")
        limit = own.pop("limit")
        return {
            "dataset": dataset,
            **read,
            "limit": limit,
            **own,
            "download_data": download_data,
        }

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it, so that a run can tell and repeat it."""
        return {name: value for name, value in self.options().items() if name not in _ANSWERED}

    def deciding(self) -> dict[str, Any]:
        """Return what decides the scores; a finished run answers only the same."""
        return {name: value for name, value in self.as_record().items() if name not in _HOW}

    def settings(self) -> ScoreSettings:
        """Return the settings of the scoring.

        Raises:
            DLCError: if one is out of range.
        """
        names = {one.name for one in fields(ScoreSettings)}
        return ScoreSettings(**{name: getattr(self, name) for name in names})

    def arguments(self, out: str) -> list[str]:
        """Return the arguments of `dlc` that do it: what differs from the command's defaults."""
        usual = ScoreRequest(self.dataset, self.backbone).options()
        words = ["score", self.dataset, "--out", out, "--backbone", self.backbone]
        for name, value in self.options().items():
            if value not in (usual[name], "") and name not in _ANSWERED:
                words += option_words(name, value)
        return [*words, "--download"] if self.download or self.read.download else words

    def look_arguments(self) -> list[str]:
        """Return the arguments of `dlc` that look at the data."""
        words = ["look", self.dataset]
        for name, value in asdict(self.read).items():
            if name not in _ANSWERED and value not in (None, ""):
                words += option_words(name, value)
        return [*words, "--download"] if self.read.download else words


WRITTEN = tuple(ScoreRequest("").as_record())  # all that `dlc score` writes into a request


def option_words(name: str, value: Any) -> list[str]:
    """Return an option as words of a command; what a parser would take for an option is joined."""
    option = f"--{name.replace('_', '-')}"
    return [f"{option}={value}"] if str(value).startswith("-") else [option, str(value)]


def _fits(value: Any, kind: str) -> bool:
    if value is None:
        return kind.endswith("None")
    wanted = kind.partition(" ")[0]
    if isinstance(value, bool):
        return wanted == "bool"
    return isinstance(value, {"str": (str,), "int": (int,), "float": (int, float)}.get(wanted, ()))
