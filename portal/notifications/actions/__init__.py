"""Every write of the notifications room."""

from portal.notifications.actions.messages import send_account_email, tell

__all__ = ["send_account_email", "tell"]
