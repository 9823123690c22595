"""Django's settings for the workbench: the store's, with accounts, sessions and pages on top.

What is not said here is Django's default. Passwords are hashed by Argon2. There is no e-mail, no sign-up and no
debug mode. Rate limits and used codes are counted in this process, of which there is one for each station.
"""

from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from hashgrade.settings import read
from hashgrade.store.settings import DATABASES, TIME_ZONE, USE_I18N, USE_TZ
from hashgrade.vault import read_secret

__all__ = ["DATABASES", "TIME_ZONE", "USE_I18N", "USE_TZ"]

CHOSEN = read()
HERE = Path(__file__).parent
ROOT_URLCONF = "hashgrade.serve.urls"
DEBUG = False

SECRET_KEY = token_hex(32)  # for tests, which have no station
with suppress(FileNotFoundError):
    SECRET_KEY = read_secret(CHOSEN.station / "keys" / "serve.key").decode()

SIGN_ON = bool(CHOSEN.serve.oidc.issuer)
INSTALLED_APPS = [
    "hashgrade.store",
    "hashgrade.store.accounts",
    "hashgrade.serve",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *(["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"] if SIGN_ON else []),
]
MIDDLEWARE = [
    "hashgrade.serve.headers.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hashgrade.serve.station.AtStation",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hashgrade.serve.ends.Ends",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hashgrade.serve.gate.Gate",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [HERE / "templates"],
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.messages.context_processors.messages",
        "hashgrade.serve.layout.around",
    ]},
}]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 600
WHITENOISE_ALLOW_ALL_ORIGINS = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Nothing that is uploaded is written to a folder.
FILE_UPLOAD_HANDLERS = ["hashgrade.serve.records.texts.Texts", "hashgrade.serve.quality.uploads.InMemory"]

# Who may call, and what their browser is told.
ALLOWED_HOSTS = [*CHOSEN.serve.hosts]
SESSION_ENGINE = "hashgrade.store.accounts.sessions"
SESSION_COOKIE_AGE = CHOSEN.serve.session_s
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if CHOSEN.serve.tls else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if CHOSEN.serve.tls else "csrf"
CSRF_COOKIE_AGE = None
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CHOSEN.serve.tls
CSRF_FAILURE_VIEW = "hashgrade.serve.errors.forged"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CHOSEN.serve.tls else None
CSRF_TRUSTED_ORIGINS = [f"https://{one}" for one in CHOSEN.serve.hosts] if CHOSEN.serve.tls else []

# Accounts.
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ["name"]}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_FORMS = {"login": "hashgrade.serve.forms.SignInForm"}
ACCOUNT_ADAPTER = "hashgrade.serve.signing.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = CHOSEN.serve.step_up_s
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user",
                       "change_password": "5/m/user", "signup": "20/m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if CHOSEN.serve.tls else 0
MFA_ADAPTER = "hashgrade.serve.signing.Factors"
MFA_FORMS = {"authenticate": "hashgrade.serve.forms.CodeForm", "reauthenticate": "hashgrade.serve.forms.ProofForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Hashgrade"
MFA_TOTP_TOLERANCE = 1
if SIGN_ON:
    SOCIALACCOUNT_ADAPTER = "hashgrade.serve.signon.SignOn"
    SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [{
        "provider_id": "station", "name": CHOSEN.serve.oidc.name, "client_id": CHOSEN.serve.oidc.client_id,
        "secret": CHOSEN.serve.oidc.client_secret, "settings": {"server_url": CHOSEN.serve.oidc.issuer}}]}}

SILENCED_SYSTEM_CHECKS = ["account.W001"]
LOGGING = {
    "version": 1, "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
                "hashgrade": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
