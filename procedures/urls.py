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
    path("import/<int:pk>/columns/", views.mapping.map_columns, name="map_columns"),
    path("import/<int:pk>/repairs/", views.mapping.refuse_repairs, name="refuse_repairs"),
    path("import/<int:pk>/publishers/", views.matching.map_publishers, name="map_publishers"),
    path("import/<int:pk>/choices/", views.imports.choose, name="choose"),
    # /procedures/matching/ and /procedures/corrections/
    path("matching/", views.matching.authorities, name="matching"),
    path("matching/chosen/", views.chosen.listing, name="chosen"),
    path("matching/chosen/<int:pk>/", views.chosen.detail, name="chosen_detail"),
    path("matching/chosen/<int:pk>/withdraw/", views.chosen.withdraw, name="withdraw_chosen"),
    path("corrections/", views.corrections.listing, name="corrections"),
    path("corrections/<int:pk>/", views.corrections.detail, name="correction"),
    path("deciders/", views.deciders.confirm, name="deciders"),
    path("<str:code>/", views.catalogue.detail, name="detail"),
    path("<str:code>/report-wrong/", views.corrections.raise_one, name="report_wrong"),
]
