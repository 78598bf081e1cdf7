"""The rules of a review round in pure Python: no database, no HTTP, nothing of Django."""
