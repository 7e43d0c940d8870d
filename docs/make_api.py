"""Writes docs/api.md from the docstrings of what is public; ``--check`` fails where it is stale."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import fw_gear_viewer_check
from docs.made_page import write_or_check
from fw_gear_viewer_check.checker import report
from fw_gear_viewer_check.checker.options import OPTIONS, Options
from fw_gear_viewer_check.model.version import __name__ as version_module
from fw_gear_viewer_check.requirements import registry, types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = Path(__file__).with_name("api.md")
PUBLIC = ("check", "Report", "Options", "UsageError", "REQUIREMENTS", "PAGE", "__version__")
CONSTANTS = {
    "REQUIREMENTS": registry.__name__,
    "PAGE": version_module,
    "__version__": version_module,
}
"""Where the docstrings of names that are no function and no class stand."""
PARTS = (
    *(report.SeriesReport, report.Verdict, report.Result, types.Finding, types.Repair),
    *(types.Requirement, types.Status, types.Level, types.Capability, types.RepairKind),
)
"""What the attributes of a report hold; nobody needs to import it."""
HEAD = """\
# The library, name by name

<!-- Written by `make docs` from the docstrings: do not edit. -->

How to use it: [library.md](library.md). Everything under the first heading can be imported from
`fw_gear_viewer_check`; the second describes what a report contains.
"""
LONGEST = 88


def page() -> str:
    """Return the page."""
    if set(PUBLIC) != set(fw_gear_viewer_check.__all__):
        sys.exit("docs/make_api.py: PUBLIC is not what fw_gear_viewer_check exports")
    lines = [HEAD, "## What is imported", ""]
    for name in PUBLIC:
        lines += _section(name, getattr(fw_gear_viewer_check, name))
    lines += ["## What a report is made of", ""]
    for part in PARTS:
        lines += _section(part.__name__, part)
    return "\n".join(lines)


def _section(name: str, found: object) -> Iterator[str]:
    yield from (f"### `{name}`", "")
    if inspect.isclass(found):
        yield from (_text(found.__doc__ or ""), "")
        yield from _members(found, with_methods=name in PUBLIC)
    elif inspect.isfunction(found):
        yield from _function(name, found)
    else:
        module = inspect.getsource(sys.modules[CONSTANTS[name]])
        yield from (_text(_documented(module)[name]), "")


def _members(found: type, *, with_methods: bool) -> Iterator[str]:
    """Describe the fields, values, properties and methods of a class, and of those it extends."""
    own = [c for c in reversed(found.__mro__) if c.__module__.startswith("fw_gear")]
    docs = {k: v for c in own for k, v in _documented(inspect.getsource(c)).items()}
    members = {k: v for c in own for k, v in vars(c).items() if not k.startswith("_")}
    lines = []
    if issubclass(found, Enum):
        labels = {one.name: getattr(one, "label", None) for one in found}
        lines += [f"- `{one}`{_after(docs.get(one.name) or labels[one.name])}" for one in found]
    elif is_dataclass(found):
        docs |= {o.name: o.help for o in OPTIONS} if found is Options else {}
        lines += [f"- `{f.name}: {f.type}`{_after(docs.get(f.name))}" for f in fields(found)]
    for name, member in members.items():
        if isinstance(member, property) and member.fget is not None:
            returns = inspect.signature(member.fget).return_annotation
            lines.append(f"- `{name}: {returns}`{_after(member.__doc__)}")
    yield from [*lines, ""] if lines else ()
    for name, member in members.items():
        if with_methods and inspect.isfunction(member):
            yield from _function(f"{found.__name__}.{name}", member)


def _function(name: str, function: Callable[..., object]) -> Iterator[str]:
    signature = inspect.signature(function)
    yield from ("```python", _written(name, signature), "```", "")
    yield from (_text(inspect.getdoc(function) or ""), "")


def _written(name: str, signature: inspect.Signature) -> str:
    """Return a signature, one parameter a line where it is long."""
    parameters = []
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in parameters:
            parameters.append("*")
        if one.name != "self":
            parameters.append(f"{one.name}: {one.annotation}{_default(one)}")
    returns = f" -> {signature.return_annotation}"
    line = f"{name}({', '.join(parameters)}){returns}"
    if len(line) <= LONGEST:
        return line
    return "\n".join([f"{name}(", *(f"    {one}," for one in parameters), f"){returns}"])


def _default(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return ""
    # The address of a function would be another one in every run.
    return f" = {'...' if callable(parameter.default) else repr(parameter.default)}"


def _documented(source: str) -> dict[str, str]:
    """Return the docstrings that follow assignments, in a module or a class."""
    tree: ast.AST = ast.parse(textwrap.dedent(source))
    body = next((n.body for n in ast.walk(tree) if isinstance(n, ast.ClassDef)), None)
    if body is None:
        body = tree.body if isinstance(tree, ast.Module) else []
    found = {}
    for node, following in pairwise(body):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        text = following.value if isinstance(following, ast.Expr) else None
        if isinstance(target, ast.Name) and isinstance(text, ast.Constant):
            found[target.id] = inspect.cleandoc(str(text.value))
    return found


def _after(text: str | None) -> str:
    return f": {' '.join(_text(text).split())}" if text else ""


def _text(docstring: str) -> str:
    """Return a docstring as Markdown: roles and double backquotes as code, sections as lists."""
    text = re.sub(r":\w+:`[~.]?(?:[\w.]*\.)?(\w+)`", r"`\1`", inspect.cleandoc(docstring))
    lines = text.replace("``", "`").rstrip().splitlines()
    made: list[str] = []
    for line in lines:
        if re.fullmatch(r"(Args|Returns|Raises):", line):
            made += [f"**{line}**", ""]
        elif re.match(r" {4}\w+: ", line):
            name, _, rest = line.strip().partition(": ")
            made.append(f"- `{name}`: {rest}")
        else:
            made.append(re.sub(r"^ {8}", "  ", line).removeprefix("    "))
    return "\n".join(made)


if __name__ == "__main__":
    write_or_check(TARGET, page())
