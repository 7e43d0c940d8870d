"""Which paths a pattern stands for."""

import pytest

from fw_gear_viewer_check.survey.patterns import Pattern


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a/*.zip", "a/1.zip", True),
        ("a/*.zip", "a/.zip", True),
        ("a/*.zip", "a/1.zip.part", False),
        ("a/*.zip", "b/1.zip", False),
        ("a/*.zip", "a/b/1.zip", False),
        ("a/*", "a/b/1.zip", True),
        ("a/*", "a", False),
        ("a/*", "a/", False),
        ("a/*/", "a//", False),
        ("a/*.b.c", "a/x.b.b.c", True),
        ("a/?[0-9][!x]", "a/b1c", True),
        ("a/?[0-9][!x]", "a/b1x", False),
        ("a/[", "a/[", True),
        ("a/A*", "a/a1", False),
        ("a/*\n", "a/b\n", True),
        ("a/b", "a/b\n", False),
        ("a/**", "a/b/c", True),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a/**/c", "a/b/c/d", True),
        ("a/**/c", "a/b/d", False),
        ("a/**/*.b/**/c", "a/x.b/x.b/d/c", True),
    ],
)
def test_a_file_matches_or_lies_in_a_folder_that_does(pattern, path, matches):
    assert Pattern(pattern.split("/")).matches(path.split("/")) is matches


@pytest.mark.parametrize(
    ("pattern", "folder", "leads"),
    [
        ("a/b*/c", "a", True),
        ("a/b*/c", "a/b1", True),
        ("a/b*/c", "a/c", False),
        ("a/b*/c", "a/b1/c/d", True),
        ("a/b*/c", "a/b1/d", False),
        ("a/**/c", "a/x/y/z", True),
    ],
)
def test_a_folder_leads_to_what_matches(pattern, folder, leads):
    assert Pattern(pattern.split("/")).leads_to(folder.split("/")) is leads
