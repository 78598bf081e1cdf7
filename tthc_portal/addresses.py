"""Addresses that cannot be read are refused before any page asks a database about them."""

from django.core.exceptions import BadRequest


def readable_addresses(get_response):
    """Answer 400 to an address that holds a null character: PostgreSQL takes none in a text, and nobody types one."""

    def middleware(request):
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("Địa chỉ có ký tự không đọc được.")
        return get_response(request)

    return middleware
