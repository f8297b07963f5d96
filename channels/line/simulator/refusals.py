"""LINE's sentences when it will not."""

from __future__ import annotations

from dataclasses import dataclass

from channels.line.rules import Refusal

INVALID_TOKEN = "Authentication failed. Confirm that the access token in the authorization header is valid."
NO_TOKEN = (
    "Authentication failed due to the following reason: missing access token in the authorization header. "
    "Confirm that the access token in the authorization header is valid."
)
EXPIRED_TOKEN = "Authentication failed due to the following reason: access token expired"
INVALID_REPLY_TOKEN = "Invalid reply token"
ALREADY_ACCEPTED = "The retry key is already accepted"
BAD_RETRY_KEY = "Invalid retry key"
RATE = "The API rate limit has been exceeded. Try again later."
MONTHLY = "You have reached your monthly limit."
FAILED_TO_SEND = "Failed to send messages"
NOT_YOURS = "Access to this API is not available for your account"
NOT_FOUND = "Not found"


@dataclass
class OAuthRefusal(Exception):
    """An answer of the token endpoints, which speak RFC 6749 §5.2."""

    error: str
    description: str
    status: int = 400

    def body(self) -> dict[str, str]:
        """The answer's JSON."""
        return {"error": self.error, "error_description": self.description}


def invalid_property(name: str) -> Refusal:
    """A field of the body that has the wrong shape."""
    return Refusal(400, f"The property, '{name}', in the request body is invalid (line: -, column: -)")
