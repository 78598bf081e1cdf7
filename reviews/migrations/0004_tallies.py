import django.db.models.deletion
from django.db import migrations, models

import reviews.models.scope
from reviews.models.tally_guard import install_tally_guard, lift_tally_guard
from tthc_portal.text import sort_bytes


def install(apps, schema_editor):
    install_tally_guard(schema_editor.connection)


def lift(apps, schema_editor):
    lift_tally_guard(schema_editor.connection)


def fill_name_keys(apps, schema_editor):
    names = apps.get_model("reviews", "ScopeItem").objects.order_by("pk").values_list("pk", "name")
    rows = [(sort_bytes(name), pk) for pk, name in names.iterator(chunk_size=2_000)]
    if rows:
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany("UPDATE reviews_scopeitem SET name_key = %s WHERE id = %s", rows)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_deputies"),
        ("reviews", "0003_adjustments"),
    ]

    operations = [
        migrations.AddField(
            model_name="participation",
            name="tally",
            field=models.JSONField(editable=False, null=True, verbose_name="số liệu đã đếm"),
        ),
        migrations.AddField(
            model_name="scopeitem",
            name="name_key",
            field=reviews.models.scope.SortKeyField(default=b"", of="name", verbose_name="khóa xếp theo tên"),
        ),
        migrations.RunPython(fill_name_keys, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="scopeitem",
            index=models.Index(fields=["campaign", "sector"], name="scope_item_by_sector"),
        ),
        migrations.CreateModel(
            name="StaleTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "campaign",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="reviews.campaign",
                        verbose_name="đợt rà soát",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="cơ quan",
                    ),
                ),
            ],
            options={
                "verbose_name": "số liệu cần đếm lại",
                "verbose_name_plural": "số liệu cần đếm lại",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["campaign", "organisation"], name="stale_tally_by_body")],
            },
        ),
        migrations.RunPython(install, lift),
    ]
