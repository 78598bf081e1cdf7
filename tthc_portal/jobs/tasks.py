"""What long work has done for it by itself: the worker must know it."""

from tthc_portal.jobs import sweeping  # noqa: F401
