"""The Celery application. The outbox holds the truth; a broker only wakes a worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("threepoint")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
