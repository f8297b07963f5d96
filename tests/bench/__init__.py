"""The benchmarks run: figures are not tested, that there are figures is."""
