"""The doors of the desk, over real sockets."""
