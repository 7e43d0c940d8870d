"""The vocabulary that the requirements, the checker and the reports share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from fw_gear_viewer_check.dicom import attributes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series


class Status(StrEnum):
    """Status of a finding and of a verdict, best to worst for a user who waits for an image."""

    NOT_APPLICABLE = "NOT_APPLICABLE"
    """The requirement does not apply to this data."""
    PASS = "PASS"  # noqa: S105 - a verdict
    """The requirement is met; the capability works."""
    UNKNOWN = "UNKNOWN"
    """It cannot be determined from this input."""
    FAIL = "FAIL"
    """The requirement is not met; the capability does not work."""


SEVERITY = {status: rank for rank, status in enumerate(Status)}
"""NOT_APPLICABLE < PASS < UNKNOWN < FAIL: the worst of several is the one with the highest rank."""


def worst(statuses: list[Status]) -> Status:
    """Return the worst status; NOT_APPLICABLE for none."""
    return max(statuses, key=SEVERITY.__getitem__, default=Status.NOT_APPLICABLE)


class Level(StrEnum):
    """Whether a requirement decides the verdict of its capability."""

    REQUIRED = "required"
    """It decides."""
    NOTE = "note"
    """It is reported and never changes the result."""
    IGNORE = "ignore"
    """Set by an option only: the requirement is left out."""


class Capability(StrEnum):
    """What a user wants to do with the series."""

    ARCHIVE = "archive"
    V2_OPEN = "v2_open"
    V3_OPEN = "v3_open"
    V3_MPR = "v3_mpr"
    V3_OVERLAY = "v3_overlay"
    V3_MEASURE = "v3_measure"
    V3_SUV = "v3_suv"

    @property
    def label(self) -> str:
        """Short name for a person."""
        return _LABELS[self]

    @property
    def builds_on_open(self) -> bool:
        """True when it cannot work in a series that V3 does not open."""
        return self in {self.V3_MPR, self.V3_OVERLAY, self.V3_MEASURE, self.V3_SUV}


_LABELS = {
    Capability.ARCHIVE: "Archive is clean",
    Capability.V2_OPEN: "V2 opens it",
    Capability.V3_OPEN: "V3 opens it",
    Capability.V3_MPR: "MPR and 3D",
    Capability.V3_OVERLAY: "Segmentation overlay",
    Capability.V3_MEASURE: "Measurements in mm",
    Capability.V3_SUV: "PET in SUV",
}

DEFAULT_REQUIRE = (Capability.ARCHIVE, Capability.V3_OPEN, Capability.V3_OVERLAY)
"""Capabilities that make the overall state unless the option ``require`` says otherwise."""


class RepairKind(StrEnum):
    """How something can be repaired."""

    GEAR = "gear"
    """Run a gear with the config given."""
    EXPORT = "export"
    """Ask the scanner, the PACS or a de-identification profile."""
    MANUAL = "manual"
    """A step by hand."""
    NONE = "none"
    """Nothing can or need be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What to do about a finding.

    In a table of repairs, text and config may name values of a cause in braces ("{volumes}");
    :meth:`filled` puts them in.
    """

    kind: RepairKind
    text: str
    """One or two sentences, under 250 characters."""
    gear: str = ""
    """Name of the Flywheel gear to run; "" where no gear repairs it."""
    config: Mapping[str, ConfigValue] = field(default_factory=dict, hash=False)
    """Options of the gear: with them, and its defaults for all others, the job can be started."""
    caution: str = ""
    """What else the gear does."""

    @property
    def general(self) -> str:
        """Its text without the values of a cause, which only a series has."""
        return self.text.format(
            attribute="the attribute that separates them", groups="several", volumes="several"
        )

    def filled(self, values: Mapping[str, ConfigValue]) -> Repair:
        """Return the repair with the values of a cause; a text that is one value keeps its type."""
        config = {
            key: values[value[1:-1]]
            if isinstance(value, str) and value.startswith("{") and value.endswith("}")
            else value
            for key, value in self.config.items()
        }
        return replace(self, text=self.text.format_map(values), config=config)


ConfigValue = str | int | bool

Cause = tuple[str, Mapping[str, ConfigValue]]
"""Why something fails, as far as the repair depends on it: a word, and the values it needs."""


@dataclass(frozen=True)
class RepairTable:
    """One repair for each cause that a diagnosis can name."""

    diagnose: Callable[[Series, Finding], Cause]
    by_cause: Mapping[str, Repair] = field(hash=False)

    def of(self, series: Series, finding: Finding) -> Repair:
        """Return the repair of a finding."""
        cause, values = self.diagnose(series, finding)
        return self.by_cause[cause].filled(values)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw in one series.

    ``affected`` names the instances (or frames, or members) that fail, in order; ``checked``
    counts all that were looked at.
    """

    status: Status
    evidence: str
    """What was found, how many of how many, and the limit: under 200 characters."""
    affected: tuple[str, ...] = ()
    checked: int = 0
    repair: Repair | None = None
    """What to do; every FAIL and UNKNOWN of a report has one, and nothing else has."""
    code: str = ""
    """What was found, as a word that tests and repairs can hold: "uneven-spacing"."""
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    """The numbers and names that the evidence is made of."""
    by_itself: Finding | None = None
    """Of what needs others that are not met: what its check says all the same. It counts where
    options make the others notes (:attr:`Requirement.stands_alone`)."""


