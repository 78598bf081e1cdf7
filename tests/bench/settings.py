"""The portal's settings with one more address: an empty page in the portal's own frame, the floor of every page."""

from tthc_portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
LOGGING = {"version": 1, "disable_existing_loggers": True}
