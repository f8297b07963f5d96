"""Benchmarks of the desk: each measures it beside a floor in the same run, because only the ratio means anything."""
