"""Ways to reach the desk: each network becomes the same few messages, and nothing here knows of tickets."""
