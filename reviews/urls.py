"""Addresses of rounds, reviews, dashboards and support."""

from django.urls import path

from reviews.views import appraisal, campaigns, dashboards, drift, filling, home, sending, support, worklist

app_name = "reviews"

urlpatterns = [
    # /reviews/…
    path("reviews/", worklist.listing, name="list"),
    path("reviews/act/", worklist.act, name="bulk_act"),
    path("reviews/sending/", sending.pack, name="sending"),
    path("reviews/submissions/<int:pk>/", sending.submission, name="submission"),
    path("reviews/submissions/<int:pk>/scan/", sending.scan, name="scan"),
    path("reviews/<int:pk>/", filling.detail, name="detail"),
    path("reviews/<int:pk>/history/", filling.history, name="history"),
    path("reviews/<int:pk>/finish/", filling.finish, name="finish"),
    path("reviews/<int:pk>/check/", filling.check, name="check"),
    path("reviews/<int:pk>/return-internal/", filling.return_internal, name="return_internal"),
    path("reviews/<int:pk>/return/", appraisal.return_to_body, name="return"),
    path("reviews/<int:pk>/accept/", appraisal.accept, name="accept"),
    path("reviews/<int:pk>/reopen/", appraisal.reopen, name="reopen"),
    path("reviews/<int:pk>/approve/", appraisal.approve, name="approve"),
    path("reviews/<int:pk>/transfers/<int:transfer_pk>/rule/", appraisal.rule_transfer, name="rule_transfer"),
    # /dashboard/…
    path("dashboard/", dashboards.nation, name="dashboard"),
    path("dashboard/<str:code>/", dashboards.body, name="body_dashboard"),
    # /campaigns/…
    path("campaigns/", campaigns.listing, name="campaigns"),
    path("campaigns/new/", campaigns.create, name="campaign_create"),
    path("campaigns/<slug:code>/", campaigns.detail, name="campaign"),
    path("campaigns/<slug:code>/edit/", campaigns.edit, name="campaign_edit"),
    path("campaigns/<slug:code>/open/", campaigns.open_round, name="campaign_open"),
    path("campaigns/<slug:code>/close/", campaigns.close_round, name="campaign_close"),
    path("campaigns/<slug:code>/scope/", campaigns.scope, name="scope"),
    path("campaigns/<slug:code>/drift/", drift.candidates, name="drift"),
    # /support/…
    path("support/", support.index, name="support"),
    path("support/ask/", support.ask, name="ask"),
    path("support/announce/", support.announce, name="announce"),
    path("support/help/<slug:slug>/", support.article, name="article"),
    path("support/questions/<int:pk>/", support.ticket, name="ticket"),
    # Home
    path("notices/read/", home.read_notices, name="read_notices"),
]
