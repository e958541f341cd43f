"""THE WATCH: health, metrics, alerts."""
