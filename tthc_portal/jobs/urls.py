"""Addresses of long work: /jobs/…"""

from django.urls import path

from tthc_portal.jobs import views

app_name = "jobs"

urlpatterns = [
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/restart/", views.restart, name="restart"),
    path("<int:pk>/result/", views.result, name="result"),
]
