"""An illustrative round for trying the portal out: bodies and levels are facts, procedures and reviews are invented."""
