"""Tests of C{rtgplayout.store.exchange}."""
