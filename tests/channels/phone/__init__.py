"""Tests of channels/phone."""
