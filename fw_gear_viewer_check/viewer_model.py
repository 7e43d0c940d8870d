"""What the open-source viewer (OHIF 3.13) makes of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fw_gear_viewer_check.model import Instance, Series

MODEL = "OHIF 3.13"


@dataclass(frozen=True, slots=True)
class DisplaySet:
    """One thing that the viewer would list."""

    handler: str
    """stack, video, seg, rtstruct, sr, pdf, microscopy, pmap, ecg or unsupported."""
    instances: tuple[Instance, ...]
    frames: int | None
    reconstructable: bool
    four_d: bool
    messages: tuple[int, ...]
    suv_factor: float | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The display sets of a series; ``lost`` says why the viewer shows nothing ("" if it does)."""

    display_sets: tuple[DisplaySet, ...]
    lost: str = ""


def predict(series: Series) -> Prediction:
    """Return what the viewer would show of the series."""
    raise NotImplementedError
