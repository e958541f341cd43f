"""THE PLAN: items, the playlist and its edits, exact timing, the schedule. Pure."""
