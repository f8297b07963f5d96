"""What people may ask of us about what we keep of them, and who looked at it: the tables and what writes them."""
