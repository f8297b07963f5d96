"""Tests of what people may ask of us, and of what goes."""
