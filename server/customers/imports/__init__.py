"""Customers and orders out of files: looked at first, tried, taken in row by row, and taken back again exactly."""
