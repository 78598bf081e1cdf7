from django.db import migrations

from reviews.models.guard import install_event_guard, lift_event_guard


def install(apps, schema_editor):
    install_event_guard(schema_editor.connection)


def lift(apps, schema_editor):
    lift_event_guard(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]

    operations = [migrations.RunPython(install, lift)]
