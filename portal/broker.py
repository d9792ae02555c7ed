"""How Celery speaks to its broker."""

from __future__ import annotations


def transport_options(broker_url: str) -> dict[str, object]:
    """Settings of the transport, for Redis or for pgmq on PostgreSQL."""
    options: dict[str, object] = {
        "visibility_timeout": 30 * 60,
        # A request never waits long for a broker that is down: the outbox holds what it would have said.
        "max_retries": 0,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    }
    if broker_url.startswith("pgmq"):
        options |= {
            # The client would take DATABASE_URL from the environment, whatever the broker's address says.
            "conn_string": "postgresql" + broker_url.removeprefix("pgmq"),
            "init_extension": False,
            "pool_timeout": 2,
            "polling_interval": 0.2,
            "wait_time_seconds": 1,
        }
    return options
