"""What a prediction is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance

MODEL = "OHIF 3.13"
"""The release whose behaviour is predicted."""


@dataclass(frozen=True, slots=True)
class DisplaySet:
    """One thing that the viewer would list."""

    handler: str
    """stack, video, seg, rtstruct, sr, pdf, microscopy, pmap, ecg or unsupported."""
    instances: tuple[Instance, ...]
    frames: int | None
    """Number of images; None where the viewer does not count them."""
    reconstructable: bool
    """Multi-planar reconstruction is offered."""
    four_d: bool
    """The images make more than one volume."""
    messages: tuple[int, ...]
    """Codes of :class:`~.messages.Message`, in the viewer's order."""
    suv_factor: float | None = None
    """PET: what a rescaled pixel of the first image is multiplied by to get SUV (body weight)."""
    suv_problem: str = ""
    """PET: why there is no factor."""
    volumes: int = 1
    """Number of volumes that the images make: 1 unless it is 4D."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The display sets of a series.

    ``lost`` says why the viewer shows nothing of the series, or of the rest of it, without a word
    to its user ("" if it shows all). ``crash`` says why it makes these display sets and then shows
    its error page instead ("" if it does not).
    """

    display_sets: tuple[DisplaySet, ...]
    lost: str = ""
    crash: str = ""
