"""A report as CSV, custom information, JSON, text and HTML."""
