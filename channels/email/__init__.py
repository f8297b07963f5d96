"""The email channel: mailboxes, an SMTP listener and an HTTP hook in; SMTP out."""
