"""Bulk letters."""
