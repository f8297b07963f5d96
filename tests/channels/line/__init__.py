"""LINE: the simulator, and the channel that speaks to it."""
