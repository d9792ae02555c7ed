"""How allauth speaks to the rest of the portal."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    pass


class MfaAdapter(DefaultMFAAdapter):
    pass


class DepartmentAdapter(DefaultSocialAccountAdapter):
    pass
