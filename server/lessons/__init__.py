"""What the desk learns from what became of its answers: counts, phrasings from customers' words, questions without an
article."""
