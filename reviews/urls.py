"""Addresses of rounds, reviews, dashboards and support."""

from django.urls import path

from reviews.views import (
    adjustments,
    appraisal,
    assigning,
    campaigns,
    dashboards,
    deputies,
    drift,
    extensions,
    filling,
    home,
    preparing,
    sending,
    support,
    whatif,
    why,
    worklist,
)

app_name = "reviews"

urlpatterns = [
    # /reviews/…
    path("reviews/", worklist.listing, name="list"),
    path("reviews/act/", worklist.act, name="bulk_act"),
    path("reviews/sending/", sending.pack, name="sending"),
    path("reviews/submissions/<int:pk>/", sending.submission, name="submission"),
    path("reviews/submissions/<int:pk>/scan/", sending.scan, name="scan"),
    path("reviews/assignments/", assigning.overview, name="assignments"),
    path("reviews/assignments/spread/", assigning.spread, name="spread"),
    path("reviews/assignments/handover/", assigning.hand_over, name="hand_over"),
    path("reviews/deputies/", deputies.listing, name="deputies"),
    path("reviews/deputies/<int:pk>/end/", deputies.end, name="deputy_end"),
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
    path("campaigns/<slug:code>/bodies/", preparing.bodies, name="campaign_bodies"),
    path("campaigns/<slug:code>/provinces/", preparing.provinces, name="campaign_provinces"),
    path("campaigns/<slug:code>/scope/<str:procedure>/", why.procedure, name="why"),
    path("campaigns/<slug:code>/drift/", drift.candidates, name="drift"),
    path("campaigns/<slug:code>/adjustments/", adjustments.ledger, name="adjustments"),
    path("campaigns/<slug:code>/adjustments/new/", adjustments.propose, name="adjustment_new"),
    path("campaigns/<slug:code>/adjustments/candidates/", adjustments.candidates, name="adjustment_candidates"),
    path("campaigns/<slug:code>/adjustments/<int:pk>/", adjustments.detail, name="adjustment"),
    path("campaigns/<slug:code>/adjustments/<int:pk>/approve/", adjustments.approve, name="adjustment_approve"),
    path("campaigns/<slug:code>/adjustments/<int:pk>/decline/", adjustments.decline, name="adjustment_decline"),
    path("campaigns/<slug:code>/extensions/", extensions.listing, name="extensions"),
    path("campaigns/<slug:code>/what-if/", whatif.compare, name="what_if"),
    # /support/…
    path("support/", support.index, name="support"),
    path("support/ask/", support.ask, name="ask"),
    path("support/announce/", support.announce, name="announce"),
    path("support/help/<slug:slug>/", support.article, name="article"),
    path("support/questions/<int:pk>/", support.ticket, name="ticket"),
    # Home
    path("notices/read/", home.read_notices, name="read_notices"),
]
