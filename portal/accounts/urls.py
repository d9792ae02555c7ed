"""A person's own account. Included before allauth's addresses, of which three are answered here instead.

The names have no namespace, because they stand beside allauth's `account_...` and `mfa_...`.
"""

from django.urls import path

from portal.accounts import departments, views

urlpatterns = [
    path("", views.account_home, name="account_home"),
    path("name/", views.name_edit, name="account_name_edit"),
    path("second-step/", views.second_step, name="account_second_step"),
    # Instead of allauth's own:
    path("2fa/recovery-codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.passkey_remove, name="mfa_remove_webauthn"),
    path("oidc/<str:provider_id>/login/callback/", departments.callback, name="openid_connect_callback"),
]
