"""What the open-source viewer (OHIF 3.13) makes of a series, by its own rules.

Each module follows a part of the notes on that viewer: :mod:`.display_sets` section 0,
:mod:`.volume` 1 and 2, :mod:`.four_d` 3, :mod:`.messages` 4, :mod:`.handlers` 5,
:mod:`.references` 6, :mod:`.suv` 8. Nothing here knows the Flywheel page: where the two differ,
``docs/agreement.md`` says how.
"""
