"""Template tags shared by every page: icons, numbers, addresses and the geometry of the share bar."""

from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlencode

from django import template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from tthc_portal.boxes import box

register = template.Library()

STATUS_ICONS = {
    "not_started": "circle-dashed",
    "draft": "pencil",
    "ready": "hourglass",
    "checked": "signature",
    "submitted": "send",
    "returned": "arrow-back-up",
    "accepted": "circle-check",
    "approved": "rubber-stamp",
}

# The bar ends at 50%, so that a target of 20% stands well inside it and one point of share is
# wide enough to see. A larger share fills the bar and gets an arrow at its end; a target of 50%
# or more switches the bar to 0–100%.
SHARE_SCALE_BP = 5_000
FULL_SCALE_BP = 10_000


@lru_cache(maxsize=256)
def _icon_source(name):
    source = get_template(f"icons/{name}.svg").template.source.strip()
    return source.replace(' xmlns="http://www.w3.org/2000/svg"', "")  # implied inside HTML


@lru_cache(maxsize=512)
def _icon_markup(name, label):
    source = _icon_source(name)
    if label:
        attributes = format_html('class="icon" role="img" aria-label="{}"', label)
    else:
        attributes = 'class="icon" aria-hidden="true" focusable="false"'
    return mark_safe(source.replace("<svg ", f"<svg {attributes} ", 1))  # noqa: S308  our own files


@register.simple_tag
def icon(name, label=""):
    """Put ``templates/icons/<name>.svg`` in the page; decorative unless it has a label."""
    return _icon_markup(name, str(label))


@register.filter
def status_icon(status):
    """The icon of a status, so that colour is never the only sign."""
    return STATUS_ICONS.get(status, "circle-dashed")


@register.simple_tag(takes_context=True)
def query_replace(context, **changes):
    """The address's query with some parameters replaced; None or "" drops one."""
    return replaced_query(context.request.GET, changes)


def replaced_query(query, changes):
    """The query ``query`` with ``changes`` (name → value; None or "" drops it), as an address ends."""
    parts = dict(query.lists())
    for name, value in changes.items():
        if value is None or value == "":
            parts.pop(name, None)
        else:
            parts[name] = [str(value)]
    return f"?{urlencode(parts, doseq=True)}"


@register.simple_tag
def filter_box(field):
    """A filter's box with its label, or its hidden value."""
    return box(field)


@register.filter
def vn_number(value):
    """1234 → 1.234 and 1234.5 → 1.234,5; nothing to show → —."""
    if value is None or value == "":
        return "—"
    if isinstance(value, float):
        value = Decimal(str(value))
    if not isinstance(value, int | Decimal):
        return value
    return f"{value:,}".translate(str.maketrans({",": ".", ".": ","}))


@register.filter
def unlocalized(value):
    """A value for attributes and addresses: 1234 stays 1234."""
    return "" if value is None else str(value)


@register.filter
def basis_points(value):
    """2000 → 20%, 1250 → 12,5%."""
    if value is None:
        return ""
    whole, rest = divmod(int(value), 100)
    decimals = f",{rest:02d}".rstrip("0") if rest else ""
    return f"{whole}{decimals}%"


@register.simple_tag
def share_geometry(share):
    """Positions of a share bar, as SVG percentages."""
    target = share.target_bp
    scale = FULL_SCALE_BP if target is not None and target >= SHARE_SCALE_BP else SHARE_SCALE_BP
    filled = min(share.percent_floor_bp or 0, scale)
    return {
        "width": _percent_of(filled, scale),
        "target": None if target is None else _percent_of(min(target, scale), scale),
        "is_capped": (share.percent_floor_bp or 0) > scale,
        "scale": basis_points(scale),
    }


def _percent_of(part, whole):
    return f"{part * 100 / whole:.2f}%"


@register.simple_tag
def sort_state(key, current):
    """What a sortable column heading shows: its direction now and the order its link asks for."""
    if current == key:
        return {"aria": "ascending", "next": f"-{key}", "icon": "arrow-up"}
    if current == f"-{key}":
        return {"aria": "descending", "next": key, "icon": "arrow-down"}
    return {"aria": "", "next": key, "icon": "arrows-sort"}


@register.simple_tag
def page_numbers(page_obj):
    """Page numbers around the current one; … where some are left out."""
    return list(page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=2, on_ends=1))


@register.simple_tag
def has_errors(form, formsets=None):
    """Whether an error summary has anything to say."""
    return bool(form and form.errors) or any(formset.total_error_count() for formset in formsets or ())


@register.filter
def field_anchor(field):
    """The id of the first control of a field, for links from the error summary."""
    if not field.use_fieldset:
        return field.id_for_label
    first = field.subwidgets[0].data
    first = first.get("subwidgets", [first])[0]
    return first["attrs"].get("id", field.auto_id)


@register.filter
def without_placeholder(field):
    """The same field without the placeholder a third-party form gave it."""
    field.field.widget.attrs.pop("placeholder", None)
    return field


@register.filter
def without_help(field):
    """The same field without the help text a third-party form gave it."""
    field.help_text = ""
    return field
