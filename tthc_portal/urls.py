"""Addresses of the portal."""

from allauth.account import views as account_views
from django.urls import include, path

from reviews.views import home
from tthc_portal.health import healthz

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("accounts/login/", account_views.login, name="account_login"),
    path("accounts/logout/", account_views.logout, name="account_logout"),
    path("accounts/password/change/", account_views.password_change, name="account_change_password"),
    path("jobs/", include("tthc_portal.jobs.urls")),
    path("procedures/", include("procedures.urls")),
    path("", include("reviews.urls")),
]
