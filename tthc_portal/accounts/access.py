"""Who may come: one decorator that starts every view which is not for everybody."""

from functools import wraps

from django.core.exceptions import PermissionDenied


def for_roles(*roles):
    """Let only people with one of ``roles`` in; anyone else who is signed in gets 403."""
    allowed = frozenset(roles)

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if request.user.role not in allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.roles = allowed
        return guarded

    return decorate
