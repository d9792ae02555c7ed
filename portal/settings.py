"""Every setting, read from the environment. Unsafe production values stop the start.

`docs/operating.md` lists the variables with their meaning. Without `DEBUG=true` the defaults are
those of production, and a missing or unsafe value raises `ImproperlyConfigured`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from portal.accounts.providers import openid_connect_apps, origins
from portal.api.config import rest_framework, spectacular
from portal.broker import transport_options
from portal.logging import SENTRY_OPTIONS, logging_config
from portal.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- The place -------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
# Earlier keys, which still read what they signed.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SERVICE_NAME = env.str("SERVICE_NAME", "Threepoint")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", "help@threepoint.example")
# Plain HTTP is for a portal on this machine alone: `make demo` and the tests.
LOCAL_HTTP = env.bool("LOCAL_HTTP", False)

if not SECRET_KEY or len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        "SECRET_KEY must be set to at least 50 random characters. Make one with: "
        "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
    )
if not DEBUG and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must list the portal's host names, not '*'.")
if not LOCAL_HTTP and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "SITE_URL must begin with https:// so that links in e-mails are safe. "
        "For a portal on this machine alone set LOCAL_HTTP=true."
    )

# --- The house -------------------------------------------------------------------------------

ROOMS = [
    "portal",
    "portal.govuk",
    "portal.audit",
    "portal.notifications",
    "portal.files",
    "portal.accounts",
    "portal.organisations",
    "portal.tokens",
    "techmap",
    "engagement",
    "reporting",
    "innovation_den",
]
INSTALLED_APPS = [
    *ROOMS,
    "pghistory.admin",  # before the admin, whose templates it extends
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_filters",
    "django_structlog",
    "drf_spectacular",
    "pgtrigger",
    "pghistory",
    "rest_framework",
]
MIDDLEWARE = [
    "portal.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.RequireMfaMiddleware",
    "portal.organisations.middleware.CurrentOrganisationMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.govuk.context.page",
            ],
            "builtins": ["portal.govuk.templatetags.govuk"],
        },
    }
]
FORM_RENDERER = "portal.govuk.renderer.GovukRenderer"

# --- Data ------------------------------------------------------------------------------------

_database_url = env.str("DATABASE_URL", "")
if not _database_url:
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL database (15 or newer), for example "
        "postgres://user:password@127.0.0.1:5432/threepoint. `make demo` brings its own."
    )
DATABASES = {
    "default": dj_database_url.parse(_database_url, conn_health_checks=True, conn_max_age=0),
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must be a postgres:// address: the portal needs PostgreSQL.")
if env.bool("DATABASE_POOL", False):
    # While PostgreSQL is away the pauses between a pool's attempts double. Giving up after 5 seconds lets the
    # next request begin anew, so that the portal serves as soon as the server is back.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1, "max_size": 8, "timeout": 10, "reconnect_timeout": 5,
    }  # fmt: skip
PGHISTORY_ADMIN_CLASS = "portal.audit.row_history.RowHistoryAdmin"
PGHISTORY_ADMIN_ALL_EVENTS = False  # every tracked table at once is too much; staff choose one
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits on signing in and the sessions live in the cache, so every web process must share one.
REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "shared_cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    ),
    # What each process keeps for itself, the same for everybody: see portal/govuk/kept.py. It has the name in which
    # Django's `{% cache %}` looks.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "kept",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds; the session ends 12 hours after signing in
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Files -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [("build", BASE_DIR / "static" / "build")]  # what `make assets` built; not its sources
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.govuk.staticfiles.HashedStaticFiles"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_LIMIT_BYTES = env.int("UPLOAD_LIMIT_BYTES", 20 * 1024 * 1024)
# A file with the returns of many contracts. A workbook of 210,000 lines is 10 MB, as JSON it is 45 MB.
RETURNS_UPLOAD_BYTES = env.int("RETURNS_UPLOAD_BYTES", 64 * 1024 * 1024)
RETURNS_UPLOAD_ROWS = env.int("RETURNS_UPLOAD_ROWS", 500_000)
FILE_UPLOAD_HANDLERS = ["portal.files.uploads.LimitedUploadHandler"]
# "host:port" or the path of a socket. Empty: uploads are kept and shown as "not scanned".
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", "")

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
    }.items()
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.SignInForm",
    "signup": "portal.accounts.forms.SignUpForm",
    "add_email": "portal.accounts.forms.ChangeEmailForm",
    "change_password": "portal.accounts.forms.ChangePasswordForm",
    "set_password": "portal.accounts.forms.SetPasswordForm",
    "reset_password": "portal.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "portal.accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "portal.accounts.forms.ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Failed attempts, counted in the shared cache: an account takes 5 in 5 minutes, whoever makes them.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
# How many proxies stand in front and add to X-Forwarded-For; with 0 the header is ignored.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
MFA_ADAPTER = "portal.accounts.adapters.MfaAdapter"
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.SecondStepForm",
    "reauthenticate": "portal.accounts.forms.SecondStepAgainForm",
    "activate_totp": "portal.accounts.forms.ActivateTotpForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = SERVICE_NAME
# Nobody signs in before their address is verified; without this nobody with a second factor could
# change their address, because the new one waits unverified beside the old.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL_HTTP
USERSESSIONS_ADAPTER = "portal.accounts.adapters.SessionsAdapter"
SOCIALACCOUNT_ADAPTER = "portal.accounts.departments.DepartmentAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
# A JSON list, one object a department: provider_id, name, client_id, secret, server_url, and domains,
# the list of e-mail domains that the provider speaks for; authorize_origin if it differs from server_url.
OIDC_PROVIDERS: list[dict[str, Any]] = list(env.json("OIDC_PROVIDERS", []))
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_connect_apps(OIDC_PROVIDERS, allow_http=LOCAL_HTTP)}}

# --- Security --------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = not LOCAL_HTTP
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes ask a machine by plain HTTP from inside
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL_HTTP
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.govuk.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF, *origins(OIDC_PROVIDERS)],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
    }
}

# --- Work in the background --------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", REDIS_URL)
if not CELERY_BROKER_URL:
    raise ImproperlyConfigured("CELERY_BROKER_URL must name the broker, for example redis://127.0.0.1:6379/0.")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 25 * 60  # seconds; below the visibility timeout, so nothing runs twice
CELERY_TASK_SOFT_TIME_LIMIT = 20 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/London"
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_BEAT_SCHEDULE = SCHEDULE

# --- E-mail ----------------------------------------------------------------------------------

# "smtp" or "govuk_notify"
NOTIFY_BACKEND = env.str("NOTIFY_BACKEND", "smtp")
EMAIL_HOST = env.str("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SERVICE_NAME} <no-reply@threepoint.example>")
GOVUK_NOTIFY_API_KEY = env.str("GOVUK_NOTIFY_API_KEY", "")
GOVUK_NOTIFY_BASE_URL = env.str("GOVUK_NOTIFY_BASE_URL", "")
GOVUK_NOTIFY_TEMPLATE_ID = env.str("GOVUK_NOTIFY_TEMPLATE_ID", "")

# --- Procurement -----------------------------------------------------------------------------

# The prefix that the Open Contracting Partnership gives each publisher.
OCID_PREFIX = env.str("OCID_PREFIX", "ocds-tp0000")
# Where the archive of the Open Contracting Data Standard lies, by which `check_ocds` checks. Nothing else needs it.
OCDS_STANDARD_ZIP = env.str("OCDS_STANDARD_ZIP", "")

# --- Evidence --------------------------------------------------------------------------------

# How evidence ages and what it makes of a claim; the page "How evidence counts" shows these numbers.
EVIDENCE_HALF_LIFE_DAYS = env.float("EVIDENCE_HALF_LIFE_DAYS", 730)
EVIDENCE_VERIFIED_FROM = env.float("EVIDENCE_VERIFIED_FROM", 0.5)
EVIDENCE_SUPPORTED_FROM = env.float("EVIDENCE_SUPPORTED_FROM", 0.1)
if not (EVIDENCE_HALF_LIFE_DAYS >= 1 and 0 < EVIDENCE_SUPPORTED_FROM <= EVIDENCE_VERIFIED_FROM <= 1):
    raise ImproperlyConfigured(
        "EVIDENCE_HALF_LIFE_DAYS must be 1 or more, and EVIDENCE_SUPPORTED_FROM above 0 and "
        "no more than EVIDENCE_VERIFIED_FROM, which must be 1 or less."
    )
# How the e-mail domains of public bodies end. A referee's address must, unless its domain is a verified body's.
PUBLIC_BODY_SUFFIXES: list[str] = env.list(
    "PUBLIC_BODY_SUFFIXES",
    ["gov.uk", "gov.scot", "gov.wales", "llyw.cymru", "nhs.uk", "nhs.net", "nhs.scot", "police.uk", "mod.uk",
     "parliament.uk", "parliament.scot", "senedd.wales", "ac.uk", "sch.uk", "judiciary.uk"],
)  # fmt: skip

# Working days after the end of a period in which its return is due.
RETURN_DUE_WORKING_DAYS = env.int("RETURN_DUE_WORKING_DAYS", 5)
# When the supplier is reminded of a return: working days from the day it is due, those before it negative.
RETURN_REMIND_WORKING_DAYS: list[int] = env.list("RETURN_REMIND_WORKING_DAYS", [-2, 0, 1, 5, 10], subcast=int)
# A return that is late by more working days is told to the supplier's owners and to the buyer.
RETURN_ESCALATE_WORKING_DAYS = env.int("RETURN_ESCALATE_WORKING_DAYS", 5)
# Working days that a supplier has to reply to an assessment before it may be made final.
ASSESSMENT_REPLY_WORKING_DAYS = env.int("ASSESSMENT_REPLY_WORKING_DAYS", 10)
# From this many suppliers each web process keeps words and facts of the search in memory; below, it asks the
# database alone. Words take no more bytes than this; what else is kept comes on top, about 150 bytes a supplier.
SEARCH_MEMORY_FROM = env.int("SEARCH_MEMORY_FROM", 5_000)
SEARCH_MEMORY_BYTES = env.int("SEARCH_MEMORY_BYTES", 64 * 1024 * 1024)

# --- The REST API ----------------------------------------------------------------------------

# How often one address may ask, without a token and for files that are made while it waits, and how often one token.
REST_FRAMEWORK = rest_framework(
    rate=env.str("API_RATE", "120/min"),
    token_rate=env.str("API_TOKEN_RATE", "300/min"),
    export_rate=env.str("EXPORT_RATE", "20/min"),
    proxies=ALLAUTH_TRUSTED_PROXY_COUNT,
)
# The largest body of a request to the API. What is larger is uploaded as a file.
API_BODY_LIMIT_BYTES = env.int("API_BODY_LIMIT_BYTES", 10 * 1024 * 1024)
SPECTACULAR_SETTINGS = spectacular(service_name=SERVICE_NAME, site_url=SITE_URL)

# --- Language and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# --- Watching --------------------------------------------------------------------------------

LOGGING = logging_config(json=env.bool("LOG_JSON", not DEBUG), level=env.str("LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# RequestLogMiddleware puts its own id there first, and keeps only a well-formed one from outside.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
SENTRY_DSN = env.str("SENTRY_DSN", "")
if SENTRY_DSN:
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, environment=env.str("ENVIRONMENT", "production"), **SENTRY_OPTIONS)
