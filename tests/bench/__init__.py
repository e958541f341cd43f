"""
What is promised, measured: C{scripts/bench}. Not tests: a busy machine breaks none of them.
"""
