"""Forms of the pages: what a person types, made into clean values."""
