"""The portal's settings, with the address of the bare page."""

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "portal.benchmarks.site.urls"
