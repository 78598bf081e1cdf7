"""What libraries say in English by themselves reaches nobody: the portal's catalogue has Vietnamese for it."""

import ast
import gettext

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as translated

from tests.factories import PASSWORD, UserFactory

FOLDER = settings.BASE_DIR / "tthc_portal" / "locale" / "vi" / "LC_MESSAGES"


def said_in_source():
    """{(msgid, number or None): msgstr} as the .po has it; every string there is one line but the header's."""
    said, msgid = {}, None
    for line in (FOLDER / "django.po").read_text(encoding="utf-8").splitlines():
        word, _, value = line.partition(" ")
        if not value or line.startswith("#"):
            continue
        if word == "msgid":
            msgid = ast.literal_eval(value)
        elif word == "msgstr":
            said[msgid, None] = ast.literal_eval(value)
        elif word == "msgstr[0]":
            said[msgid, 0] = ast.literal_eval(value)
    return {key: text for key, text in said.items() if key[0]}


def test_the_compiled_catalogue_says_what_its_source_says():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    source = said_in_source()
    assert len(source) > 40
    for (msgid, number), text in source.items():
        answer = compiled.gettext(msgid) if number is None else compiled.ngettext(msgid, "", 1)
        assert answer == text
    assert len({key for key in compiled._catalog if key}) == len(source)


@pytest.mark.django_db
def test_signing_in_and_out_says_nothing_in_english(client):
    cache.clear()
    user = UserFactory()
    home = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD}, follow=True)
    assert "Successfully" not in home.content.decode()
    # The page greets by name; a second sentence would only push it down.
    assert not list(home.context["messages"])
    door = client.post("/accounts/logout/", follow=True).content.decode()
    assert "signed out" not in door
    assert "Bạn đã đăng xuất." in door


@pytest.mark.django_db
def test_a_password_that_cannot_be_changed_is_answered_in_vietnamese(login):
    client = login(UserFactory())
    typed = {"oldpassword": "khong-phai", "password1": "ngan", "password2": "khac-hẳn"}
    page = client.post("/accounts/password/change/", typed).content.decode()
    assert "Mật khẩu hiện tại không đúng" in page
    assert "Mật khẩu quá ngắn: phải có ít nhất 10 ký tự." in page
    typed = {"oldpassword": PASSWORD, "password1": "mot-cau-dai-2026", "password2": "cau-khac-2026"}
    page = client.post("/accounts/password/change/", typed).content.decode()
    assert "Hai lần nhập mật khẩu không giống nhau" in page


def test_a_character_of_no_print_is_refused_in_vietnamese():
    with pytest.raises(ValidationError, match="Có ký tự không in được"):
        ProhibitNullCharactersValidator()("a\x00")


def test_the_sentences_of_the_source_are_those_that_are_shown():
    assert all(translated(msgid) == text for (msgid, number), text in said_in_source().items() if number is None)
