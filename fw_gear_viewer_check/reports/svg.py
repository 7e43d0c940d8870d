"""A drawing of matplotlib's made ready for an HTML page.

It loses what only a lone SVG file needs, and every id that nothing refers to: a page has several
drawings, and an id may occur once.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE_HOLDER = "PICTURE-"
_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"


def for_page(drawn: str, colours: Mapping[str, str]) -> str:
    """Return the drawing as an element that can stand in a page, its ids yet to be chosen.

    ``colours`` maps the colours it is drawn in to what the page puts in their place.
    """
    root = ET.fromstring(drawn)  # noqa: S314 - drawn a moment ago, nobody else had a hand in it
    ids = _ids_in_use(root)
    for element in root.iter():
        element.text = element.text if element.tag == f"{{{_SVG}}}text" else None
        element.tail = None
        name = element.attrib.pop("id", "")
        if name in ids:
            element.set("id", ids[name])
        _shorten(element, ids)
    _drop_empty(root)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("aria-hidden", "true")
    ET.register_namespace("", _SVG)
    text = ET.tostring(root, encoding="unicode")
    for colour, variable in colours.items():
        text = text.replace(colour, variable)
    return text


def _ids_in_use(root: ET.Element) -> dict[str, str]:
    """Return a short new id for each one referred to, with the place holder of a page's prefix."""
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            for name in re.findall(r"^#(\w+)$|url\(#(\w+)\)", value):
                used.setdefault(name[0] or name[1], f"{PLACE_HOLDER}{len(used)}")
    return used


def with_ids(drawing: str, prefix: str) -> str:
    """Return the drawing with ids that begin with ``prefix``, which is the page's to choose."""
    return drawing.replace(PLACE_HOLDER, prefix)


def _shorten(element: ET.Element, ids: dict[str, str]) -> None:
    for key, value in list(element.attrib.items()):
        short = re.sub(r"\s+", " ", value).strip()
        short = re.sub(r"(\.\d\d)\d+", r"\1", short) if key in {"d", "x", "y"} else short
        for old, new in ids.items():
            short = short.replace(f"#{old}", f"#{new}")
        del element.attrib[key]
        element.set("href" if key == _HREF else key, short)
    if element.get("transform", "").startswith("rotate(-0"):
        del element.attrib["transform"]
    if len({child.get("style") for child in element}) == 1 and element[0].tag.endswith("}use"):
        element.set("style", re.sub(r"\s+", " ", element[0].get("style", "")))
        for child in element:
            child.attrib.pop("style", None)


def _drop_empty(parent: ET.Element) -> None:
    """Drop groups without content, paths that are not to be seen, and the style sheet."""
    for child in list(parent):
        _drop_empty(child)
        tag = child.tag.rpartition("}")[2]
        is_empty = tag in {"g", "defs"} and not len(child)
        is_unseen = tag == "path" and child.get("style") == "fill: none"
        if is_empty or is_unseen or tag in {"style", "metadata"}:
            parent.remove(child)
