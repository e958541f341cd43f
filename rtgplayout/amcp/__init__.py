"""THE LINK: what CasparCG is told and what it tells."""
