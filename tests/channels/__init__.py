"""Tests of the ways in and out, each over real sockets."""
