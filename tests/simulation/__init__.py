"""
Days of broadcasting in seconds: the rules against an emulated CasparCG, on one simulated clock.

Run C{scripts/simulate --days N --seed S} for longer ones.
"""
