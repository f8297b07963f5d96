"""LINE: signed webhooks in, reply and push out."""
