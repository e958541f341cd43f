"""THE RULES: what one channel does about what happens to it, and the shell that does it."""
