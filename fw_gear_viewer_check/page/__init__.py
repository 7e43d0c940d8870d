"""The requirements, page in one hand."""
