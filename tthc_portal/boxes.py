"""Boxes of a filter as finished markup: the templates of a list's many options cost more than the list itself.

Only for what nearly every filter is, a plain text box, select or hidden value without help, errors or a mark of being
required; everything else, and whatever a template of its own is named for, goes through the templates of forms. Both
give the same markup.
"""

import html

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe

_VISIBLE = {forms.TextInput: "text", forms.Select: "select"}
_HIDDEN = {forms.HiddenInput, forms.MultipleHiddenInput}


def box(field: BoundField) -> SafeString:
    """The filter's box with its label, as ``field.as_field_group`` or, of a hidden field, ``field`` itself gives it."""
    kind = type(field.field.widget)
    if kind in _HIDDEN:
        return _of_templates(field, hidden=True) if _has_more(field) else mark_safe(_hidden(field, kind))  # noqa: S308
    control = None if kind not in _VISIBLE or _is_special(field) else _control(field, kind)
    if control is None:
        return _of_templates(field, hidden=field.is_hidden)
    return mark_safe(  # noqa: S308  every value in it is escaped
        f'<div class="field field-{_VISIBLE[kind]}">\n  <label class="form-label" '
        f'for="{_safe(field.id_for_label)}">{_safe(field.label)}</label>\n  {control}\n</div>'
    )


def _safe(value) -> str:
    """``value`` as Django's ``conditional_escape`` gives it, without its cost for every option."""
    if type(value) is str:
        return html.escape(value)
    return value.__html__() if hasattr(value, "__html__") else html.escape(str(value))


def _of_templates(field: BoundField, *, hidden: bool) -> SafeString:
    return str(field) if hidden else field.as_field_group()


def _has_more(field: BoundField) -> bool:
    """Whether values of the field are written as the reader's language writes numbers."""
    return bool(field.field.localize or field.field.widget.is_localized)


def _is_special(field: BoundField) -> bool:
    """Whether the box has more to it than a label and a control."""
    whole = field.field
    return bool(_has_more(field) or whole.required or whole.template_name or field.help_text or field.errors)


def _attributes(field: BoundField) -> dict:
    """The attributes a control would be rendered with."""
    widget = field.field.widget
    attributes = field.build_widget_attrs({}, widget)
    if field.auto_id and "id" not in widget.attrs:
        attributes.setdefault("id", field.auto_id)
    return widget.build_attrs(widget.attrs, attributes)


def _written(attributes: dict, *, but: str = "") -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{_safe(value)}"'
        for name, value in attributes.items()
        if value is not False and name != but
    )


def _value(value) -> str:
    return "" if value is None else f' value="{_safe(value)}"'


def _control(field: BoundField, kind: type) -> str | None:
    """The select or text box; None where only its template would do."""
    widget, attributes = field.field.widget, _attributes(field)
    own = f" {_safe(attributes['class'])}" if attributes.get("class") else ""
    rest = _written(attributes, but="class")
    name = _safe(field.html_name)
    value = widget.format_value(field.value())
    if kind is forms.TextInput:
        return f'<input type="text" name="{name}" class="form-control{own}"{_value(value)}{rest}>'
    options, chosen, found = [], set(value), False
    for option, label in widget.choices:
        if not isinstance(label, str | Promise):
            return None
        option = "" if option is None else str(option)
        selected = not found and option in chosen
        found = found or selected
        mark = " selected" if selected else ""
        options.append(f'\n  <option value="{_safe(option)}"{mark}>{_safe(label)}</option>')
    return f'<select name="{name}" class="form-select{own}"{rest}>{"".join(options)}\n</select>'


def _hidden(field: BoundField, kind: type) -> str:
    widget, attributes = field.field.widget, _attributes(field)
    name = _safe(field.html_name)
    if kind is forms.HiddenInput:
        value = widget.format_value(field.value())
        return f'<input type="hidden" name="{name}"{_value(value)}{_written(attributes)}>'
    parts = []
    for place, value in enumerate(widget.format_value(field.value())):
        own = attributes | {"id": f"{attributes['id']}_{place}"} if attributes.get("id") else attributes
        shown = None if value is None or value == "" else str(value)
        parts.append(f'<input type="hidden" name="{name}"{_value(shown)}{_written(own)}>')
    return "".join(parts)
