"""Tests of the FAQ."""
