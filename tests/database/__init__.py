"""Tests of the units of work and the change feed."""
