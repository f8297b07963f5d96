"""What is kept of people, for how long, what they are given of it, and what goes: over all rooms of the desk."""
