"""What the clock starts, and when: seconds between two starts, or a time of day in London."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-outbox": {"task": "portal.notifications.tasks.sweep_outbox", "schedule": 60},
    "send-digests": {"task": "portal.notifications.tasks.send_digests", "schedule": crontab(hour=7, minute=0)},
    "heartbeat": {"task": "portal.tasks.heartbeat", "schedule": 60},
    "rescan-files": {"task": "portal.files.tasks.rescan_pending", "schedule": 300},
    "sweep-lone-contents": {
        "task": "portal.files.tasks.sweep_lone_contents",
        "schedule": crontab(hour=4, minute=30),
    },
    "close-requests": {"task": "engagement.tasks.close_due_requests", "schedule": 60},
    "close-dens": {"task": "innovation_den.tasks.close_due_dens", "schedule": 60},
    "remind-of-drafts": {
        "task": "innovation_den.tasks.remind_of_drafts",
        "schedule": crontab(hour=8, minute=45),
    },
    "sweep-plans": {"task": "innovation_den.tasks.sweep_plans", "schedule": 30},
    "rebuild-search": {"task": "techmap.tasks.rebuild_search", "schedule": crontab(hour=1, minute=0)},
    "count-market": {"task": "techmap.tasks.count_market", "schedule": 300},
    "remind-of-reviews": {"task": "techmap.tasks.remind_of_reviews", "schedule": crontab(hour=8, minute=15)},
    "write-open-data": {"task": "techmap.tasks.write_open_data", "schedule": crontab(hour=2, minute=30)},
    "reconsider-flags": {"task": "reporting.tasks.reconsider_flags", "schedule": crontab(hour=5, minute=15)},
    "remind-of-assessments": {
        "task": "reporting.tasks.remind_of_assessments",
        "schedule": crontab(hour=8, minute=30),
    },
    "write-open-reports": {"task": "reporting.tasks.write_open_data", "schedule": crontab(hour=3, minute=0)},
    "sweep-open-reports": {"task": "reporting.tasks.sweep_open_data", "schedule": 60},
    "raise-returns": {"task": "reporting.tasks.raise_returns", "schedule": crontab(hour=6, minute=0)},
    "remind-of-tokens": {"task": "portal.tokens.tasks.remind_of_tokens", "schedule": crontab(hour=8, minute=30)},
    "sweep-kept-answers": {"task": "portal.tokens.tasks.sweep_kept_answers", "schedule": 3600},
    "remind-of-returns": {"task": "reporting.tasks.remind_of_returns", "schedule": crontab(hour=7, minute=30)},
    "look-for-conflicts": {"task": "innovation_den.tasks.look_for_conflicts", "schedule": crontab(hour=4, minute=45)},
    "watch-pilots": {"task": "innovation_den.tasks.watch_pilots", "schedule": crontab(hour=6, minute=45)},
    "chase-outcomes": {"task": "engagement.tasks.chase_outcomes", "schedule": crontab(hour=8, minute=0)},
    "sweep-uploads": {"task": "reporting.tasks.sweep_uploads", "schedule": 30},
}
