"""The verbs of the command C{rtgplayout}, a module each."""
