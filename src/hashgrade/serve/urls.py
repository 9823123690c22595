"""The URL table: every page with the actions that it takes. Nothing else answers, but the static files."""

from allauth.account import views as accounts
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as passkeys
from django.conf import settings
from django.views.decorators.debug import sensitive_post_parameters

from hashgrade.access import Action
from hashgrade.serve import errors, joining, media, own, pages, people
from hashgrade.serve.gate import do, form, route, see
from hashgrade.serve.grading import keyboard
from hashgrade.serve.grading import pages as grading
from hashgrade.serve.quality import board, drift, history, search, second, settlement, settling
from hashgrade.serve.queue import aside, cards, exposure, kept, leave
from hashgrade.serve.records import audit, lists, packs, publishing, reports, studies, watch

handler400, handler404, handler500 = errors.bad_request, errors.not_found, errors.broken
handler429 = errors.too_often

secret = sensitive_post_parameters()

urlpatterns = [
    route("", pages.home, "home", see(Action.SEE_HOME)),
    route("status/", pages.status, "status", see(Action.SEE_STATUS)),
    route("status.json", pages.status_file, "status_file", see(Action.MONITOR)),
    route("violations", pages.violation, "violations", do(Action.REPORT_VIOLATION)),

    route("queue/", cards.cards, "queue", see(Action.SEE_QUEUE)),
    route("queue/cards.csv", cards.cards_file, "queue_file", see(Action.SEE_QUEUE)),
    route("queue/rules/", cards.rules, "queue_rules", see(Action.SEE_QUEUE)),
    route("queue/filters/keep/", kept.keep, "keep_filter", do(Action.KEEP_FILTER)),
    route("queue/filters/drop/", kept.drop, "drop_filter", do(Action.KEEP_FILTER)),
    route("queue/laid-aside/", aside.aside, "aside", form(Action.DEAL_AGAIN)),
    route("queue/laid-aside.csv", aside.aside_file, "aside_file", see(Action.DEAL_AGAIN)),
    route("pace/", exposure.pace, "pace", see(Action.SEE_OWN_PACE, exposure.own)),
    route("pace/today.csv", exposure.pace_file, "pace_file", see(Action.SEE_OWN_PACE, exposure.own)),
    route("pace/between/", exposure.between, "between", see(Action.SEE_OWN_PACE, exposure.own)),
    route("pace/pause/", exposure.pause, "pause", do(Action.PAUSE)),
    route("pace/pause/<slug:ref>/", exposure.paused, "paused", form(Action.PAUSE)),
    route("pace/people/", leave.people, "stopped", see(Action.SEE_STOPPED)),
    route("pace/people.csv", leave.people_file, "stopped_file", see(Action.SEE_STOPPED)),
    route("pace/people/<str:name>/", leave.leave, "leave", form(Action.OVERRIDE_PACE, leave.reader)),

    route("grading/", grading.desk, "grading", see(Action.TAKE)),
    route("grading/take/", grading.take, "take", do(Action.TAKE)),
    route("grading/answer/", grading.answer, "answer", do(Action.TAKE)),
    route("grading/again/", grading.again, "again", do(Action.TAKE)),
    route("grading/commit/", grading.commit, "commit", do(Action.TAKE)),
    route("grading/confirm/", grading.confirm, "confirm", do(Action.CONFIRM_STACK, grading.held)),
    route("grading/skip/", grading.skip, "skip", do(Action.SKIP, grading.held)),
    route("grading/give-back/", grading.give_back, "give_back", do(Action.GIVE_BACK, grading.held)),
    route("settling/", settling.items, "settling", see(Action.SETTLE, settling.anyone)),
    route("settling/items.csv", settling.items_file, "settling_file", see(Action.SETTLE, settling.anyone)),
    route("settling/one/", settlement.one, "settle", see(Action.SETTLE, settling.anyone)),
    route("settling/take/", settlement.take, "settle_take", do(Action.SETTLE, settlement.item)),
    route("settling/answer/", settlement.answer, "settle_answer", do(Action.SETTLE, settlement.item)),
    route("settling/commit/", settlement.commit, "settle_commit", do(Action.SETTLE, settlement.item)),
    route("settling/leave/", settlement.leave, "settle_leave", do(Action.SETTLE, settling.anyone)),
    route("second/", second.states, "second", form(Action.SEE_BOARD)),
    route("second/states.csv", second.states_file, "second_file", see(Action.SEE_BOARD)),
    route("media/", media.show, "media", do(Action.REVEAL, media.thing)),
    route("media/told/", media.told, "media_told", do(Action.TELL, media.view)),
    route("media/decided/", media.show_decided, "media_decided", do(Action.REVEAL_DECIDED)),

    route("law/", packs.packs, "packs", see(Action.SEE_PACKS)),
    route("diverging-laws/", packs.beside, "packs_beside", see(Action.SEE_PACKS)),
    route("law/<str:name>/", packs.pack, "pack", see(Action.SEE_PACKS)),
    route("law/<str:name>/texts.csv", packs.texts_file, "texts_file", see(Action.SEE_PACKS)),
    route("law/<str:name>/texts/<slug:digest>/", packs.text, "pack_text", see(Action.SEE_PACKS)),
    route("law/<str:name>/texts/<slug:digest>/pack.yaml", packs.text_yaml, "text_yaml", see(Action.SEE_PACKS)),
    route("law/<str:name>/compare/", packs.compare, "compare_packs", see(Action.SEE_PACKS)),
    route("law/<str:name>/effects/", packs.effects, "pack_effects", do(Action.SEE_EFFECTS)),
    route("law/<str:name>/propose/", packs.propose, "propose_pack", form(Action.PROPOSE_PACK)),
    route("law/<str:name>/proposal/", packs.proposal, "proposal", see(Action.SEE_PACKS)),
    route("law/<str:name>/proposal/approve/", packs.approve, "approve_pack", do(Action.APPROVE_PACK, packs.hands)),
    route("law/<str:name>/proposal/take-back/", packs.take_back, "take_back_pack", do(Action.TAKE_BACK_PACK)),
    route("audit/", audit.entries, "audit", see(Action.SEE_AUDIT)),
    route("audit/entries.csv", audit.entries_file, "audit_file", see(Action.SEE_AUDIT)),
    route("audit/entries/<int:number>/", audit.entry, "audit_entry", see(Action.SEE_AUDIT)),
    route("audit/entries/<int:number>/entry.json", audit.entry_file, "audit_entry_file", see(Action.SEE_AUDIT)),
    route("audit/check/", audit.check, "audit_check", form(Action.SEE_AUDIT)),
    route("audit/compare/", audit.compare, "audit_compare", form(Action.SEE_AUDIT)),

    route("quality/", board.board, "board", see(Action.SEE_BOARD)),
    route("quality/agreement.csv", board.board_file, "board_file", see(Action.SEE_BOARD)),
    route("quality/run/", board.work_out, "board_run", do(Action.SEE_BOARD)),
    route("drift/", drift.drift, "drift", see(Action.SEE_OWN_DRIFT, exposure.own)),
    route("drift/readings.csv", drift.drift_file, "drift_file", see(Action.SEE_OWN_DRIFT, exposure.own)),
    route("drift/people/", drift.drift_people, "drift_people", see(Action.SEE_DRIFT, drift.anybodys)),
    route("drift/people/<str:name>/", drift.drift_of, "drift_of", see(Action.SEE_DRIFT, drift.somebodys)),
    route("items/<str:sha256>/", history.history, "history", see(Action.SEE_HISTORY)),
    route("items/<str:sha256>/events.csv", history.history_file, "history_file", see(Action.SEE_HISTORY)),
    route("search/", search.search, "search", form(Action.SEARCH)),
    route("search/file/", search.match_file, "match_file", form(Action.MATCH_FILE)),

    route("lists/", lists.lists, "lists", see(Action.SEE_LISTS)),
    route("lists.csv", lists.lists_file, "lists_file", see(Action.SEE_LISTS)),
    route("lists/publish/", publishing.publish, "list_publish", form(Action.PUBLISH_LIST)),
    route("lists/import/", publishing.import_, "list_import", form(Action.IMPORT_LIST)),
    route("lists/run/", lists.running, "list_running", see(Action.SEE_LISTS)),
    route("lists/run/now/", lists.running_part, "list_running_part", see(Action.SEE_LISTS)),
    route("lists/own/<str:name>/", lists.own, "own_list", see(Action.SEE_LISTS)),
    route("lists/own/<str:name>/<int:number>/", lists.edition, "edition", see(Action.SEE_LISTS)),
    route("lists/own/<str:name>/<int:number>/save/", lists.save, "save_edition", do(Action.EXPORT_LIST)),
    route("lists/imported/<str:name>/", lists.imported, "imported", see(Action.SEE_LISTS)),
    route("studies/", studies.studies, "studies", see(Action.SEE_STUDIES)),
    route("studies/run/", studies.running, "study_running", see(Action.SEE_STUDIES)),
    route("studies/run/now/", studies.running_part, "study_running_part", see(Action.SEE_STUDIES)),
    route("studies/run/cancel/", studies.cancel, "cancel_study", do(Action.RUN_STUDY)),
    route("studies/reports/", reports.reports, "reports", see(Action.SEE_STUDIES)),
    route("studies/reports.csv", reports.reports_file, "reports_file", see(Action.SEE_STUDIES)),
    route("studies/reports/<str:name>/", reports.report, "report", see(Action.SEE_STUDIES)),
    route("studies/reports/<str:name>/files/<path:file>", reports.report_file, "report_file", see(Action.SEE_STUDIES)),
    route("studies/reports/<str:name>/verify/", reports.verify, "verify_report", do(Action.RUN_STUDY)),
    route("studies/reports/<str:name>/publish/", reports.publish, "publish_report", do(Action.RELEASE_REPORT)),
    route("studies/watch/", watch.watch, "watch", see(Action.SEE_WATCH)),
    route("studies/watch/look/", watch.look, "look", do(Action.RUN_STUDY)),
    route("studies/watch/files/<str:file>", watch.watch_file, "watch_file", see(Action.SEE_WATCH)),
    route("studies/<slug:place>/<str:name>/", studies.study, "study", see(Action.SEE_STUDIES)),
    route("studies/<slug:place>/<str:name>/run/", studies.run, "run_study", do(Action.RUN_STUDY)),

    route("sign-in/", accounts.login, "account_login", form(Action.SIGN_IN)),
    route("sign-in/factor/", own.Authenticate.as_view(), "mfa_authenticate", form(Action.SIGN_IN)),
    route("sign-in/passkey/", own.PasskeySignIn.as_view(), "mfa_login_webauthn", form(Action.SIGN_IN)),
    route("sign-in/locked/", errors.locked, "account_inactive", see(Action.SIGN_IN)),
    route("sign-out/", accounts.logout, "account_logout", do(Action.SIGN_OUT)),
    route("welcome/", joining.welcome, "welcome_token", form(Action.JOIN)),
    route("welcome/<str:token>/", secret(joining.welcome), "welcome", form(Action.JOIN)),

    route("prove/", accounts.reauthenticate, "account_reauthenticate", form(Action.STEP_UP)),
    route("prove/code/", factors.reauthenticate, "mfa_reauthenticate", form(Action.STEP_UP)),
    route("prove/passkey/", passkeys.reauthenticate_webauthn, "mfa_reauthenticate_webauthn", form(Action.STEP_UP)),

    route("account/", own.account, "mfa_index", see(Action.SEE_OWN_ACCOUNT)),
    route("account/here/", own.here, "here", see(Action.SEE_OWN_ACCOUNT)),
    route("account/password/", own.ChangePassword.as_view(), "account_change_password", form(Action.CHANGE_PASSWORD)),
    route("account/sessions/<slug:handle>/end/", own.end_session,
          "end_own_session", do(Action.END_OWN_SESSION, own.own_session)),
    route("account/keys/", keyboard.own_keys, "keys", form(Action.CHANGE_KEYS)),
    route("account/factors/", own.begin_factors, "begin_factors", see(Action.ENROL)),
    route("account/factors/app/", own.ActivateApp.as_view(), "mfa_activate_totp", form(Action.ENROL)),
    route("account/factors/app/remove/", own.RemoveApp.as_view(), "mfa_deactivate_totp", form(Action.CHANGE_FACTORS)),
    route("account/factors/passkey/", own.AddPasskey.as_view(), "mfa_add_webauthn", form(Action.ENROL)),
    route("account/factors/passkey/<int:pk>/remove/", own.RemovePasskey.as_view(),
          "mfa_remove_webauthn", form(Action.CHANGE_FACTORS)),
    route("account/codes/", codes.view_recovery_codes, "mfa_view_recovery_codes", see(Action.CHANGE_FACTORS)),
    route("account/codes/new/", own.NewCodes.as_view(), "mfa_generate_recovery_codes", form(Action.CHANGE_FACTORS)),

    route("accounts/", people.accounts, "accounts", see(Action.SEE_ACCOUNTS)),
    route("accounts/invite/", people.invite, "invite", form(Action.INVITE)),
    route("accounts/invitations/<int:key>/end/", people.end_invitation, "end_invitation", do(Action.INVITE)),
    route("accounts/<str:name>/", people.person, "person", see(Action.SEE_ACCOUNTS)),
    route("accounts/<str:name>/roles/", people.set_roles, "set_roles", do(Action.SET_ROLES, people.account)),
    route("accounts/<str:name>/lock/", people.lock, "lock", do(Action.LOCK, people.account)),
    route("accounts/<str:name>/renew/", people.renew, "renew", do(Action.RENEW, people.account)),
    route("accounts/<str:name>/sessions/end/", people.end_sessions,
          "end_sessions", do(Action.END_SESSION, people.account)),
]

if settings.SIGN_ON:
    from hashgrade.serve import signon  # its tables are there only with it

    urlpatterns += signon.ROUTES
