"""Every write of the notifications room."""

from portal.notifications.actions.digests import queue_digest, queue_digests
from portal.notifications.actions.inbox import mark_all_read, mark_read, retry_delivery
from portal.notifications.actions.messages import send_account_email, tell
from portal.notifications.actions.outbox import deliver_due, sweep_outbox
from portal.notifications.actions.preferences import set_preferences, unsubscribe

__all__ = [
    "deliver_due",
    "mark_all_read",
    "mark_read",
    "queue_digest",
    "queue_digests",
    "retry_delivery",
    "send_account_email",
    "set_preferences",
    "sweep_outbox",
    "tell",
    "unsubscribe",
]
