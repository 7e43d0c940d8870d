"""From a series to a report: options, findings, verdicts."""
