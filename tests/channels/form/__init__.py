"""Tests of channels/form."""
