"""Forms about one's own account, in the portal's words. allauth takes them by `ACCOUNT_FORMS`."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import User

EMAIL_ERRORS = {
    "required": "Enter your email address",
    "invalid": "Enter an email address in the correct format, like name@example.com",
}


class PlainWords:
    """Labels and errors in the portal's words, and no placeholders: they vanish as one types."""

    words: dict[str, dict[str, Any]] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            words = self.words.get(name, {})
            field.label = words.get("label", field.label)
            field.help_text = words.get("help_text", field.help_text)
            field.error_messages |= words.get("errors", {})


EMAIL = {"label": "Email address", "errors": EMAIL_ERRORS}
PASSWORD = {"label": "Password", "errors": {"required": "Enter your password"}, "help_text": ""}
NEW_PASSWORD = {
    "label": "New password",
    "errors": {"required": "Enter a new password"},
    "help_text": "At least 12 characters. Three random words make a good one.",
}
AGAIN = {"label": "New password again", "errors": {"required": "Enter the new password again"}}
CODE = {"label": "Security code", "errors": {"required": "Enter the code"}, "help_text": ""}


class SignInForm(PlainWords, account_forms.LoginForm):
    words = {
        "login": EMAIL,
        "password": PASSWORD,
    }


class SignUpForm(PlainWords, account_forms.SignupForm):
    """Name, address, and password once. An address that is taken is answered as if it were not."""

    name = forms.CharField(
        label="Full name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your full name"},
    )
    account_already_exists: bool
    field_order = ["name", "email", "password1"]
    words = {
        "email": EMAIL | {"help_text": "We send you a link to confirm it. Use your work address."},
        "password1": NEW_PASSWORD | {"label": "Create a password", "errors": {"required": "Enter a password"}},
    }

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account, or make as if: hashing a password takes longer than all the rest together."""
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)
            except IntegrityError:
                self.account_already_exists = True  # somebody else was a moment faster
        make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetPasswordForm(PlainWords, account_forms.ResetPasswordForm):
    words = {"email": EMAIL}


class ResetPasswordKeyForm(PlainWords, account_forms.ResetPasswordKeyForm):
    words = {"password1": NEW_PASSWORD, "password2": AGAIN}


class SetPasswordForm(PlainWords, account_forms.SetPasswordForm):
    words = {"password1": NEW_PASSWORD, "password2": AGAIN}


class ChangePasswordForm(PlainWords, account_forms.ChangePasswordForm):
    words = {
        "oldpassword": PASSWORD | {"label": "Current password"},
        "password1": NEW_PASSWORD,
        "password2": AGAIN,
    }


class ChangeEmailForm(PlainWords, account_forms.AddEmailForm):
    words = {"email": EMAIL | {"label": "New email address"}}


class ReauthenticateForm(PlainWords, account_forms.ReauthenticateForm):
    words = {"password": PASSWORD}


class SecondStepForm(PlainWords, mfa_forms.AuthenticateForm):
    words = {"code": CODE | {"help_text": "The 6 digits that your app shows, or one of your recovery codes."}}


class SecondStepAgainForm(PlainWords, mfa_forms.ReauthenticateForm):
    words = {"code": CODE | {"help_text": "The 6 digits that your app shows, or one of your recovery codes."}}


class ActivateTotpForm(PlainWords, totp_forms.ActivateTOTPForm):
    words = {"code": CODE | {"help_text": "The 6 digits that your app shows now."}}


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": "Full name"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].error_messages["required"] = "Enter your full name"
