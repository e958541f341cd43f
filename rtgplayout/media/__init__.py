"""THE LIBRARY: the files that can be played."""
