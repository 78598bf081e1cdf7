"""How Django forms become HTML on the portal."""

from django.forms.renderers import TemplatesSetting


class PortalFormRenderer(TemplatesSetting):
    """Renders every form with the templates under ``templates/``.

    Widget classes come from ``templates/django/forms/widgets/``, so a plain Django form needs no
    presentation code of its own.
    """

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    formset_template_name = "components/formset.html"
