"""THE DOOR: how operators and other programs reach a channel."""
