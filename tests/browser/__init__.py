"""An operator in front of a real browser, with a real daemon and an emulated CasparCG."""
