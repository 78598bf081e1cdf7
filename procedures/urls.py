"""Addresses of the catalogue: /procedures/…"""

from django.urls import path

from procedures import views

app_name = "procedures"

urlpatterns = [
    path("", views.catalogue.listing, name="list"),
    # /procedures/import/…
    path("import/", views.imports.upload, name="import"),
    path("import/<int:pk>/", views.imports.batch, name="batch"),
    path("import/<int:pk>/apply/", views.imports.apply, name="apply"),
    path("import/<int:pk>/discard/", views.imports.discard, name="discard"),
    path("import/<int:pk>/undo/", views.imports.undo, name="undo"),
    path("import/<int:pk>/report/", views.imports.report, name="report"),
    path("deciders/", views.deciders.confirm, name="deciders"),
    path("<str:code>/", views.catalogue.detail, name="detail"),
]
