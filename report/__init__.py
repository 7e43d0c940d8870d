"""The gear viewer-check-report: what the gear viewer-check has found on a whole project."""
