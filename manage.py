#!/usr/bin/env python
"""Cổng lệnh quản trị của Django."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tthc_portal.settings")
    execute_from_command_line(sys.argv)
