"""Ready-made sources against simulators that answer like the real APIs, as their documentation says."""
