"""What a prediction is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.ohif.failures import Effect, Failure, FailureCode

MODEL = "OHIF 3.13"
"""The release whose behaviour is predicted."""


@dataclass(frozen=True, slots=True)
class DisplaySet:
    """One thing that the viewer would list."""

    handler: str
    """stack, video, seg, rtstruct, sr, pdf, microscopy, pmap, ecg or unsupported."""
    instances: tuple[Instance, ...]
    frames: int | None = None
    """Number of images; None where the viewer does not count them."""
    reconstructable: bool = False
    """Multi-planar reconstruction is offered."""
    four_d: bool = False
    """The images make more than one volume."""
    messages: tuple[int, ...] = ()
    """Codes of :class:`~.messages.Message`, in the viewer's order."""
    suv_factor: float | None = None
    """PET: what a rescaled pixel of the first image is multiplied by to get SUV (body weight)."""
    volumes: int = 1
    """Number of volumes that the images make: 1 unless it is 4D."""
    failure: Failure | None = None
    """Why it is unsupported, or a stack that is not offered as a volume."""
    black: Failure | None = None
    """Why it stays black: a 4D series, which opens as volumes at once, or what is no video."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The display sets of a series, and every way in which the viewer fails on it."""

    display_sets: tuple[DisplaySet, ...]
    failures: tuple[Failure, ...] = ()
    """Those that hide the most come first."""

    @property
    def largest(self) -> tuple[DisplaySet, ...]:
        """The display sets with the most images: the scan, not what else lies in the series."""
        sizes = [one.frames or 0 for one in self.display_sets]
        return tuple(s for s, n in zip(self.display_sets, sizes, strict=True) if n == max(sizes))

    def of_effect(self, effect: Effect) -> tuple[Failure, ...]:
        """Return the failures that a user meets in this way."""
        return tuple(f for f in self.failures if f.effect is effect)

    def of_code(self, *codes: FailureCode) -> tuple[Failure, ...]:
        """Return the failures of these causes."""
        return tuple(f for f in self.failures if f.code in codes)

    def reason_of(self, effect: Effect) -> str:
        """Say why a user meets this; "" where nobody does."""
        return next((f.reason for f in self.failures if f.effect is effect), "")


def merged(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Join what fails for the same reason, the most serious first.

    Of 500 radiographs each is a single image.
    """
    found: dict[tuple[FailureCode, str], Failure] = {}
    for failure in failures:
        key = (failure.code, failure.reason)
        known = found.get(key)
        instances = failure.instances if known is None else known.instances + failure.instances
        found[key] = replace(failure, instances=instances)
    seriousness = list(Effect)
    return tuple(sorted(found.values(), key=lambda failure: seriousness.index(failure.effect)))
