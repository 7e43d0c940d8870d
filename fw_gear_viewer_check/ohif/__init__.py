"""What the open-source viewer (OHIF 3.13) makes of a series, by its own rules.

Each module names the section of ``docs/ohif.md`` that it follows. Nothing here knows the Flywheel
page: where the two differ, ``docs/agreement.md`` says how.
"""
