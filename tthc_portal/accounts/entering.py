"""Coming in by a printed code: name, code, a new password twice, and one is signed in."""

from allauth.account.utils import perform_login
from allauth.core.internal.ratelimit import consume
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tthc_portal.accounts import codes
from tthc_portal.accounts.models import User

# A whole office sets its passwords from one address on one morning; each code has its own count of wrong tries.
LIMITS = {"code": "60/5m/ip"}


class CodeForm(forms.Form):
    """A code changed for a password; :attr:`user` is the person once the form is valid."""

    username = forms.CharField(
        label="Tên đăng nhập",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Hãy nhập tên đăng nhập in trên tờ mã."},
    )
    code = forms.CharField(
        label="Mã dùng một lần",
        max_length=60,
        help_text="In trên tờ mã; gõ chữ thường và bỏ dấu gạch nối cũng được.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": "Hãy nhập mã in trên tờ mã."},
    )
    password1 = forms.CharField(
        label="Mật khẩu mới",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Hãy đặt mật khẩu mới."},
    )
    password2 = forms.CharField(
        label="Nhập lại mật khẩu mới",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Hãy nhập lại mật khẩu mới."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        self.user: User | None = None

    def clean(self):
        """Look at the passwords first: a bad one must cost neither the code nor a try."""
        data = super().clean()
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", "Hai lần nhập mật khẩu không giống nhau; hãy nhập lại.")
        elif first:
            self._validate_password(first)
        if self.errors:
            return data
        found = codes.tried(username=data["username"], code=data["code"])
        if found is None:
            raise ValidationError(codes.WRONG)
        self._validate_password(first, found.user)
        if not self.errors:
            self.user = codes.redeem(found=found, password=first)
        return data

    def _validate_password(self, password: str, user: User | None = None) -> None:
        try:
            validate_password(password, user)
        except ValidationError as refusal:
            self.add_error("password1", refusal)


@login_not_required
@never_cache
@sensitive_post_parameters("code", "password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def by_code(request):
    """Set a password with a code and come in."""
    if not consume(request, app="tthc_portal.accounts", action="code", config=LIMITS):
        form = CodeForm(initial={"username": request.POST.get("username", "")[:150]})
        context = {"form": form, "refusal": "Đã thử quá nhiều lần từ máy này. Vui lòng chờ vài phút rồi thử lại."}
        return render(request, "account/code.html", context, status=429)
    form = CodeForm(request.POST or None, initial={"username": request.GET.get("username", "")[:150]})
    if request.method == "POST" and form.is_valid():
        return perform_login(request, form.user, email_verification="none")
    return render(request, "account/code.html", {"form": form}, status=422 if form.is_bound else 200)
