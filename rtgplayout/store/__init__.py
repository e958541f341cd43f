"""THE RECORDS: documents on disk and the as-run log."""
