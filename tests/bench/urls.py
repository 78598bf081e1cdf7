"""The portal's addresses and the empty page that others are held against."""

from django.shortcuts import render
from django.urls import path

from tthc_portal.urls import urlpatterns as portal


def empty(request):
    """A signed-in page with the frame and nothing in it."""
    return render(request, "base.html")


urlpatterns = [path("bench/empty/", empty), *portal]
