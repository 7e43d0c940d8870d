"""Which version of the program judges, by which edition of the page."""

__version__ = "0.1.0"
"""Version of this package, and of the gear."""

PAGE = "Flywheel viewer data requirements as read in November 2026"
"""Which edition of Flywheel's page the verdicts go by; the page itself carries no date."""
