"""Who said what about a procedure, and how far we are."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Review rounds, their frozen scope, the reviews and what is counted of them."""

    name = "reviews"
    verbose_name = "Rà soát, phân cấp thủ tục hành chính"
