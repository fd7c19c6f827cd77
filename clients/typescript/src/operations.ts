// Made by `npm run generate` out of the server's OpenAPI document. Change nothing here.

/** Each operation on a line: its id, method and path, and `body` if it takes one. */
export const operations = `accounts_signup POST /v1/auth/signup body
sessions_login POST /v1/auth/login body
sessions_login_mfa POST /v1/auth/login/mfa body
providers_list GET /v1/auth/providers
providers_start_login POST /v1/auth/oidc/{provider}/start body
providers_finish_login POST /v1/auth/oidc/{provider}/finish body
passkeys_begin_login POST /v1/auth/passkey/begin
passkeys_finish_login POST /v1/auth/passkey/finish body
sessions_refresh POST /v1/auth/refresh body
sessions_logout POST /v1/auth/logout
sessions_confirm POST /v1/auth/confirm body
accounts_verify_email POST /v1/auth/email/verify body
accounts_resend_verification POST /v1/auth/email/resend body
accounts_forgot_password POST /v1/auth/password/forgot body
accounts_reset_password POST /v1/auth/password/reset body
accounts_get GET /v1/me
accounts_update PATCH /v1/me body
accounts_delete DELETE /v1/me
accounts_change_email POST /v1/me/email body
accounts_change_password PUT /v1/me/password body
security_log_list GET /v1/me/security-log
sessions_list GET /v1/me/sessions
sessions_end_others DELETE /v1/me/sessions
sessions_end DELETE /v1/me/sessions/{id}
totp_begin POST /v1/me/totp
totp_disable DELETE /v1/me/totp
totp_confirm POST /v1/me/totp/confirm body
recovery_codes_replace POST /v1/me/recovery-codes
passkeys_begin_registration POST /v1/me/passkeys/begin
passkeys_finish_registration POST /v1/me/passkeys/finish body
passkeys_list GET /v1/me/passkeys
passkeys_remove DELETE /v1/me/passkeys/{id}
identities_list GET /v1/me/identities
identities_start_link POST /v1/me/identities/{provider}/start body
identities_finish_link POST /v1/me/identities/{provider}/finish body
identities_unlink DELETE /v1/me/identities/{id}
api_tokens_list GET /v1/me/tokens
api_tokens_create POST /v1/me/tokens body
api_tokens_revoke DELETE /v1/me/tokens/{id}
invitations_list_mine GET /v1/me/invitations
invitations_accept_mine POST /v1/me/invitations/{id}/accept
invitations_decline_mine POST /v1/me/invitations/{id}/decline
tasks_list_mine GET /v1/me/tasks
server_jwks GET /.well-known/jwks.json
orgs_list GET /v1/orgs
orgs_create POST /v1/orgs body
orgs_get GET /v1/orgs/{org}
orgs_update PATCH /v1/orgs/{org} body
orgs_delete DELETE /v1/orgs/{org}
orgs_restore POST /v1/orgs/{org}/restore
orgs_export GET /v1/orgs/{org}/export
security_log_list_of_organization GET /v1/orgs/{org}/security-log
orgs_permissions GET /v1/orgs/{org}/permissions
members_leave POST /v1/orgs/{org}/leave
members_transfer POST /v1/orgs/{org}/transfer body
members_list GET /v1/orgs/{org}/members
members_get GET /v1/orgs/{org}/members/{user}
members_update PATCH /v1/orgs/{org}/members/{user} body
members_remove DELETE /v1/orgs/{org}/members/{user}
invitations_list GET /v1/orgs/{org}/invitations
invitations_create POST /v1/orgs/{org}/invitations body
invitations_create_bulk POST /v1/orgs/{org}/invitations/bulk body
invitations_revoke DELETE /v1/orgs/{org}/invitations/{id}
invitations_resend POST /v1/orgs/{org}/invitations/{id}/resend
invitations_lookup POST /v1/invitations/lookup body
invitations_accept POST /v1/invitations/accept body
invitations_decline POST /v1/invitations/decline body
projects_list GET /v1/orgs/{org}/projects
projects_create POST /v1/orgs/{org}/projects body
projects_get GET /v1/orgs/{org}/projects/{project}
projects_update PATCH /v1/orgs/{org}/projects/{project} body
projects_delete DELETE /v1/orgs/{org}/projects/{project}
projects_restore POST /v1/orgs/{org}/projects/{project}/restore
projects_archive POST /v1/orgs/{org}/projects/{project}/archive
projects_unarchive POST /v1/orgs/{org}/projects/{project}/unarchive
projects_list_members GET /v1/orgs/{org}/projects/{project}/members
projects_add_member PUT /v1/orgs/{org}/projects/{project}/members/{user}
projects_remove_member DELETE /v1/orgs/{org}/projects/{project}/members/{user}
columns_list GET /v1/orgs/{org}/projects/{project}/columns
columns_create POST /v1/orgs/{org}/projects/{project}/columns body
columns_update PATCH /v1/orgs/{org}/projects/{project}/columns/{id} body
columns_delete DELETE /v1/orgs/{org}/projects/{project}/columns/{id}
tasks_list_in_project GET /v1/orgs/{org}/projects/{project}/tasks
tasks_create POST /v1/orgs/{org}/projects/{project}/tasks body
tasks_list GET /v1/orgs/{org}/tasks
tasks_get GET /v1/orgs/{org}/tasks/{task}
tasks_update PATCH /v1/orgs/{org}/tasks/{task} body
tasks_delete DELETE /v1/orgs/{org}/tasks/{task}
tasks_update_bulk POST /v1/orgs/{org}/tasks/bulk body
tasks_move POST /v1/orgs/{org}/tasks/{task}/move body
tasks_duplicate POST /v1/orgs/{org}/tasks/{task}/duplicate body
tasks_restore POST /v1/orgs/{org}/tasks/{task}/restore
tasks_assign PUT /v1/orgs/{org}/tasks/{task}/assignees/{user}
tasks_unassign DELETE /v1/orgs/{org}/tasks/{task}/assignees/{user}
tasks_list_assignable GET /v1/orgs/{org}/tasks/{task}/assignable
tasks_put_label PUT /v1/orgs/{org}/tasks/{task}/labels/{label}
tasks_take_label DELETE /v1/orgs/{org}/tasks/{task}/labels/{label}
tasks_list_links GET /v1/orgs/{org}/tasks/{task}/links
tasks_create_link POST /v1/orgs/{org}/tasks/{task}/links body
tasks_get_link GET /v1/orgs/{org}/tasks/{task}/links/{id}
tasks_delete_link DELETE /v1/orgs/{org}/tasks/{task}/links/{id}
labels_list GET /v1/orgs/{org}/labels
labels_create POST /v1/orgs/{org}/labels body
labels_get GET /v1/orgs/{org}/labels/{label}
labels_update PATCH /v1/orgs/{org}/labels/{label} body
labels_delete DELETE /v1/orgs/{org}/labels/{label}
comments_list GET /v1/orgs/{org}/tasks/{task}/comments
comments_create POST /v1/orgs/{org}/tasks/{task}/comments body
comments_get GET /v1/orgs/{org}/tasks/{task}/comments/{id}
comments_update PATCH /v1/orgs/{org}/tasks/{task}/comments/{id} body
comments_delete DELETE /v1/orgs/{org}/tasks/{task}/comments/{id}
comments_react PUT /v1/orgs/{org}/tasks/{task}/comments/{id}/reactions/{emoji}
comments_take_back_reaction DELETE /v1/orgs/{org}/tasks/{task}/comments/{id}/reactions/{emoji}
comments_resolve PUT /v1/orgs/{org}/tasks/{task}/comments/{id}/resolved
comments_reopen DELETE /v1/orgs/{org}/tasks/{task}/comments/{id}/resolved
timeline_list GET /v1/orgs/{org}/tasks/{task}/timeline
search GET /v1/orgs/{org}/search
trash_list GET /v1/orgs/{org}/trash
stats_get GET /v1/orgs/{org}/stats
activity_list GET /v1/orgs/{org}/activity
activity_undo POST /v1/orgs/{org}/activity/{seq}/undo
changes_list GET /v1/orgs/{org}/changes
changes_list_mine GET /v1/me/changes
events_follow_mine GET /v1/me/events
events_create_ticket_mine POST /v1/me/events/ticket
events_follow GET /v1/orgs/{org}/events
events_create_ticket POST /v1/orgs/{org}/events/ticket
activity_list_of_project GET /v1/orgs/{org}/projects/{project}/activity
activity_list_of_task GET /v1/orgs/{org}/tasks/{task}/activity
batch_run POST /v1/orgs/{org}/batch body
admin_status GET /v1/admin/status
admin_users_list GET /v1/admin/users
admin_users_get GET /v1/admin/users/{user}
admin_users_disable POST /v1/admin/users/{user}/disable
admin_users_enable POST /v1/admin/users/{user}/enable
admin_users_sign_out POST /v1/admin/users/{user}/sign-out body
admin_users_reset_password POST /v1/admin/users/{user}/password-reset
admin_orgs_list GET /v1/admin/orgs
admin_orgs_get GET /v1/admin/orgs/{org}
admin_orgs_disable POST /v1/admin/orgs/{org}/disable
admin_orgs_enable POST /v1/admin/orgs/{org}/enable
admin_load GET /v1/admin/load
admin_mails_list GET /v1/admin/mails
admin_mails_retry POST /v1/admin/mails/{id}/retry
admin_mails_delete DELETE /v1/admin/mails/{id}
admin_jobs GET /v1/admin/jobs
server_livez GET /livez
server_readyz GET /readyz
server_openapi GET /openapi.json
server_problem GET /problems/{code}`;