Check = Callable[[Series], Finding]
Findings = Mapping[str, Finding]
"""What was found of a series, by requirement id."""

NEEDS = "needs"
"""Code of the UNKNOWN of a requirement that needs others which are not met (``values["ids"]``)."""


CHECK_STOPPED = "check-stopped"
"""Code of the UNKNOWN of a check that crashed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A check that also sees what was found of other requirements of the same series.

    Those that ``of`` names (ids) are judged first, each for the instances of its own scope.
    """

    of: tuple[str, ...]
    compare: Callable[[Series, Findings], Finding]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which data a requirement applies to; ``name`` completes "applies only to ...".

    A check sees the series narrowed to the instances that ``covers`` accepts, where there are at
    least ``fewest`` of them; 0 marks what is said of the input as a whole, also where it holds no
    instance. ``of_archive`` is what is said of its files alone, the same for each of its series.
    """

    name: str
    covers: Callable[[Instance], bool]
    applies: Callable[[Series], bool] = lambda _: True
    fewest: int = 1
    of_archive: bool = False
    without_copies: bool = False
    """True copies of an image are left aside, as the viewers drop them (V3-196 tells of them)."""

    def narrow(self, series: Series) -> Series | None:
        """Return the series with the instances spoken about; None where there are none."""
        if not series.once(self.applies):
            return None
        narrowed = (series.distinct if self.without_copies else series).only(self.covers)
        return narrowed if len(narrowed.instances) >= self.fewest else None


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One sentence of the Flywheel page (or one fact about the viewer), and how it is checked."""

    id: str
    capability: Capability
    source: str
    """Heading of the page; "viewer ..." for an x9x requirement."""
    title: str
    """What is required, in a few words."""
    statement: str
    """What is required, in a sentence of our own."""
    why: str
    """Why the viewer needs it."""
    repair: Repair | RepairTable
    """What to do when it is not met, for each cause that can be determined."""
    scope: Scope
    check: Check | Comparison
    if_mixed: Repair | None = None
    """What to do instead where kinds of object are mixed, and each alone needs none, or a gear."""
    level: Level = Level.REQUIRED
    required_for: tuple[str, ...] = ()
    """Codes of findings that are required though the requirement is a note."""
    cause: str = ""
    """Why the capability does not work where it is not met, in a few words, for sentences that have
    no room for more; "" where the name of the missing attribute says it."""
    reads: tuple[str, ...] = ()
    """Paths of the attributes that a function looks at; a check that is data names its own."""
    requires: tuple[str, ...] = ()
    """Requirements without which this one cannot be checked: where one of them is FAIL or UNKNOWN
    the checker makes this one UNKNOWN, and its check is not run."""
    stands_alone: bool = False
    """Its check asks what the viewer does, and can be run without those that it requires: where
    options make notes of these, or ignore them, it is judged by itself."""

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """All repairs that it can give, the most frequent first."""
        own = self.repair
        found = [own] if isinstance(own, Repair) else list(own.by_cause.values())
        return tuple(dict.fromkeys([*found, *([self.if_mixed] if self.if_mixed else [])]))

    @property
    def attributes(self) -> tuple[str, ...]:
        """Paths of the attributes that are looked at."""
        return (*getattr(self.check, "paths", ()), *self.reads)

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """The same as (tag, keyword), the tag as the page writes it: "(0028,0010)"."""
        keywords = dict.fromkeys(k for path in self.attributes for k in path.split("."))
        tags = {keyword: attributes.tag_of(keyword) for keyword in keywords}
        return tuple((f"({t >> 16:04X},{t & 0xFFFF:04X})", keyword) for keyword, t in tags.items())


def is_selected(requirement_id: str, selector: str) -> bool:
    """Return True when the selector is the id, its family ("MPR") or a beginning ("MPR-2")."""
    return requirement_id == selector or (
        requirement_id.startswith(selector)
        and ("-" in selector or requirement_id.partition("-")[0] == selector)
    )
