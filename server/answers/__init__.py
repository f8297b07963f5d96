"""What the desk says to customers by itself from the FAQ: when it may, what it says, and what became of it."""
