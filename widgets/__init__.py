"""Browser code: the agent console, the form's script and what they share, with the build that makes them."""
