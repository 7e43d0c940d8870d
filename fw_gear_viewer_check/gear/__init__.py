"""Everything that is about the Flywheel platform."""
