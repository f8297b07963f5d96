"""Who is who: suggestions that two customers are one, with reasons; merging them and parting them again."""
