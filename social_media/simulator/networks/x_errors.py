"""How X words what it refuses."""

from __future__ import annotations

from social_media.simulator.networks.base import Refusal

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_PERMITTED = "You are not permitted to perform this action."
PARENT_GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or "
    "otherwise engaged by the author of the post you are replying to."
)
MALFORMED = "One or more parameters to your request was invalid."


def invalid(message: str) -> Refusal:
    return Refusal(
        400,
        {
            "errors": [{"message": message}],
            "title": "Invalid Request",
            "detail": message,
            "type": "https://api.x.com/2/problems/invalid-request",
        },
    )


def invalid_media(*media_ids: str) -> Refusal:
    """Unknown, expired, somebody else's, not ready, or not to be combined."""
    refusal = invalid("Your media IDs are invalid.")
    parameters = {"media.media_ids": list(media_ids)}
    errors = [{"parameters": parameters, "message": "Your media IDs are invalid."}]
    return Refusal(refusal.status, {**refusal.body, "errors": errors})


def forbidden(detail: str) -> Refusal:
    body = {"detail": detail, "type": "about:blank", "title": "Forbidden"}
    return Refusal(403, {**body, "status": 403})


def not_found(post_id: str) -> dict[str, str]:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": post_id,
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
