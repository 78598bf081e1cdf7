"""The forms of the door: signing in in Vietnamese, and asking for another password by mail."""

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm

from tthc_portal.accounts.models import User


class LoginForm(AllauthLoginForm):
    """Sign-in by user name and password; no "remember me" on shared office machines."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Tên đăng nhập"
        self.fields["login"].widget.attrs.update({"autocomplete": "username", "autofocus": True, "placeholder": ""})
        self.fields["password"].label = "Mật khẩu"
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.update({"autocomplete": "current-password", "placeholder": ""})
        self.fields.pop("remember", None)


class ResetPasswordForm(AllauthResetPasswordForm):
    """A letter to everybody whose address this is, whatever its capitals.

    allauth looks for small letters only, and of several people with one address only for those whose it knows already.
    """

    def clean_email(self):
        """Find the active people of the address typed."""
        email = super().clean_email()
        found = User.objects.filter(is_active=True, email__iexact=email)
        # A database may take for equal what no mail server does.
        self.users = [user for user in found if user.email.lower() == email.lower()]
        return email
