"""THE STAND-IN: a CasparCG server in software, frame by frame."""
