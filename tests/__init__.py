"""Tests; one module a module, in the rooms of C{rtgplayout}."""
