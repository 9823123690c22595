"""The URL table: every page with the actions that it takes. Nothing else answers, but the static files."""

from allauth.account import views as accounts
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as passkeys
from django.views.decorators.debug import sensitive_post_parameters

from hashgrade.access import Action
from hashgrade.serve import errors, joining, own, pages, people
from hashgrade.serve.gate import route

handler400, handler404, handler500 = errors.bad_request, errors.not_found, errors.broken
handler429 = errors.too_often

secret = sensitive_post_parameters()

urlpatterns = [
    route("", pages.home, name="home", see=Action.SEE_HOME),
    route("status/", pages.status, name="status", see=Action.SEE_STATUS),
    route("violations", pages.violation, name="violations", do=Action.REPORT_VIOLATION),

    route("sign-in/", accounts.login, name="account_login", form=Action.SIGN_IN),
    route("sign-in/factor/", own.Authenticate.as_view(), name="mfa_authenticate", form=Action.SIGN_IN),
    route("sign-in/passkey/", own.PasskeySignIn.as_view(), name="mfa_login_webauthn", form=Action.SIGN_IN),
    route("sign-in/locked/", errors.locked, name="account_inactive", see=Action.SIGN_IN),
    route("sign-out/", accounts.logout, name="account_logout", do=Action.SIGN_OUT),
    route("welcome/", joining.welcome, name="welcome_token", form=Action.JOIN),
    route("welcome/<str:token>/", secret(joining.welcome), name="welcome", form=Action.JOIN),

    route("prove/", accounts.reauthenticate, name="account_reauthenticate", form=Action.STEP_UP),
    route("prove/code/", factors.reauthenticate, name="mfa_reauthenticate", form=Action.STEP_UP),
    route("prove/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn", form=Action.STEP_UP),

    route("account/", own.account, name="mfa_index", see=Action.SEE_OWN_ACCOUNT),
    route("account/password/", own.ChangePassword.as_view(), name="account_change_password",
          form=Action.CHANGE_PASSWORD),
    route("account/sessions/<slug:handle>/end/", own.end_session, name="end_own_session",
          do=Action.END_OWN_SESSION, of=own.own_session),
    route("account/factors/", own.begin_factors, name="begin_factors", see=Action.ENROL),
    route("account/factors/app/", own.ActivateApp.as_view(), name="mfa_activate_totp", form=Action.ENROL),
    route("account/factors/app/remove/", own.RemoveApp.as_view(), name="mfa_deactivate_totp",
          form=Action.CHANGE_FACTORS),
    route("account/factors/passkey/", own.AddPasskey.as_view(), name="mfa_add_webauthn", form=Action.ENROL),
    route("account/factors/passkey/<int:pk>/remove/", own.RemovePasskey.as_view(), name="mfa_remove_webauthn",
          form=Action.CHANGE_FACTORS),
    route("account/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes", see=Action.CHANGE_FACTORS),
    route("account/codes/new/", own.NewCodes.as_view(), name="mfa_generate_recovery_codes", form=Action.CHANGE_FACTORS),

    route("accounts/", people.accounts, name="accounts", see=Action.SEE_ACCOUNTS),
    route("accounts/invite/", people.invite, name="invite", form=Action.INVITE),
    route("accounts/<str:name>/", people.person, name="person", see=Action.SEE_ACCOUNTS),
    route("accounts/<str:name>/roles/", people.set_roles, name="set_roles", do=Action.SET_ROLES, of=people.account),
    route("accounts/<str:name>/lock/", people.lock, name="lock", do=Action.LOCK, of=people.account),
    route("accounts/<str:name>/renew/", people.renew, name="renew", do=Action.RENEW, of=people.account),
    route("accounts/<str:name>/sessions/end/", people.end_sessions, name="end_sessions", do=Action.END_SESSION,
          of=people.account),
]
