// Made by `npm run generate` out of the server's OpenAPI document. Change nothing here.
/* eslint-disable */
export interface paths {
    "/v1/auth/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign up
         * @description Creates an account and its first session. With an `invitation_token` the account joins the invitation's organization at once. Where addresses have to be verified, the answer is 202, the same for a taken address, and a mail says what comes next.
         */
        post: operations["accounts_signup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in with a password
         * @description Starts a session. An account with a second factor answers 401 `mfa_required` with an `mfa_token`, unless `totp_code` is sent along.
         */
        post: operations["sessions_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/login/mfa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a login with the second factor
         * @description Starts the session of a login that was answered `mfa_required`, with a code of the authenticator or a recovery code. The `mfa_token` is good for 5 minutes.
         */
        post: operations["sessions_login_mfa"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the identity providers
         * @description The OpenID providers that this server lets people sign in through, for the buttons of a login page.
         */
        get: operations["providers_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/{provider}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a login through a provider
         * @description Answers the URL of the provider's page. Send the browser there and keep `state` to compare it when the provider sends the browser back.
         */
        post: operations["providers_start_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/oidc/{provider}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a login through a provider
         * @description Exchanges the code that the provider sent the browser back with for a session. A person who signs in for the first time gets an account, or the one whose verified address it is.
         */
        post: operations["providers_finish_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkey/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a login with a passkey
         * @description Answers the options for `navigator.credentials.get()`. No address is needed: the device knows whose passkeys it holds.
         */
        post: operations["passkeys_begin_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/passkey/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a login with a passkey
         * @description Starts a session with what the browser answered. A passkey needs no second factor.
         */
        post: operations["passkeys_finish_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a refresh token for a new pair
         * @description Answers a new access token and a new refresh token. A refresh token is good once. The same one sent again within 10 seconds gets the same successor; later it ends the session, because somebody else may have it.
         */
        post: operations["sessions_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session of the access token. Its open event streams close.
         */
        post: operations["sessions_logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm the session
         * @description Proves with the password, or with a code of the second factor, that it is still the account's owner who is calling. The session then counts as confirmed for 10 minutes, which sensitive calls take. A fresh login counts too.
         */
        post: operations["sessions_confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/email/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify an e-mail address
         * @description Proves an address with the token of a mail: that of a sign-up, or of a change of address. The token is good once, for 24 hours.
         */
        post: operations["accounts_verify_email"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/email/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resend the verification mail
         * @description Sends the verification mail again, if the address has an account that isn't verified. The answer and its time are the same for every address.
         */
        post: operations["accounts_resend_verification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a password reset
         * @description Mails a link to choose a new password, if the address has an account. The answer and its time are the same for every address.
         */
        post: operations["accounts_forgot_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset a password
         * @description Sets a new password with the token of a mail, which is good once, for 30 minutes. Every session ends, and API tokens are revoked.
         */
        post: operations["accounts_reset_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get your account
         * @description The account of the caller.
         */
        get: operations["accounts_get"];
        put?: never;
        post?: never;
        /**
         * Delete your account
         * @description Deletes the account for good. The person is anonymized and leaves every organization; what they made stays. Refused for the last owner of an organization. Needs a confirmed session.
         */
        delete: operations["accounts_delete"];
        options?: never;
        head?: never;
        /**
         * Update your account
         * @description Changes the name or the time zone. Fields that are absent stay as they are.
         */
        patch: operations["accounts_update"];
        trace?: never;
    };
    "/v1/me/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your e-mail address
         * @description Mails a link to the new address. The account keeps the old one until the link is followed. Needs a confirmed session.
         */
        post: operations["accounts_change_email"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change your password
         * @description Replaces the password. Every other session of the account ends. API tokens go on working, and the answer lists them, unless `revoke_tokens` is true.
         */
        put: operations["accounts_change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/security-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your security log
         * @description The security log of the account, the newest entry first: logins and failed ones, changes of credentials and factors, API tokens, ended sessions, exports and refused sensitive calls of the last 180 days. Needs a session.
         */
        get: operations["security_log_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your sessions
         * @description Where the account is logged in, the newest session first.
         */
        get: operations["sessions_list"];
        put?: never;
        post?: never;
        /**
         * End your other sessions
         * @description Logs the account out everywhere but here.
         */
        delete: operations["sessions_end_others"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description Logs the account out in one place.
         */
        delete: operations["sessions_end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to set up an authenticator
         * @description Answers a new secret for an authenticator app (TOTP, RFC 6238), as text and as a URL for a QR code. Codes are asked for only after the first one was confirmed. Needs a confirmed session.
         */
        post: operations["totp_begin"];
        /**
         * Switch the second factor off
         * @description Removes the authenticator and the recovery codes. Every other session ends. Needs a confirmed session.
         */
        delete: operations["totp_disable"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switch the second factor on
         * @description Switches the second factor on with the authenticator's first code, and answers ten recovery codes, which are shown this once. Every other session ends. Needs a confirmed session.
         */
        post: operations["totp_confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the recovery codes
         * @description Answers ten new recovery codes, which are shown this once; the old ones are void. Every other session ends. Needs a confirmed session.
         */
        post: operations["recovery_codes_replace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/passkeys/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to register a passkey
         * @description Answers the options for `navigator.credentials.create()`. Needs a confirmed session.
         */
        post: operations["passkeys_begin_registration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/passkeys/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a passkey
         * @description Stores the passkey that the browser created. Every other session ends. Needs a confirmed session.
         */
        post: operations["passkeys_finish_registration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your passkeys
         * @description The passkeys of the account, the newest first.
         */
        get: operations["passkeys_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a passkey
         * @description Removes a passkey. Refused where nothing else would let the owner in. Every other session ends. Needs a confirmed session.
         */
        delete: operations["passkeys_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your linked identities
         * @description The identities at OpenID providers that are linked to the account, the newest first.
         */
        get: operations["identities_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/identities/{provider}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start to link a provider
         * @description Answers the URL of the provider's page. Send the browser there and keep `state`. Needs a confirmed session.
         */
        post: operations["identities_start_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/identities/{provider}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Link a provider to your account
         * @description Links the identity that the provider vouches for, so that it logs in to this account from now on. Every other session ends. Needs a confirmed session.
         */
        post: operations["identities_finish_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/identities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Unlink a provider
         * @description Ends the link to a provider. Refused where nothing else would let the owner in. Every other session ends. Needs a confirmed session.
         */
        delete: operations["identities_unlink"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your API tokens
         * @description The API tokens of the account that are good, the newest first, without the tokens themselves.
         */
        get: operations["api_tokens_list"];
        put?: never;
        /**
         * Create an API token
         * @description Creates a token for scripts and integrations. It may do what its scopes say and never more than its user. The token itself is shown this once. Needs a confirmed session.
         */
        post: operations["api_tokens_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API token
         * @description Revokes a token: it is refused from the next request on.
         */
        delete: operations["api_tokens_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your invitations
         * @description The pending invitations to the account's address, in every organization that isn't disabled.
         */
        get: operations["invitations_list_mine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/invitations/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept one of your invitations
         * @description Joins the organization with the invitation's role, and answers the organization.
         */
        post: operations["invitations_accept_mine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/invitations/{id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decline one of your invitations
         * @description Declines the invitation; it can't be accepted afterwards.
         */
        post: operations["invitations_decline_mine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your tasks
         * @description The open tasks that the caller is assigned to, in every organization. What is due first comes first; tasks without a due time come last.
         */
        get: operations["tasks_list_mine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the public keys
         * @description The public keys (JWKS, RFC 7517) with which access tokens can be verified.
         */
        get: operations["server_jwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your organizations
         * @description The organizations that the caller is a member of; with `?deleted=true` those that they can restore.
         */
        get: operations["orgs_list"];
        put?: never;
        /**
         * Create an organization
         * @description Creates an organization; the caller becomes its owner. Without a `slug` one is made from the name.
         */
        post: operations["orgs_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an organization
         * @description An organization as the caller sees it, with their role and what they may do in it.
         */
        get: operations["orgs_get"];
        put?: never;
        post?: never;
        /**
         * Delete an organization
         * @description Deletes an organization. Access ends at once, its owners are told by mail, and they can restore it for 30 days. Needs the slug in `?confirm=` and a confirmed session.
         */
        delete: operations["orgs_delete"];
        options?: never;
        head?: never;
        /**
         * Update an organization
         * @description Changes the name, the slug or the settings. A former slug goes on as an alias.
         */
        patch: operations["orgs_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore an organization
         * @description Restores a deleted organization as it was.
         */
        post: operations["orgs_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export an organization
         * @description The whole organization as one zip file of NDJSON, for `guildhall import`.
         */
        get: operations["orgs_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/security-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the security log of an organization
         * @description The organization's security log, the newest entry first: refused sensitive calls, exports, API tokens for the organization, and who joined, left or got another role. The logins of its members are in their own logs only. For owners and admins.
         */
        get: operations["security_log_list_of_organization"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the permissions
         * @description The permission matrix: which role may do what, the caller's own role, and what it allows.
         */
        get: operations["orgs_permissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave an organization
         * @description Ends the caller's membership. Their open tasks lose them as assignee. Refused for the last owner.
         */
        post: operations["members_leave"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transfer the ownership
         * @description Makes another member owner and the caller admin, in one transaction. Needs a confirmed session.
         */
        post: operations["members_transfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the members
         * @description The members of the organization, filtered by role, name or address.
         */
        get: operations["members_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a member
         * @description A member of the organization.
         */
        get: operations["members_get"];
        put?: never;
        post?: never;
        /**
         * Remove a member
         * @description Ends a membership. Open tasks pass to `reassign_to`, or to nobody; invitations and API tokens of the member for this organization are revoked. The answer lists all of it. Removing an owner needs a confirmed session.
         */
        delete: operations["members_remove"];
        options?: never;
        head?: never;
        /**
         * Change a member's role
         * @description Changes the role of a member. The answer lists the tasks that they lost sight of and are no longer assigned to. Making or demoting an owner needs a confirmed session.
         */
        patch: operations["members_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the invitations
         * @description The invitations of the organization, the newest first.
         */
        get: operations["invitations_list"];
        put?: never;
        /**
         * Invite somebody
         * @description Invites an address. The invitation is mailed and good for 7 days. Where no mail is configured, the answer has the `token`, this once. Inviting an owner needs a confirmed session.
         */
        post: operations["invitations_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/invitations/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite many
         * @description Invites up to 100 addresses, each with a result of its own. Inviting an owner needs a confirmed session.
         */
        post: operations["invitations_create_bulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an invitation
         * @description Revokes a pending invitation; its token is void. That of an owner needs a confirmed session.
         */
        delete: operations["invitations_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/invitations/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resend an invitation
         * @description Sends a pending invitation again with a new token, good for another 7 days. The old token is void. That of an owner needs a confirmed session.
         */
        post: operations["invitations_resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look up an invitation
         * @description What the invitation of a token offers: the organization, the role, and who invites. Needs no login.
         */
        post: operations["invitations_lookup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Joins the organization of the token's invitation, and answers the organization. The caller's address must be the invited one.
         */
        post: operations["invitations_accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decline an invitation
         * @description Declines the token's invitation; it can't be accepted afterwards.
         */
        post: operations["invitations_decline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the projects
         * @description The projects that the caller sees, with the number of tasks by status.
         */
        get: operations["projects_list"];
        put?: never;
        /**
         * Create a project
         * @description Creates a project. Without a `key` one is made from the name. The creator of a private project is in it. With `template`, it begins with copies of that project's columns and tasks, their subtasks, labels and assignees, as far as these see it.
         */
        post: operations["projects_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a project
         * @description A project that the caller sees.
         */
        get: operations["projects_get"];
        put?: never;
        post?: never;
        /**
         * Delete a project
         * @description Deletes a project with its tasks. It can be restored for 30 days.
         */
        delete: operations["projects_delete"];
        options?: never;
        head?: never;
        /**
         * Update a project
         * @description Changes a project. Tasks keep answering to their former keys. Made private, it unassigns those who no longer see it, and the answer lists them. `is_template` marks it as a template, or as a project like others again.
         */
        patch: operations["projects_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a project
         * @description Restores a deleted project with its tasks.
         */
        post: operations["projects_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Archive a project
         * @description Archives a project: it can be read, and refuses changes to itself and its tasks.
         */
        post: operations["projects_archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unarchive a project
         * @description Opens an archived project for changes again.
         */
        post: operations["projects_unarchive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the members of a project
         * @description The people who are in a project. They, the owners and the admins see it when it is private.
         */
        get: operations["projects_list_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add a member to a project
         * @description Puts a member of the organization into a project.
         */
        put: operations["projects_add_member"];
        post?: never;
        /**
         * Remove a member from a project
         * @description Takes a person out of a project. If they no longer see it, they are unassigned from its tasks, and the answer lists those.
         */
        delete: operations["projects_remove_member"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the columns of a project
         * @description The columns of the project's board, in their order.
         */
        get: operations["columns_list"];
        put?: never;
        /**
         * Create a column
         * @description Adds a column to the project's board, before or after another one, or at the end.
         */
        post: operations["columns_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/columns/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a column
         * @description Deletes a column for good. Its tasks go to the column `move_to`. The last column of a status stays.
         */
        delete: operations["columns_delete"];
        options?: never;
        head?: never;
        /**
         * Update a column
         * @description Changes a column, or moves it before or after another one. If its status changes, its tasks go to the column `move_to`; the last column of a status keeps it.
         */
        patch: operations["columns_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tasks of a project
         * @description The tasks of a project, with the filters and the orders of the list over all projects.
         */
        get: operations["tasks_list_in_project"];
        put?: never;
        /**
         * Create a task
         * @description Creates a task in a project, at the end of its column. Every assignee must be able to see the project.
         */
        post: operations["tasks_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tasks
         * @description The tasks of all projects that the caller sees.
         */
        get: operations["tasks_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a task
         * @description A task, by id or by key, such as WEB-142. `fields` leaves out what a client doesn't need, and `include` brings what it would ask for next.
         */
        get: operations["tasks_get"];
        put?: never;
        post?: never;
        /**
         * Delete a task
         * @description Deletes a task. It can be restored for 30 days.
         */
        delete: operations["tasks_delete"];
        options?: never;
        head?: never;
        /**
         * Update a task
         * @description Changes a task: its texts, status, priority, due time, assignees or parent. Fields that are absent stay as they are, `null` clears.
         */
        patch: operations["tasks_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Update many tasks
         * @description Changes up to 500 tasks in the same way: those with these `ids`, or those that a `filter` of the list of tasks leaves. Each is authorized like its own PATCH and has a result of its own; what is refused stays as it is. With `atomic`, all are changed or none. `?dry_run=true` answers the same and changes nothing.
         */
        post: operations["tasks_update_bulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a task
         * @description Moves a task to a column of its board, before or after a task that is there, or to the end. The others stay where they are, whoever else moves tasks at the same time. With `project`, the task moves into another project, with its subtasks, labels and comments: it gets a new key and answers to the old one too, and who can't see that project is unassigned, which the answer tells.
         */
        post: operations["tasks_move"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Duplicate a task
         * @description Copies a task: its title, description, priority and place, and what `with` names. The copy comes directly behind the task, or at the end of another project; that of a closed task is to do again. Comments, links and the activity aren't copied. Who can't see that project isn't assigned there, which the answer tells.
         */
        post: operations["tasks_duplicate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a task
         * @description Restores a deleted task.
         */
        post: operations["tasks_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/assignees/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Assign a task
         * @description Adds an assignee, named by id or by the member's e-mail address. Members may take a task that nobody has, by naming themselves.
         */
        put: operations["tasks_assign"];
        post?: never;
        /**
         * Unassign a task
         * @description Removes an assignee. Everybody may drop themselves from a task.
         */
        delete: operations["tasks_unassign"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/assignable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who can be assigned
         * @description The people who can see a task, whom it can be assigned to and a comment on it can mention: first those on it, then those who lately did something in its project, the last first, then the others by name.
         */
        get: operations["tasks_list_assignable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/labels/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put a label on a task
         * @description Puts a label on a task, in addition to those that it has.
         */
        put: operations["tasks_put_label"];
        post?: never;
        /**
         * Take a label off a task
         * @description Takes a label off a task. The label itself stays.
         */
        delete: operations["tasks_take_label"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the links of a task
         * @description The links of a task as they are seen from it, the oldest first. Those to tasks that the caller doesn't see aren't among them.
         */
        get: operations["tasks_list_links"];
        put?: never;
        /**
         * Link a task to another
         * @description Links a task to another one, also of another project. Both show it: where one `blocks` the other, that one is `blocked_by` it, and `blocked` as long as the first is open. Nobody can make a task wait for itself, over however many others. Whoever may edit the task of the path may, if they see the other.
         */
        post: operations["tasks_create_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/links/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a link
         * @description A link, as it is seen from the task of the path.
         */
        get: operations["tasks_get_link"];
        put?: never;
        post?: never;
        /**
         * Remove a link
         * @description Removes a link from both of its tasks, for good.
         */
        delete: operations["tasks_delete_link"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the labels
         * @description The organization's labels, ordered by name.
         */
        get: operations["labels_list"];
        put?: never;
        /**
         * Create a label
         * @description Creates a label, which can be put on the tasks of every project.
         */
        post: operations["labels_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/labels/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a label
         * @description A label, with its name, color and description.
         */
        get: operations["labels_get"];
        put?: never;
        post?: never;
        /**
         * Delete a label
         * @description Deletes a label for good, and so takes it off its tasks.
         */
        delete: operations["labels_delete"];
        options?: never;
        head?: never;
        /**
         * Update a label
         * @description Changes a label's name, color or description. Its tasks show the new name and color at once.
         */
        patch: operations["labels_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the comments on a task
         * @description The comments on a task, replies among them, the oldest first.
         */
        get: operations["comments_list"];
        put?: never;
        /**
         * Comment on a task
         * @description Comments on a task, or replies to a comment. Everybody who sees the task may. `<@user-id>` in the text mentions a user, who must see it too.
         */
        post: operations["comments_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/comments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a comment
         * @description A comment on a task. One that was deleted and has replies is there without its text.
         */
        get: operations["comments_get"];
        put?: never;
        post?: never;
        /**
         * Delete a comment
         * @description Deletes a comment with its reactions for good. One with replies stays as a place without text, until the last of them is deleted too.
         */
        delete: operations["comments_delete"];
        options?: never;
        head?: never;
        /**
         * Update a comment
         * @description Changes the text of a comment. Only its author may.
         */
        patch: operations["comments_update"];
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/comments/{id}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * React to a comment
         * @description Adds the caller's reaction with one emoji, percent-encoded in the path. The same one twice counts once.
         */
        put: operations["comments_react"];
        post?: never;
        /**
         * Take back a reaction
         * @description Removes the caller's reaction with this emoji, if there is one.
         */
        delete: operations["comments_take_back_reaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/comments/{id}/resolved": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Resolve a thread
         * @description Marks the thread that begins with this comment as settled. Whoever may edit the task may.
         */
        put: operations["comments_resolve"];
        post?: never;
        /**
         * Reopen a thread
         * @description Opens a settled thread again.
         */
        delete: operations["comments_reopen"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the timeline of a task
         * @description The comments on a task and its activity in one list, the oldest first, or the newest with `order=desc`. A comment stands where it was made, as it is now.
         */
        get: operations["timeline_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search
         * @description Tasks, comments and projects with all of these words, whole or as beginnings, the best match first, without regard to case and accents.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/trash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the trash
         * @description The deleted tasks and projects that the caller could restore, the last deleted first.
         */
        get: operations["trash_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the statistics
         * @description The figures of a dashboard over the tasks that the caller sees: by status, priority, assignee and project, what is overdue, and what was created and done on each day.
         */
        get: operations["stats_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the activity
         * @description Who did what in the organization, the newest entry first, as far as the caller may see it.
         */
        get: operations["activity_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/activity/{seq}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo a change
         * @description Takes back everything that the request of the entry changed, by changes that the caller may make: who may not make one of them is refused, and nothing is undone. What was changed since isn't undone over: the problem has the later changes as `conflicts`. What was undone can be undone, too. Not undoable are the beginning and end of memberships and organizations, the end of an invitation, and the deletion of a comment.
         */
        post: operations["activity_undo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what changed
         * @description For clients that keep a copy: each object that changed since the last answer, as it is now or as gone. Without `since`, everything, in pages. After a return to a backup in which what the client has never happened, everything again, with `reset`.
         */
        get: operations["changes_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what changed in all your organizations
         * @description The changes of all organizations of the caller and of their account in one answer, for clients that keep a copy of everything. An organization that the caller joins comes whole; one that they leave, or that is deleted or disabled, is told as gone, and so is everything in it. With an API token for one organization, only that one is told.
         */
        get: operations["changes_list_mine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the events of all your organizations
         * @description One stream of what happens in all organizations of the caller, each entry with its `organization_id`. Events named `changes` tell of the account, and of organizations that the caller joins or leaves, or that are deleted or disabled. With `include=object`, each entry has the object that it is about, and a client keeps its copy of everything by the stream alone. Ids are opaque; `Last-Event-ID` resumes the stream without loss. With an API token for one organization, only that one is told.
         */
        get: operations["events_follow_mine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/events/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a ticket for the events of all your organizations
         * @description A ticket that stands for the access token in the URL of a browser's `EventSource`. Good once, for 30 seconds.
         */
        post: operations["events_create_ticket_mine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the events
         * @description A stream of server-sent events: each entry of the activity as it is written, for as long as the caller may see it. `Last-Event-ID` resumes it without loss. An event named `reset` tells that the server went back to a backup in which what the client has seen never happened: load everything anew; the stream goes on after the `seq` in its data. With `include=object`, each event has the object that it is about, and events named `changes` tell what changes besides: a client keeps its copy by the stream alone.
         */
        get: operations["events_follow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/events/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a ticket for the events
         * @description A ticket that stands for the access token in the URL of a browser's `EventSource`. Good once, for 30 seconds.
         */
        post: operations["events_create_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/projects/{project}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the activity of a project
         * @description Who did what in a project, the newest entry first.
         */
        get: operations["activity_list_of_project"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/tasks/{task}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the activity of a task
         * @description Who did what with a task, the newest entry first.
         */
        get: operations["activity_list_of_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a batch
         * @description Up to 100 changes of the organization in one transaction: all of them, or none. Each operation is a request of its own and is authorized and answered like one. The first that is refused undoes all: the answer is its problem, with its index in `operation`. A `ref` names what an operation creates; `{"$ref": "name"}` in a body and `{name}` in a path stand for its id in later ones. `?dry_run=true` answers the same and changes nothing. Sensitive calls, bulk calls and other batches can't be operations.
         */
        post: operations["batch_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the state of the server
         * @description Version, database, how much there is, the outbox, and what somebody should look at. Counts accounts and sessions when it is asked.
         */
        get: operations["admin_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the accounts
         * @description All accounts, the newest first, or those whose name or address begins with `q`.
         */
        get: operations["admin_users_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an account
         * @description An account, and the organizations that it is in.
         */
        get: operations["admin_users_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/users/{user}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable an account
         * @description Ends the account's sessions, links and streams at once. Nobody can log in to it or use its API tokens until it is enabled again.
         */
        post: operations["admin_users_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/users/{user}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable an account
         * @description Lets the user log in again. API tokens of before work again.
         */
        post: operations["admin_users_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/users/{user}/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the sessions of an account
         * @description Ends every session and stream of the account at once. With `revoke_tokens`, its API tokens too.
         */
        post: operations["admin_users_sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/users/{user}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offer a user a new password
         * @description Mails the user the link to choose a new password, which is good once, for 30 minutes. On a server without mail the answer has the link; it proves no address.
         */
        post: operations["admin_users_reset_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the organizations of the server
         * @description All organizations, deleted ones too until they are purged, the newest first. A page may have fewer than `limit`.
         */
        get: operations["admin_orgs_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/orgs/{org}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an organization of the server
         * @description An organization, who owns it, and how large it is.
         */
        get: operations["admin_orgs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/orgs/{org}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable an organization
         * @description Shuts the organization at once: every call to it is refused with 403 `organization_disabled`, its event streams end, and nobody joins it. It keeps what it has, except that trash is purged in its time. The activity has an entry of it.
         */
        post: operations["admin_orgs_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/orgs/{org}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable an organization
         * @description Lets the members in again.
         */
        post: operations["admin_orgs_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the organizations that cost most
         * @description The organizations whose transactions took the database longest lately at the node that answers, or were most, or waited longest. Calls under `/v1/me` and background jobs aren't counted.
         */
        get: operations["admin_load"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/mails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the mails
         * @description The mails that wait and those that were given up in the last 30 days, the newest first. Never what they say.
         */
        get: operations["admin_mails_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/mails/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a mail again
         * @description Tries a mail now whose last attempt failed. One that is being sent, or wasn't tried yet, stays as it is.
         */
        post: operations["admin_mails_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/mails/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a mail
         * @description Takes a mail out of the outbox, so that it isn't sent or tried again. One that is being sent may still arrive.
         */
        delete: operations["admin_mails_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the background jobs
         * @description When each background job ran last at the node that answers, how long that took, and what is due at all nodes.
         */
        get: operations["admin_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the server is alive
         * @description Answers as long as the process runs. It doesn't ask the database.
         */
        get: operations["server_livez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the server can serve
         * @description Answers 200 if the database is reached and has the schema of this version, else 503.
         */
        get: operations["server_readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the OpenAPI document
         * @description This document.
         */
        get: operations["server_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain an error
         * @description What an error code means and what to do: the page that the `type` of a problem leads to.
         */
        get: operations["server_problem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A request to sign up. */
        SignupRequest: {
            /**
             * Format: email
             * @description The e-mail address to log in with.
             */
            email: string;
            /** @description At least 8 characters, and not easily guessed. */
            password: string;
            /** @description The name that other users see. */
            name: string;
            /**
             * @description The token of an invitation. The new user becomes a member of its organization at once. A token that came by mail
             *     also proves the address; one that the API showed to the inviter doesn't.
             */
            invitation_token?: string | null;
            /** @description How the refresh token is sent. In the body if absent. */
            session?: components["schemas"]["SessionCarrier"];
        };
        /**
         * @description How the refresh token is sent: `body` (the default) in the JSON of requests and responses, `cookie` in a cookie that
         *     scripts can't read.
         * @enum {string}
         */
        SessionCarrier: "body" | "cookie";
        /** @description A request to log in with a password. */
        LoginRequest: {
            /**
             * Format: email
             * @description The e-mail address of the account.
             */
            email: string;
            /** @description The password of the account. */
            password: string;
            /**
             * @description The authenticator's code or a recovery code, for an account with a second factor. It can also be sent
             *     afterwards, to `POST /v1/auth/login/mfa`.
             */
            totp_code?: string | null;
            /**
             * @description The device token of an earlier session on this device, so that other people's failed logins don't shut it out. One
             *     that isn't valid is ignored.
             */
            device_token?: string | null;
            /** @description How the refresh token is sent. In the body if absent. */
            session?: components["schemas"]["SessionCarrier"];
        };
        /** @description A request to finish a login with the second factor. */
        MfaLogin: {
            /** @description The `mfa_token` of the `mfa_required` error. It is valid for 5 minutes. */
            mfa_token: string;
            /** @description The authenticator's code or a recovery code. */
            code: string;
            /**
             * @description The device token of an earlier session on this device, so that other people's failed logins don't shut it out. One
             *     that isn't valid is ignored.
             */
            device_token?: string | null;
            /** @description How the refresh token is sent. In the body if absent. */
            session?: components["schemas"]["SessionCarrier"];
        };
        /** @description A request to start a sign-in or a link through an identity provider. */
        ProviderStart: {
            /**
             * Format: uri
             * @description The page of the front end that the provider redirects the browser to. It must be registered with the provider.
             */
            redirect_uri: string;
        };
        /** @description A request to complete a sign-in through an identity provider, with the parameters of the provider's redirect. */
        ProviderLogin: {
            /** @description The authorization code from the redirect; absent if the redirect has an error. */
            code?: string | null;
            /** @description The error from the redirect, such as `access_denied`. */
            error?: string | null;
            /** @description The state from the redirect. */
            state: string;
            /** @description The token of an invitation. A user without an account becomes a member of its organization at once. */
            invitation_token?: string | null;
            /** @description How the refresh token is sent. In the body if absent. */
            session?: components["schemas"]["SessionCarrier"];
        };
        /** @description A request to log in with a passkey. */
        PasskeyLogin: {
            /** @description The ticket from `POST /v1/auth/passkey/begin`. */
            ticket: string;
            /** @description The credential with which the browser answered. */
            credential: components["schemas"]["PublicKeyCredential"];
            /** @description How the refresh token is sent. In the body if absent. */
            session?: components["schemas"]["SessionCarrier"];
        };
        /** @description The browser's credential: the `toJSON()` of its `PublicKeyCredential`. */
        PublicKeyCredential: {
            /** @description The id of the credential, in base64url. */
            id: string;
            /** @description The same id. */
            rawId: string;
            /** @description Always `public-key`. */
            type: string;
            /** @description The answer of the authenticator. */
            response: {
                [key: string]: unknown;
            };
        };
        /** @description A request to exchange a refresh token for new credentials. */
        RefreshRequest: {
            /** @description The refresh token. If absent, the one in the cookie is used. */
            refresh_token?: string | null;
            /**
             * @description How the next refresh token is sent. The default is how this one was sent. A refresh token from the cookie is
             *     always replaced in the cookie.
             */
            session?: components["schemas"]["SessionCarrier"] | null;
        };
        /** @description A request to confirm the session, with either the password or a code of the second factor. */
        SessionConfirmation: {
            /** @description The password of the account. */
            password?: string | null;
            /** @description The authenticator's code or a recovery code. */
            code?: string | null;
        };
        /** @description A request with a token from the link in a message. */
        MailTokenRequest: {
            /** @description The token from the link in the message. */
            token: string;
        };
        /** @description A request that names an e-mail address, which needn't have an account. */
        EmailRequest: {
            /**
             * Format: email
             * @description The e-mail address.
             */
            email: string;
        };
        /** @description A request to reset a password. */
        PasswordReset: {
            /** @description The token from the link in the message. */
            token: string;
            /** @description At least 8 characters, and not easily guessed. */
            password: string;
        };
        /** @description A request to change the caller's account. Absent fields stay as they are. */
        UserPatch: {
            /** @description The new name. */
            name?: string;
            /** @description The name of an IANA time zone, such as `Europe/Zurich`. */
            time_zone?: string;
        };
        /** @description A request to change the caller's password. */
        PasswordChange: {
            /** @description The password until now. */
            current_password: string;
            /** @description At least 8 characters, and not easily guessed. */
            new_password: string;
            /** @description `true` also revokes all API tokens. They aren't derived from the password: without this, they go on working. */
            revoke_tokens?: boolean;
        };
        /**
         * @description The kind of event that an entry of a security log records.
         *
         *     - `signed_in`: A session started.
         *     - `sign_in_failed`: A login failed.
         *     - `second_factor_required`: A login needed the second factor besides what was right.
         *     - `confirmation_failed`: A password or code that a session was asked for again was wrong.
         *     - `session_ended`: A session ended.
         *     - `sessions_ended`: All other sessions were ended.
         *     - `password_changed`: The password was changed in a session.
         *     - `password_reset`: The password was reset, by a mailed link or by the server's operator.
         *     - `email_changed`: The e-mail address was changed.
         *     - `email_verified`: The e-mail address was verified. API tokens, passkeys, linked providers and the second factor of before were removed.
         *     - `handed_over`: Somebody proved that the address, which nobody had verified, is theirs, and got the account: the password, sessions and all other credentials of before were removed.
         *     - `second_factor_enabled`: The second factor was switched on, and recovery codes were created.
         *     - `second_factor_disabled`: The second factor was switched off.
         *     - `recovery_codes_replaced`: The recovery codes were replaced.
         *     - `recovery_code_used`: A recovery code was used.
         *     - `passkey_added`: A passkey was registered.
         *     - `passkey_removed`: A passkey was removed.
         *     - `provider_linked`: An identity provider was linked.
         *     - `provider_unlinked`: An identity provider was unlinked.
         *     - `factors_removed`: The server's operator removed the second factor and the passkeys.
         *     - `signed_out`: The server's operator ended all sessions.
         *     - `password_reset_offered`: The server's operator sent or handed out a link to choose a new password.
         *     - `account_disabled`: The server's operator disabled the account.
         *     - `account_enabled`: The server's operator enabled the account.
         *     - `api_token_created`: An API token was created.
         *     - `api_token_first_used`: An API token was used for the first time.
         *     - `api_token_revoked`: An API token was revoked.
         *     - `organization_exported`: An organization was exported.
         *     - `call_refused`: A sensitive call was refused, or one that takes a session was made with an API token.
         *     - `member_joined`: Somebody became a member of the organization.
         *     - `member_role_changed`: The role of a member was changed.
         *     - `member_removed`: A member left the organization or was removed from it.
         *     - `ownership_transferred`: The ownership of the organization was transferred to another member.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        SecurityEventKind: "signed_in" | "sign_in_failed" | "second_factor_required" | "confirmation_failed" | "session_ended" | "sessions_ended" | "password_changed" | "password_reset" | "email_changed" | "email_verified" | "handed_over" | "second_factor_enabled" | "second_factor_disabled" | "recovery_codes_replaced" | "recovery_code_used" | "passkey_added" | "passkey_removed" | "provider_linked" | "provider_unlinked" | "factors_removed" | "signed_out" | "password_reset_offered" | "account_disabled" | "account_enabled" | "api_token_created" | "api_token_first_used" | "api_token_revoked" | "organization_exported" | "call_refused" | "member_joined" | "member_role_changed" | "member_removed" | "ownership_transferred";
        /** @description A request to switch the second factor on. */
        TotpConfirmation: {
            /** @description The first code that the authenticator shows. */
            code: string;
        };
        /** @description A request to register a passkey that the browser created. */
        NewPasskey: {
            /** @description The ticket from `POST /v1/me/passkeys/begin`. */
            ticket: string;
            /** @description A name that tells the user which passkey it is, such as that of the device. */
            name: string;
            /** @description The credential that the browser created. */
            credential: components["schemas"]["PublicKeyCredential"];
        };
        /** @description A request to link an identity, with the parameters of the provider's redirect. */
        ProviderLink: {
            /** @description The authorization code from the redirect; absent if the redirect has an error. */
            code?: string | null;
            /** @description The error from the redirect, such as `access_denied`. */
            error?: string | null;
            /** @description The state from the redirect. */
            state: string;
        };
        /** @description A request to create an API token. */
        NewApiToken: {
            /** @description A name that tells what the token is for. Whoever sees in the activity what was done with it sees the name. */
            name: string;
            /** @description The kinds of requests that the token may be used for: at least one. */
            scopes: components["schemas"]["TokenScope"][];
            /**
             * Format: uuid
             * @description The only organization that the token can be used for. If absent, it can be used for all of its user's.
             */
            organization_id?: string | null;
            /**
             * Format: date-time
             * @description The time at which the token expires, at most 366 days from now. The default is 90 days from now.
             */
            expires_at?: string | null;
        };
        /**
         * @description The kind of requests that an API token may be used for.
         *
         *     - `read`: Allows `GET` requests.
         *     - `write`: Allows all other requests.
         * @enum {string}
         */
        TokenScope: "read" | "write";
        /**
         * @description The status of a task. In `done` and `cancelled` it is closed, and open in all others.
         * @enum {string}
         */
        TaskStatus: "todo" | "in_progress" | "review" | "done" | "cancelled";
        /**
         * @description The priority of a task.
         * @enum {string}
         */
        TaskPriority: "none" | "low" | "medium" | "high" | "urgent";
        /**
         * @description A deadline that a filter asks for.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        TaskDue: "today" | "this_week" | "overdue" | "none";
        /**
         * @description Something that tasks may have, for a filter.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        TaskHas: "comments" | "description" | "subtasks" | "due";
        /**
         * @description A field of a task.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        TaskField: "id" | "key" | "number" | "project_id" | "title" | "description" | "status" | "column_id" | "priority" | "start_on" | "due_at" | "due_on" | "assignees" | "labels" | "parent_id" | "is_template" | "position" | "subtask_counts" | "comment_count" | "links" | "blocked" | "created_by" | "completed_at" | "can" | "version" | "created_at" | "updated_at";
        /** @description A request to create an organization. */
        NewOrganization: {
            /** @description The organization's name. */
            name: string;
            /** @description The organization's name in URLs. Derived from the name if absent. */
            slug?: string | null;
        };
        /** @description Changes to an organization. Absent fields stay as they are. */
        OrganizationPatch: {
            /** @description The new name. */
            name?: string;
            /** @description The organization's new name in URLs. The former one remains as an alias. */
            slug?: string;
            /** @description The settings to change. */
            settings?: components["schemas"]["OrganizationSettingsPatch"];
        };
        /** @description Changes to an organization's settings. Absent fields stay as they are. */
        OrganizationSettingsPatch: {
            /** @description Whether members with the role `member` may create projects. */
            members_can_create_projects?: boolean;
            /** @description Which tasks members with the role `member` may edit. */
            members_edit?: components["schemas"]["MembersEdit"];
            /** @description The IANA time zone, such as `Europe/Zurich`, in which a task's `due_on` ends. What is due on a day moves with it. */
            time_zone?: string;
        };
        /**
         * @description The tasks that members with the role `member` can edit.
         *
         *     - `assigned`: Tasks that are assigned to them or that they created.
         *     - `any`: All tasks that they can see.
         * @enum {string}
         */
        MembersEdit: "assigned" | "any";
        /** @description A request to transfer the ownership of an organization. */
        OwnershipTransfer: {
            /**
             * Format: uuid
             * @description The member who becomes owner. The caller becomes an admin.
             */
            user_id: string;
        };
        /**
         * @description A member's role in an organization. From the lowest to the highest: `member`, `admin`, `owner`. A higher role
         *     allows everything that a lower one does.
         * @enum {string}
         */
        Role: "member" | "admin" | "owner";
        /** @description Changes to a member. */
        MemberPatch: {
            /** @description The new role. Only owners can make owners, or change their roles. */
            role: components["schemas"]["Role"];
        };
        /** @description A request to invite an email address to an organization. */
        NewInvitation: {
            /**
             * Format: email
             * @description The e-mail address to invite. Only an account with this address can accept.
             */
            email: string;
            /** @description The role that the invitee gets on acceptance. Only owners can invite owners. */
            role: components["schemas"]["Role"];
        };
        /** @description A request to invite several email addresses. */
        BulkInvitations: {
            /** @description The invitations: at least one, and each address once. */
            invitations: components["schemas"]["BulkInvitation"][];
        };
        /** @description One invitation of a bulk request. */
        BulkInvitation: {
            /** @description The email address to invite. An invalid one gets its own result, with status 422. */
            email: string;
            /** @description The role that the invitee gets on acceptance. */
            role: components["schemas"]["Role"];
        };
        /**
         * @description The state of an invitation. Every state but `pending` is final.
         * @enum {string}
         */
        InvitationState: "pending" | "accepted" | "declined" | "revoked" | "expired";
        /** @description A request that names an invitation by its token. */
        InvitationTokenRequest: {
            /** @description The token from the invitation's link. */
            token: string;
        };
        /** @description A request to create a project. */
        NewProject: {
            /**
             * Format: uuid
             * @description An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
             *     or had. The server makes one if absent.
             */
            id?: string | null;
            /** @description The project's name. */
            name: string;
            /**
             * @description The project's short name, which the keys of its tasks start with. Derived from the name if absent. A number is
             *     appended if a project that the caller can't see has, or once had, the same key.
             */
            key?: string | null;
            /** @description Markdown text. Empty if absent. */
            description?: string | null;
            /** @description `organization` if absent. */
            visibility?: components["schemas"]["ProjectVisibility"] | null;
            /** @description Whether the project is a template. `false` if absent. */
            is_template?: boolean | null;
            /**
             * @description A project, by id or key, marked as a template or not: its columns and tasks are copied into the new one, and its
             *     description and visibility unless they are given.
             */
            template?: string | null;
            /**
             * Format: date
             * @description The day that the earliest date of the copied tasks falls on: all dates move by the same number of days. Without it, the
             *     copies have the dates of the template's tasks.
             */
            starts_on?: string | null;
        };
        /**
         * @description The visibility of a project.
         *
         *     - `organization`: Every member of the organization can see the project.
         *     - `private`: Only owners, admins and the project's own members can see the project.
         * @enum {string}
         */
        ProjectVisibility: "organization" | "private";
        /** @description Changes to a project. Absent fields stay as they are. */
        ProjectPatch: {
            /** @description The new name. */
            name?: string;
            /**
             * @description The project's new key. The project and its tasks are still found by their former keys. A number is appended if a
             *     project that the caller can't see has, or once had, the same key.
             */
            key?: string;
            /** @description Markdown text; `null` clears it. */
            description?: string | null;
            /** @description The new visibility. */
            visibility?: components["schemas"]["ProjectVisibility"];
            /** @description Whether the project is a template from now on. */
            is_template?: boolean;
        };
        /** @description A request to create a column. */
        NewColumn: {
            /**
             * Format: uuid
             * @description An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
             *     or had. The server makes one if absent.
             */
            id?: string | null;
            /** @description The column's name. */
            name: string;
            /** @description The status of the tasks in the column. */
            status: components["schemas"]["TaskStatus"];
            /** @description The column's color, such as `#1f6feb`. A gray if absent. */
            color?: string | null;
            /**
             * Format: int32
             * @description The number of tasks that people want to see in the column at most. None if absent.
             */
            task_limit?: number | null;
            /**
             * Format: uuid
             * @description The column that the new one comes before.
             */
            before?: string | null;
            /**
             * Format: uuid
             * @description The column that the new one comes after. Without `before` and `after` it becomes the last.
             */
            after?: string | null;
        };
        /** @description Changes to a column. Absent fields stay as they are. */
        ColumnPatch: {
            /** @description The new name. */
            name?: string;
            /** @description The new status. While tasks are in the column, `move_to` has to say where they go. */
            status?: components["schemas"]["TaskStatus"];
            /** @description The new color, such as `#1f6feb`; `null` makes it gray. */
            color?: string | null;
            /**
             * Format: int32
             * @description The number of tasks that people want to see in the column at most; `null` removes it.
             */
            task_limit?: number | null;
            /**
             * Format: uuid
             * @description The column that this one is moved before.
             */
            before?: string | null;
            /**
             * Format: uuid
             * @description The column that this one is moved after.
             */
            after?: string | null;
        };
        /** @description A request to create a task. */
        NewTask: {
            /**
             * Format: uuid
             * @description An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
             *     or had. The server makes one if absent.
             */
            id?: string | null;
            /** @description The task's title. */
            title: string;
            /** @description Markdown text. Empty if absent. */
            description?: string | null;
            /** @description `todo` if absent. The task goes to the first column of the status. */
            status?: components["schemas"]["TaskStatus"] | null;
            /**
             * Format: uuid
             * @description The column that the task goes to, instead of a status. If both are given, the column must have the status.
             */
            column_id?: string | null;
            /** @description `none` if absent. */
            priority?: components["schemas"]["TaskPriority"] | null;
            /**
             * Format: date
             * @description The day on which the work is to start, not after the day on which the task is due.
             */
            start_on?: string | null;
            /**
             * Format: date-time
             * @description The time until which the task is to be done.
             */
            due_at?: string | null;
            /**
             * Format: date
             * @description The day on which the task is to be done, instead of a time. It ends in the organization's time zone.
             */
            due_on?: string | null;
            /** @description The users to assign, who must be able to see the project. */
            assignee_ids?: string[] | null;
            /** @description The labels to put on the task. */
            label_ids?: string[] | null;
            /**
             * Format: uuid
             * @description The task that this one becomes a subtask of. It must be in the same project.
             */
            parent_id?: string | null;
            /** @description Whether the task is a template. A subtask belongs to its parent, which can be one. */
            is_template?: boolean | null;
        };
        /**
         * @description A field that tasks are sorted by; with a `-` in front of it in descending order.
         * @enum {string}
         */
        TaskSortKey: "created_at" | "updated_at" | "due_at" | "priority" | "status" | "position" | "number" | "-created_at" | "-updated_at" | "-due_at" | "-priority" | "-status" | "-position" | "-number";
        /**
         * @description What a list of tasks is grouped by. A task with several assignees or labels is in the group of each, and what has none in
         *     the last, `none`.
         *
         *     - `status`: The five statuses, also without tasks.
         *     - `column`: Columns in the order of their board. If the list is of one project, also those without tasks.
         *     - `assignee`: People, by name.
         *     - `priority`: The five priorities, the most urgent first, also without tasks.
         *     - `label`: Labels, by name.
         *     - `due`: `overdue`, `today`, `this_week` (the rest of it, until Sunday), `later`, `earlier` (closed tasks whose day is over; only
         *     if there are any) and `none`, in the organization's time zone.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        TaskGrouping: "status" | "column" | "assignee" | "priority" | "label" | "due";
        /**
         * @description What comes with a task.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        TaskInclude: "subtasks" | "comments";
        /** @description Changes to a task. Absent fields stay as they are. */
        TaskPatch: {
            /** @description The new title. */
            title?: string;
            /** @description Markdown text; `null` clears it. */
            description?: string | null;
            /** @description The new status. A task whose status changes moves to the end of the first column of that status. */
            status?: components["schemas"]["TaskStatus"];
            /**
             * Format: uuid
             * @description The column that the task moves to the end of, instead of a status. If both are given, the column must have the status.
             */
            column_id?: string;
            /** @description The new priority; `null` means `none`. */
            priority?: components["schemas"]["TaskPriority"] | null;
            /**
             * Format: date
             * @description The new day on which the work is to start; `null` removes it.
             */
            start_on?: string | null;
            /**
             * Format: date-time
             * @description The new due time, which takes the place of a due day; `null` removes it.
             */
            due_at?: string | null;
            /**
             * Format: date
             * @description The new due day, which takes the place of a due time; `null` removes it.
             */
            due_on?: string | null;
            /** @description All assignees: users who aren't named are unassigned. `null` unassigns everybody. */
            assignee_ids?: string[] | null;
            /** @description Users to assign in addition to the others. */
            add_assignee_ids?: string[] | null;
            /** @description Users to unassign. Who isn't assigned stays so. */
            remove_assignee_ids?: string[] | null;
            /** @description All labels: those that aren't named are taken off. `null` takes off all. */
            label_ids?: string[] | null;
            /** @description Labels to put on in addition to the others. */
            add_label_ids?: string[] | null;
            /** @description Labels to take off. What the task doesn't have stays off. */
            remove_label_ids?: string[] | null;
            /**
             * Format: uuid
             * @description The task that this one becomes a subtask of, in the same project; `null` makes it a task without a parent.
             */
            parent_id?: string | null;
            /**
             * @description Whether the task is a template from now on, with all that is below it. A subtask that gets another parent, or none, is
             *     what that one is.
             */
            is_template?: boolean;
        };
        /** @description A request to change several tasks in the same way. */
        BulkTaskUpdate: {
            /** @description The tasks to change, by id: at least one, and each once. */
            ids?: string[] | null;
            /** @description Changes the tasks that the list of tasks would have with these filters, instead of `ids`. They must be at most 500. */
            filter?: components["schemas"]["TaskFilters"] | null;
            /** @description What changes of each of them. */
            patch: components["schemas"]["TaskPatch"];
            /** @description If `true`, changes all of them or, where one is refused, none: its problem is the answer then. `false` if absent. */
            atomic?: boolean;
        };
        /** @description Filters and sort order for a list of tasks. A comma separates alternatives. */
        TaskFilters: {
            /** @description Only tasks of these projects, by id or key. */
            project?: string[] | null;
            /** @description Only tasks of other projects than these. */
            not_project?: string[] | null;
            /** @description Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`, `cancelled`. */
            status?: components["schemas"]["TaskStatus"][] | null;
            /** @description Only tasks in other statuses than these. */
            not_status?: components["schemas"]["TaskStatus"][] | null;
            /** @description Only tasks in these columns, by id. */
            column?: string[] | null;
            /** @description Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`. */
            priority?: components["schemas"]["TaskPriority"][] | null;
            /** @description Only tasks with other priorities than these. */
            not_priority?: components["schemas"]["TaskPriority"][] | null;
            /** @description Only tasks assigned to these users: `me` (the caller), `none` (no assignee), or a user's id. */
            assignee?: string[] | null;
            /** @description Only tasks assigned to none of these users. `none` leaves out tasks without an assignee. */
            not_assignee?: string[] | null;
            /** @description Only tasks with any of these labels, by id, or `none` (no label). */
            label?: string[] | null;
            /** @description Only tasks with none of these labels. `none` leaves out tasks without a label. */
            not_label?: string[] | null;
            /** @description Only tasks created by these users: `me` (the caller) or a user's id. */
            creator?: string[] | null;
            /** @description Only tasks created by other users than these. */
            not_creator?: string[] | null;
            /** @description Only tasks that these users have changed, be it long ago: `me` (the caller) or a user's id. A comment is no change. */
            updated_by?: string[] | null;
            /** @description Only tasks that none of these users has changed. */
            not_updated_by?: string[] | null;
            /** @description Only subtasks of these tasks, by id or key, or `none` (tasks without a parent, or whose parent is deleted). */
            parent?: string[] | null;
            /** @description Only tasks that are subtasks of none of these. `none` leaves out tasks without a parent. */
            not_parent?: string[] | null;
            /**
             * @description Only tasks that are due `today` or `this_week` (from Monday to Sunday) in the caller's time zone, whether they are
             *     done or not; that are open and `overdue`, but for those of templates; or that have no deadline (`none`).
             */
            due?: components["schemas"]["TaskDue"][] | null;
            /** @description Only tasks to which none of these applies. */
            not_due?: components["schemas"]["TaskDue"][] | null;
            /** @description Only tasks that have any of these: `comments`, a `description`, `subtasks`, or a deadline (`due`). */
            has?: components["schemas"]["TaskHas"][] | null;
            /** @description Only tasks that have none of these. */
            not_has?: components["schemas"]["TaskHas"][] | null;
            /**
             * Format: date-time
             * @description Only tasks due before this time.
             */
            due_before?: string | null;
            /**
             * Format: date-time
             * @description Only tasks due at this time or later.
             */
            due_after?: string | null;
            /**
             * Format: date-time
             * @description Only tasks changed after this time.
             */
            updated_after?: string | null;
            /** @description `true` lists only open tasks past their due time, `false` only the others. Tasks of templates are never overdue. */
            overdue?: boolean | null;
            /**
             * @description `true` lists only tasks that are templates or below one, and those of projects that are templates; `false` only the
             *     others. Both are listed if absent. The list of one project doesn't ask whether the project is one.
             */
            template?: boolean | null;
            /**
             * @description `true` lists only tasks that have to wait, because an open task that the caller sees blocks them; `false` only the
             *     others.
             */
            blocked?: boolean | null;
            /**
             * @description Only tasks that have all of these words in their title or description. The beginning of a word finds it too,
             *     from two characters on.
             */
            q?: string | null;
            /**
             * @description One or two of `created_at`, `updated_at`, `due_at`, `priority`, `status`, `position`, `number`, separated by a
             *     comma; a `-` in front of one sorts in descending order. `-created_at` if absent. Tasks without a due time come
             *     last in either order. In the list of one project, tasks with the same status or priority are in the order of the board
             *     if no second key is given. A grouped list sorts by `position` if this is absent, and one that is grouped by `due`
             *     by `due_at`.
             */
            sort?: components["schemas"]["TaskSortKey"][] | null;
            /**
             * @description Answers `groups` instead of `items`: the tasks of each status, column, assignee, priority, label or deadline, with
             *     their number and the first `limit` of them, 20 if absent. A group's `next_cursor`, sent with the same parameters,
             *     answers this group alone with its next tasks. An answer has at most 50 groups, and room for 1,000 tasks; the list's
             *     own `next_cursor` answers further groups.
             */
            group_by?: components["schemas"]["TaskGrouping"] | null;
            /**
             * @description Only these fields of the tasks, and of the subtasks that are included, and the `id`. The others are left out, although the
             *     schema requires them. All if absent.
             */
            fields?: components["schemas"]["TaskField"][] | null;
            /**
             * @description What else comes with each task: `subtasks` and `comments`, the first ten of each in the order of their own lists.
             *     `subtask_counts` and `comment_count` say how many there are. Not with `group_by`.
             */
            include?: components["schemas"]["TaskInclude"][] | null;
        };
        /** @description A request to move a task: into a column, and to a place in it. */
        TaskMove: {
            /** @description The new status: the task moves to the first column of it, unless it has the status already. */
            status?: components["schemas"]["TaskStatus"] | null;
            /**
             * Format: uuid
             * @description The column that the task moves to. Without `status` and `column_id`, it stays in its column.
             */
            column_id?: string | null;
            /**
             * Format: uuid
             * @description A task in that column, before which this one is put.
             */
            before?: string | null;
            /**
             * Format: uuid
             * @description A task in that column, behind which this one is put, also if `before` is given. Without both, it comes last.
             */
            after?: string | null;
            /** @description The project that the task moves into, by id or key, with all its subtasks. Without it, it stays in its project. */
            project?: string | null;
        };
        /** @description A request to duplicate a task. */
        TaskDuplicate: {
            /**
             * Format: uuid
             * @description An id of the client's own making for the copy: a UUIDv7 whose time is within a day of now, which nothing in the
             *     organization has or had. The server makes one if absent.
             */
            id?: string | null;
            /** @description The project that the copy goes into, by id or key. That of the task if absent. */
            project?: string | null;
            /**
             * @description What is copied besides the title, the description and the priority: `assignees` (those who can see the project),
             *     `labels`, `subtasks` (all tasks below, each with the same), `due` (the start day and the deadline). All if absent.
             */
            with?: components["schemas"]["TaskPart"][] | null;
            /**
             * Format: date
             * @description The day that the earliest date of the copied tasks falls on: all dates move by the same number of days. Without it, the
             *     copies have the dates of the originals.
             */
            starts_on?: string | null;
        };
        /**
         * @description What a copy of a task can have of the original, besides its texts, its priority and its place.
         *
         *     - `assignees`: The assignees who can see the project.
         *     - `labels`: The labels.
         *     - `subtasks`: All tasks below it, each with the same parts.
         *     - `due`: The day on which the work starts, and the deadline.
         * @enum {string}
         */
        TaskPart: "assignees" | "labels" | "subtasks" | "due";
        /** @description A request to link a task to another one. */
        NewLink: {
            /**
             * Format: uuid
             * @description An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has.
             *     The server makes one if absent.
             */
            id?: string | null;
            /** @description What the task of the path has to do with the other one. */
            kind: components["schemas"]["LinkKind"];
            /**
             * Format: uuid
             * @description The other task, which may be in another project.
             */
            task_id: string;
        };
        /**
         * @description What a task has to do with another one that it is linked to: one that `blocks` the other makes it wait, and one that
         *     `duplicates` the other is about the same, while the other stays.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        LinkKind: "blocks" | "blocked_by" | "relates_to" | "duplicates" | "duplicated_by";
        /** @description A request to create a label. */
        NewLabel: {
            /**
             * Format: uuid
             * @description An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
             *     or had. The server makes one if absent.
             */
            id?: string | null;
            /** @description A name that no other label of the organization has, whatever its case and accents. */
            name: string;
            /** @description The label's color, such as `#1f6feb`. A gray if absent. */
            color?: string | null;
            /** @description What the label is for. Empty if absent. */
            description?: string | null;
        };
        /** @description Changes to a label. Absent fields stay as they are. */
        LabelPatch: {
            /** @description The new name, which no other label of the organization may have in any case. */
            name?: string;
            /** @description The new color, such as `#1f6feb`; `null` makes it gray. */
            color?: string | null;
            /** @description What the label is for; `null` clears it. */
            description?: string | null;
        };
        /** @description A request to comment on a task. */
        NewComment: {
            /**
             * Format: uuid
             * @description An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
             *     or had. The server makes one if absent.
             */
            id?: string | null;
            /** @description Markdown text of at most 64 KiB. `<@user-id>` mentions a user, who must be able to see the task; at most 50. */
            body: string;
            /**
             * Format: uuid
             * @description The comment of the same task that this one replies to. It must not be a reply itself.
             */
            parent_id?: string | null;
        };
        /** @description Changes to a comment. Absent fields stay as they are. */
        CommentPatch: {
            /** @description The new text, as for a new comment. Users whom the old text mentions may have lost sight of the task. */
            body?: string;
        };
        /**
         * @description The direction of a list: ascending or descending.
         * @enum {string}
         */
        ListOrder: "asc" | "desc";
        /**
         * @description The kind of object to search for.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        SearchKind: "task" | "project" | "comment";
        /**
         * @description The kind of an object in the trash.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        TrashKind: "project" | "task";
        /**
         * @description The kind of change that an activity entry describes.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        ActivityAction: "organization.created" | "organization.updated" | "organization.deleted" | "organization.restored" | "organization.disabled" | "organization.enabled" | "organization.imported" | "organization.exported" | "member.joined" | "member.role_changed" | "member.removed" | "member.left" | "ownership.transferred" | "invitation.created" | "invitation.resent" | "invitation.revoked" | "invitation.declined" | "project.created" | "project.updated" | "project.archived" | "project.unarchived" | "project.deleted" | "project.restored" | "project.member_added" | "project.member_removed" | "task.created" | "task.updated" | "task.status_changed" | "task.assigned" | "task.unassigned" | "task.moved" | "task.deleted" | "task.restored" | "link.created" | "link.deleted" | "column.created" | "column.updated" | "column.deleted" | "task.overdue" | "label.created" | "label.updated" | "label.deleted" | "comment.created" | "comment.updated" | "comment.deleted" | "comment.reacted" | "comment.resolved";
        /**
         * @description What events carry besides the entry.
         * @enum {string}
         */
        EventInclude: "object";
        /** @description A request to run several operations in one transaction. */
        Batch: {
            /** @description The operations, in the order in which they run: at least one. */
            operations: components["schemas"]["BatchOperation"][];
        };
        /** @description One operation of a batch: a request that changes something in the organization. */
        BatchOperation: {
            /** @description The method of the request. */
            method: components["schemas"]["BatchMethod"];
            /**
             * @description The path and the query of the request, from the organization on: `/tasks/WEB-142`. The whole path does too. In place of
             *     an id, a name in braces stands for what an earlier operation creates: `/tasks/{name}/comments`.
             */
            path: string;
            /**
             * @description The body of the request. In place of an id, the object `{"$ref": "name"}` stands for what an earlier operation
             *     creates.
             */
            body?: {
                [key: string]: unknown;
            } | null;
            /** @description The version that the object must have, as in the header `If-Match`. */
            if_match?: string | null;
            /**
             * @description A name for what the operation creates, to which later operations refer: 1 to 64 letters, digits, hyphens and
             *     underscores. It goes with a POST that takes an `id`.
             */
            ref?: string | null;
        };
        /**
         * @description The method of an operation of a batch.
         * @enum {string}
         */
        BatchMethod: "POST" | "PUT" | "PATCH" | "DELETE";
        /** @description What to end besides the sessions. */
        SignOutRequest: {
            /** @description `true` also revokes the user's API tokens. */
            revoke_tokens?: boolean;
        };
        /**
         * @description What the organizations are sorted by.
         *
         *     - `database_ms`: How long their transactions ran.
         *     - `waiting_ms`: How long these waited.
         *     - `transactions`: How many there were.
         * @enum {string}
         */
        LoadOrder: "database_ms" | "waiting_ms" | "transactions";
        /**
         * @description Whether a mail can still be sent.
         *
         *     - `waiting`: It is sent at its time, or tried again after a failure.
         *     - `dead`: It was given up. What it said, and to whom, is erased.
         * @enum {string}
         */
        MailState: "waiting" | "dead";
        /** @description A session's credentials, with its account. */
        Session: {
            /** @description The account of the session. */
            user: components["schemas"]["User"];
            /** @description The access token, a JWT. Send it as `Authorization: Bearer …`. */
            access_token: string;
            /** @description Always `Bearer`. */
            token_type: string;
            /**
             * Format: int32
             * @description The number of seconds until the access token expires.
             */
            expires_in: number;
            /**
             * @description The refresh token. `POST /v1/auth/refresh` exchanges it for new credentials; it can be used once. Absent if the
             *     request has `"session": "cookie"`, which sets it as a cookie instead.
             */
            refresh_token?: string;
            /**
             * @description The device token. Keep it on the device, also after a logout, and send it with the next login: then other people's
             *     failed logins never shut this device out. It gives no access.
             */
            device_token: string;
        };
        /** @description The caller's own account. */
        User: {
            /**
             * Format: uuid
             * @description The user's id.
             */
            id: string;
            /** @description The address that the user logs in with, and that messages go to. */
            email: string;
            /** @description Whether the user has proved that the e-mail address is theirs. */
            email_verified: boolean;
            /** @description The name that other users see. */
            name: string;
            /** @description The name of an IANA time zone, such as `Europe/Zurich`. */
            time_zone: string;
            /** @description Whether the user can log in with a password. */
            has_password: boolean;
            /** @description Whether a login with a password or through an identity provider also needs the second factor. */
            mfa_enabled: boolean;
            /**
             * Format: int32
             * @description A number that grows with each change of the account.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time of the sign-up.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the account.
             */
            updated_at: string;
        };
        /** @description A pending sign-up. A message to the address says how to go on. */
        SignupPending: {
            /** @description Always `verification_required`. */
            status: string;
        };
        /** @description An identity provider that users can sign in through. */
        Provider: {
            /** @description The provider's name in URLs. */
            id: string;
            /** @description The provider's name on buttons. */
            name: string;
        };
        /** @description A page of a list, whose items are of the type `Provider`. */
        ProviderPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Provider"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description An authorization request to an identity provider. */
        ProviderAuthorization: {
            /** @description The URL of the provider's page. Send the browser there. */
            authorization_url: string;
            /**
             * @description The state that the provider adds to its redirect. Keep it where the browser's other pages can't read it, and
             *     compare them: a redirect with another state belongs to a sign-in that wasn't started here.
             */
            state: string;
        };
        /** @description A challenge that the browser passes to the authenticator. */
        PasskeyChallenge: {
            /** @description The ticket to send back with the browser's answer. It can be used once, within 5 minutes. */
            ticket: string;
            /**
             * @description The options in the JSON format of `WebAuthn`, for `PublicKeyCredential.parseCreationOptionsFromJSON()` (to
             *     create a passkey) or `PublicKeyCredential.parseRequestOptionsFromJSON()` (to log in).
             */
            public_key: {
                [key: string]: unknown;
            };
        };
        /** @description The response to a request for a message. It doesn't tell whether the address has an account. */
        MailRequested: {
            /** @description Always `mail_sent_if_known`. */
            status: string;
        };
        /** @description The result of a dry run: what the call would have done. */
        DryRunResult: {
            /** @description Always `true`: nothing was changed. */
            dry_run: boolean;
            /** @description The number of objects of each kind that the call would have affected. */
            counts: components["schemas"]["DryRunCounts"];
        };
        /** @description The number of objects of each kind that a call affects, such as `{"tasks": 12}`. */
        DryRunCounts: {
            [key: string]: number;
        };
        /** @description The API tokens that a change of the password left working. */
        RemainingTokens: {
            /** @description The newest first. */
            tokens: components["schemas"]["ApiToken"][];
        };
        /** @description An API token, as its user sees it. */
        ApiToken: {
            /**
             * Format: uuid
             * @description The token's id.
             */
            id: string;
            /** @description The name that tells the user what the token is for. */
            name: string;
            /** @description The kinds of requests that the token may be used for. */
            scopes: components["schemas"]["TokenScope"][];
            /**
             * Format: uuid
             * @description The only organization that the token can be used for; `null` if it can be used for all of its user's.
             */
            organization_id: string | null;
            /**
             * Format: date-time
             * @description The time at which the token was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time at which the token expires.
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description The time of the last use, accurate to about a minute; `null` if the token hasn't been used.
             */
            last_used_at: string | null;
            /** @description The token itself. Only the response to its creation has it. */
            token?: string;
        };
        /** @description An entry of the security log of an account. Entries are kept for 180 days. */
        SecurityEvent: {
            /**
             * Format: uuid
             * @description The entry's id.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the event.
             */
            at: string;
            /** @description The kind of event. */
            kind: components["schemas"]["SecurityEventKind"];
            /**
             * @description The `User-Agent` of the client, at most 200 characters of it; `null` if it sent none, or if the event wasn't
             *     caused by a request of the account's user.
             */
            device: string | null;
            /** @description The IP address of the client; `null` if the event wasn't caused by a request of the account's user. */
            address: string | null;
            /**
             * Format: uuid
             * @description The id of the API token that the request was made with; `null` for others.
             */
            token_id: string | null;
            /** @description What else is known about the event, depending on its kind. */
            details: components["schemas"]["SecurityEventDetails"];
        };
        /** @description The details of an entry of a security log. Its kind determines which there are; the others are absent. */
        SecurityEventDetails: {
            /** @description How the user signed in. `signed_in` and `second_factor_required` have it. */
            method?: components["schemas"]["SignInMethod"];
            /**
             * Format: uuid
             * @description The session. `signed_in` and `session_ended` have it.
             */
            session_id?: string;
            /**
             * @description Whether no earlier session of the account was from this device: from this kind of client, in this network (IPv4
             *     /24 or IPv6 /64). `signed_in` has it.
             */
            new_device?: boolean;
            /**
             * @description Why it failed, ended or was refused. `sign_in_failed`, `confirmation_failed`, `session_ended` and `call_refused`
             *     have it.
             */
            reason?: components["schemas"]["SecurityEventReason"];
            /**
             * Format: int32
             * @description The number of recovery codes that were left unused. `recovery_code_used` has it.
             */
            left?: number;
            /**
             * @description The name of the passkey or the API token. `passkey_added`, `passkey_removed` and `api_token_created` have it, the
             *     last only in the log of the account.
             */
            name?: string;
            /** @description The name of the identity provider. `provider_linked` and `provider_unlinked` have it. */
            provider?: string;
            /**
             * Format: uuid
             * @description The API token that was created, used or revoked. `api_token_created`, `api_token_first_used` and
             *     `api_token_revoked` have it.
             */
            api_token_id?: string;
            /**
             * Format: uuid
             * @description The organization that was exported or in which the call was made, or the only one that the API token can be used
             *     for. `organization_exported`, `call_refused` and `api_token_created` have it.
             */
            organization_id?: string;
            /**
             * @description The refused call: its method and the pattern of its path, such as `GET /v1/orgs/{org}/export`. `call_refused` has
             *     it.
             */
            operation?: string;
            /**
             * Format: uuid
             * @description The member. `member_role_changed`, `member_removed` and `ownership_transferred` have it.
             */
            user_id?: string;
            /** @description The member's role before. `member_role_changed` and `member_removed` have it. */
            former_role?: components["schemas"]["Role"];
            /** @description The member's role from then on. `member_joined` and `member_role_changed` have it. */
            role?: components["schemas"]["Role"];
        };
        /**
         * @description How a user signed in: with a password, a passkey or an identity provider, or by signing up.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        SignInMethod: "password" | "passkey" | "provider" | "signup";
        /**
         * @description Why a login or a call was refused, or a session ended.
         *
         *     - `wrong_password`: The password was wrong.
         *     - `wrong_code`: The authenticator's code or the recovery code was wrong.
         *     - `passkey_refused`: The browser's answer proved no passkey of the account.
         *     - `logged_out`: The user logged out.
         *     - `revoked`: The user ended the session from the list of sessions.
         *     - `token_reused`: A refresh token was used a second time, so that somebody else may have it.
         *     - `confirmation_required`: The call needs a session that was confirmed recently.
         *     - `token_not_allowed`: The call can't be made with an API token, or not with one that is restricted to an organization.
         *     - `insufficient_scope`: The API token lacks the scope.
         *     - `forbidden`: The user's role doesn't allow the call.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        SecurityEventReason: "wrong_password" | "wrong_code" | "passkey_refused" | "logged_out" | "revoked" | "token_reused" | "confirmation_required" | "token_not_allowed" | "insufficient_scope" | "forbidden";
        /** @description A page of a list, whose items are of the type `SecurityEvent`. */
        SecurityEventPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["SecurityEvent"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A session, as its user sees it. */
        SessionInfo: {
            /**
             * Format: uuid
             * @description The session's id, as in the `sid` of its access tokens.
             */
            id: string;
            /** @description The `User-Agent` of the client that logged in, at most 200 characters of it. */
            device: string | null;
            /** @description The IP address of the client that logged in. */
            address: string | null;
            /**
             * Format: date-time
             * @description The time of the login.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time at which its tokens were last refreshed. The last use can be up to 10 minutes later, because an access
             *     token lasts that long.
             */
            last_used_at: string;
            /**
             * Format: date-time
             * @description The time at which the session ends if it isn't used again: 30 days after the last refresh, but at most 90 days
             *     after the login.
             */
            expires_at: string;
            /** @description Whether this is the session of the request. */
            current: boolean;
        };
        /** @description A page of a list, whose items are of the type `SessionInfo`. */
        SessionInfoPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["SessionInfo"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The secret that an authenticator app is set up with. */
        TotpSetup: {
            /** @description The secret in base32, to be typed in. */
            secret: string;
            /** @description The secret as a URL for a QR code: `otpauth://totp/…`. */
            otpauth_url: string;
        };
        /** @description The recovery codes of an account, which replace the authenticator's codes if it is lost. */
        RecoveryCodes: {
            /** @description Ten codes. Each can be used once. Only this response has them. */
            recovery_codes: string[];
        };
        /** @description A passkey, as its user sees it. */
        Passkey: {
            /**
             * Format: uuid
             * @description The passkey's id.
             */
            id: string;
            /** @description The name that tells the user which passkey it is. */
            name: string;
            /**
             * Format: date-time
             * @description The time at which the passkey was registered.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last login with the passkey; `null` if there was none.
             */
            last_used_at: string | null;
        };
        /** @description A page of a list, whose items are of the type `Passkey`. */
        PasskeyPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Passkey"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description An identity at a provider that is linked to an account, as the account's user sees it. */
        Identity: {
            /**
             * Format: uuid
             * @description The id of the link.
             */
            id: string;
            /** @description The provider's name in URLs; `null` if the provider is no longer configured. */
            provider: string | null;
            /** @description The provider's issuer identifier, a URL. */
            issuer: string;
            /** @description The e-mail address that the provider gave at the last sign-in, if it gave one. */
            email: string | null;
            /**
             * Format: date-time
             * @description The time at which the identity was linked.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last sign-in with this identity, or else of its linking.
             */
            last_used_at: string | null;
        };
        /** @description A page of a list, whose items are of the type `Identity`. */
        IdentityPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Identity"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A page of a list, whose items are of the type `ApiToken`. */
        ApiTokenPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["ApiToken"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A pending invitation, as its invitee sees it. */
        MyInvitation: {
            /**
             * Format: uuid
             * @description The invitation's id.
             */
            id: string;
            /** @description The organization that the invitation is to. */
            organization: components["schemas"]["OrganizationName"];
            /** @description The role that the invitee gets on acceptance. */
            role: components["schemas"]["Role"];
            /** @description The member who created the invitation. */
            invited_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the invitation was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time at which the invitation expires.
             */
            expires_at: string;
        };
        /** @description A short reference to an organization. */
        OrganizationName: {
            /**
             * Format: uuid
             * @description The organization's id.
             */
            id: string;
            /** @description The organization's name. */
            name: string;
            /** @description The organization's name in URLs. */
            slug: string;
        };
        /** @description A user, as other users see them. */
        Person: {
            /**
             * Format: uuid
             * @description The user's id.
             */
            id: string;
            /** @description The user's name. */
            name: string;
        };
        /** @description A page of a list, whose items are of the type `MyInvitation`. */
        MyInvitationPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["MyInvitation"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description An organization, as one of its members sees it. */
        Organization: {
            /**
             * Format: uuid
             * @description The organization's id.
             */
            id: string;
            /** @description The organization's name in URLs. */
            slug: string;
            /** @description The organization's name. */
            name: string;
            /** @description The caller's role. */
            role: components["schemas"]["Role"];
            /** @description What members with the role `member` can do, and when the organization's days end. */
            settings: components["schemas"]["OrganizationSettings"];
            /**
             * @description The actions that the caller may take: `edit`, `delete`, `transfer`, `invite`, `create_project`, `export`,
             *     `leave`; on a deleted organization `restore`; on a disabled one none.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the organization: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the organization was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the organization.
             */
            updated_at: string;
            /**
             * Format: date-time
             * @description The time at which the organization was deleted. It can be restored for 30 days. Absent if it isn't deleted.
             */
            deleted_at?: string;
            /**
             * Format: date-time
             * @description The time at which whoever runs the server disabled the organization: every call to it is refused with 403
             *     `organization_disabled` until it is enabled again. Absent if it isn't disabled.
             */
            disabled_at?: string;
        };
        /** @description An organization's settings: what members with the role `member` can do, and when its days end. */
        OrganizationSettings: {
            /** @description Whether members with the role `member` can create projects. `false` in a new organization. */
            members_can_create_projects: boolean;
            /** @description The tasks that members with the role `member` can edit. `assigned` in a new organization. */
            members_edit: components["schemas"]["MembersEdit"];
            /** @description The IANA time zone, such as `Europe/Zurich`, in which a task's `due_on` ends. `UTC` in a new organization. */
            time_zone: string;
        };
        /** @description A task of the caller's, with its organization. */
        MyTask: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /**
             * Format: int32
             * @description The task's number in its project.
             */
            number: number;
            /**
             * Format: uuid
             * @description The id of the project that the task is in.
             */
            project_id: string;
            /** @description The task's title. */
            title: string;
            /** @description Markdown text. */
            description: string;
            /** @description How far the task is: the status behind its column. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Format: uuid
             * @description The id of the column that the task is in, on the board of its project.
             */
            column_id: string;
            /** @description How urgent the task is. */
            priority: components["schemas"]["TaskPriority"];
            /**
             * Format: date
             * @description The day on which the work is to start; `null` if it has none.
             */
            start_on: string | null;
            /**
             * Format: date-time
             * @description The time until which the task is to be done; `null` if it has none, or is due on a day.
             */
            due_at: string | null;
            /**
             * Format: date
             * @description The day on which the task is to be done, which ends in the organization's time zone (`settings.time_zone`);
             *     `null` if it has none, or is due at a time.
             */
            due_on: string | null;
            /** @description The users who the task is assigned to. */
            assignees: components["schemas"]["Person"][];
            /** @description The labels, ordered by name. */
            labels: components["schemas"]["TaskLabel"][];
            /**
             * Format: uuid
             * @description The task that this one is a subtask of; `null` while that is deleted.
             */
            parent_id: string | null;
            /** @description Whether the task is a template: a plan to copy, which is no work itself. So are its subtasks, which aren't marked. */
            is_template: boolean;
            /**
             * @description Sorts the tasks of a project as people have put them, and so those of each column of its board. Compare positions as
             *     bytes.
             */
            position: string;
            /** @description The numbers of subtasks. A subtask that comes, goes or gets done doesn't change this task's `version`. */
            subtask_counts: components["schemas"]["SubtaskCounts"];
            /**
             * Format: int32
             * @description The number of comments, replies included. A new comment doesn't change the task's `version`.
             */
            comment_count: number;
            /** @description The links to other tasks that the caller sees, the oldest first. A link doesn't change the task's `version`. */
            links: components["schemas"]["LinkRef"][];
            /** @description Whether the task has to wait: whether an open task that the caller sees blocks it. */
            blocked: boolean;
            /** @description The user who created the task. */
            created_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the status became `done`; `null` in any other status, `cancelled` too.
             */
            completed_at: string | null;
            /**
             * @description The actions that the caller may take: `edit`, `move`, `assign`, `take`, `delete`, `comment`. Empty if the
             *     project is archived.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the task: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the task was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the task.
             */
            updated_at: string;
            /** @description The organization that the task is in. */
            organization: components["schemas"]["OrganizationName"];
        };
        /** @description A label, as tasks show it. */
        TaskLabel: {
            /**
             * Format: uuid
             * @description The label's id.
             */
            id: string;
            /** @description The label's name. */
            name: string;
            /** @description The label's color, such as `#1f6feb`. */
            color: string;
        };
        /** @description The numbers of a task's subtasks. Those further below aren't counted. */
        SubtaskCounts: {
            /**
             * Format: int32
             * @description The number of all subtasks.
             */
            total: number;
            /**
             * Format: int32
             * @description The number of those that are `done`.
             */
            done: number;
        };
        /** @description A link, as tasks show it. */
        LinkRef: {
            /**
             * Format: uuid
             * @description The link's id.
             */
            id: string;
            /** @description What the task has to do with the other one. */
            kind: components["schemas"]["LinkKind"];
            /**
             * Format: uuid
             * @description The other task.
             */
            task_id: string;
        };
        /** @description A page of a list, whose items are of the type `MyTask`. */
        MyTaskPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["MyTask"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The set of public keys (RFC 7517) that verify access tokens. */
        Jwks: {
            /** @description The keys, the newest first. New access tokens are signed with the newest. */
            keys: components["schemas"]["Jwk"][];
        };
        /** @description A public key (RFC 8037). */
        Jwk: {
            /** @description The key type. Always `OKP`. */
            kty: string;
            /** @description The curve. Always `Ed25519`. */
            crv: string;
            /** @description The signature algorithm. Always `EdDSA`. */
            alg: string;
            /** @description What the key is used for. Always `sig`, for signatures. */
            use: string;
            /** @description The key's id, as in the `kid` header of the access tokens that it signs. */
            kid: string;
            /** @description The public key, in base64url. */
            x: string;
        };
        /** @description A page of a list, whose items are of the type `Organization`. */
        OrganizationPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Organization"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description An entry of the security log of an organization. Entries are kept for 180 days. */
        OrganizationSecurityEvent: {
            /** @description The user who caused the event. */
            user: components["schemas"]["Person"];
            /**
             * Format: uuid
             * @description The entry's id.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the event.
             */
            at: string;
            /** @description The kind of event. */
            kind: components["schemas"]["SecurityEventKind"];
            /**
             * @description The `User-Agent` of the client, at most 200 characters of it; `null` if it sent none, or if the event wasn't
             *     caused by a request of the account's user.
             */
            device: string | null;
            /** @description The IP address of the client; `null` if the event wasn't caused by a request of the account's user. */
            address: string | null;
            /**
             * Format: uuid
             * @description The id of the API token that the request was made with; `null` for others.
             */
            token_id: string | null;
            /** @description What else is known about the event, depending on its kind. */
            details: components["schemas"]["SecurityEventDetails"];
        };
        /** @description A page of a list, whose items are of the type `OrganizationSecurityEvent`. */
        OrganizationSecurityEventPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["OrganizationSecurityEvent"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The permissions of each role in an organization, and the caller's role. */
        Permissions: {
            /** @description The caller's role. */
            role: components["schemas"]["Role"];
            /**
             * @description What each role may do, by action. `true` means always, `false` never; a word names a condition: `own` (what they
             *     created), `editable` (tasks assigned to or created by them, or any task if `members_edit` is `any`), `free`
             *     (tasks without an assignee, and `editable` ones), `oneself` (only themselves), `setting` (if
             *     `members_can_create_projects` is on), `seen` (what they can see).
             */
            actions: {
                [key: string]: components["schemas"]["PermissionRow"];
            };
            /** @description The actions that the caller's role permits, always or on a condition. */
            allowed: string[];
            /**
             * @description The actions that need a session that proved itself in the last 10 minutes, whatever the role: see
             *     `POST /v1/auth/confirm`. API tokens can't take them.
             */
            sensitive: string[];
            /** @description The settings that conditions refer to. */
            settings: components["schemas"]["OrganizationSettings"];
        };
        /** @description What each role may do with one action. */
        PermissionRow: {
            /** @description What owners may do. */
            owner: components["schemas"]["PermissionCell"];
            /** @description What admins may do. */
            admin: components["schemas"]["PermissionCell"];
            /** @description What members with the role `member` may do. */
            member: components["schemas"]["PermissionCell"];
        };
        /** @description Whether a role allows an action: always, never, or the word for when it does. */
        PermissionCell: boolean | ("own" | "editable" | "free" | "oneself" | "setting" | "seen");
        /** @description The effects of the end of a membership. */
        MemberDeparture: {
            /** @description The member's open tasks that passed to nobody. */
            unassigned: components["schemas"]["Assignment"][];
            /** @description The member's open tasks that passed to `reassign_to`. */
            reassigned: components["schemas"]["Assignment"][];
            /** @description The projects that the member was in. */
            left_projects: components["schemas"]["ProjectName"][];
            /** @description Those of `left_projects` in which `reassign_to` took the member's place. */
            handed_over_projects: components["schemas"]["ProjectName"][];
            /** @description The pending invitations by the member, which were revoked. */
            revoked_invitations: string[];
            /** @description The member's API tokens for this organization, which were revoked. */
            revoked_tokens: string[];
        };
        /** @description A task and a user whose assignment to it was removed or added. */
        Assignment: {
            /** @description The task. */
            task: components["schemas"]["TaskRef"];
            /** @description The user. */
            user: components["schemas"]["Person"];
        };
        /** @description A short reference to a task. */
        TaskRef: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /** @description The task's title. */
            title: string;
        };
        /** @description A short reference to a project. */
        ProjectName: {
            /**
             * Format: uuid
             * @description The project's id.
             */
            id: string;
            /** @description The project's short name, which the keys of its tasks start with: `WEB` in `WEB-142`. */
            key: string;
            /** @description The project's name. */
            name: string;
        };
        /** @description A member of an organization. */
        Member: {
            /** @description The member's account. */
            user: components["schemas"]["MemberUser"];
            /** @description The member's role. */
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description The time at which they became a member.
             */
            joined_at: string;
            /** @description The actions that the caller may take on the member: `change_role`, `remove`. */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the membership: the first part of its `ETag`.
             */
            version: number;
        };
        /** @description The account of a member. */
        MemberUser: {
            /**
             * Format: uuid
             * @description The user's id.
             */
            id: string;
            /** @description The user's name. */
            name: string;
            /**
             * @description The member's e-mail address. Empty for a placeholder, which stands for a member of an imported organization whom
             *     no account here was matched to.
             */
            email: string;
        };
        /** @description A page of a list, whose items are of the type `Member`. */
        MemberPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Member"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A member whose role was changed, and the effects of the change. */
        ChangedMember: {
            /** @description The member's account. */
            user: components["schemas"]["MemberUser"];
            /** @description The member's role. */
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description The time at which they became a member.
             */
            joined_at: string;
            /** @description The actions that the caller may take on the member: `change_role`, `remove`. */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the membership: the first part of its `ETag`.
             */
            version: number;
            /** @description The member's assignments to tasks that they can no longer see, which were removed. */
            unassigned: components["schemas"]["Assignment"][];
            /** @description The pending invitations by the member that the new role doesn't permit, which were revoked. */
            revoked_invitations: string[];
        };
        /** @description An invitation, as owners and admins see it. */
        Invitation: {
            /**
             * Format: uuid
             * @description The invitation's id.
             */
            id: string;
            /** @description The address that is invited; `a deleted user` if a member with this address deleted their account. */
            email: string;
            /** @description The role that the invitee gets on acceptance. */
            role: components["schemas"]["Role"];
            /** @description The invitation's state. */
            state: components["schemas"]["InvitationState"];
            /** @description The member who created the invitation. */
            invited_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the invitation was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time at which the invitation expires.
             */
            expires_at: string;
            /** @description The actions that the caller may take: `resend`, `revoke`. */
            can: string[];
            /**
             * @description The secret token, to pass on to the invitee. Present only if no mail is configured, and only in the response
             *     that created or resent the invitation.
             */
            token?: string;
            /** @description The token as a link into the front end. Present if `token` is. */
            url?: string;
        };
        /** @description The results of a bulk invitation, in the order of the request. */
        BulkInvitationResults: {
            /** @description A result for each invitation. */
            results: components["schemas"]["BulkInvitationResult"][];
        };
        /** @description The result of one invitation of a bulk request: an invitation or an error. */
        BulkInvitationResult: {
            /** @description The email address, as given in the request. */
            email: string;
            /**
             * Format: int32
             * @description The HTTP status that the invitation would have got in a request of its own: 201, 403, 409, 422 or 429.
             */
            status: number;
            /** @description The created invitation; `null` if the status isn't 201. */
            invitation: components["schemas"]["Invitation"] | null;
            /** @description The reason for the refusal; `null` if the status is 201. */
            error: components["schemas"]["BulkInvitationError"] | null;
        };
        /** @description The reason why one invitation of a bulk request was refused. */
        BulkInvitationError: {
            /** @description The stable error code, such as `already_member`. */
            code: components["schemas"]["ProblemCode"];
            /** @description An explanation of the error for people. */
            detail: string;
            /** @description The mistakes in the input; empty for other errors. */
            errors: components["schemas"]["FieldError"][];
        };
        /**
         * @description The stable code of an error, for programs to decide by. `GET /problems/{code}` explains each.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        ProblemCode: "malformed_json" | "malformed_request" | "unauthenticated" | "invalid_credentials" | "mfa_required" | "invalid_code" | "passkey_refused" | "email_unverified" | "confirmation_required" | "provider_email_unverified" | "provider_refused" | "origin_not_allowed" | "token_not_allowed" | "insufficient_scope" | "forbidden" | "organization_disabled" | "invitation_email_mismatch" | "signup_closed" | "not_found" | "no_such_route" | "method_not_allowed" | "email_taken" | "slug_taken" | "identity_taken" | "last_way_in" | "passkey_exists" | "too_many_passkeys" | "totp_enabled" | "totp_not_enabled" | "too_many_slugs" | "key_taken" | "too_many_keys" | "last_owner" | "already_invited" | "already_member" | "id_taken" | "too_many_tokens" | "too_many_members" | "too_many_projects" | "too_many_tasks" | "too_many_to_copy" | "last_column" | "column_not_empty" | "too_many_columns" | "too_many_labels" | "label_taken" | "too_many_comments" | "link_exists" | "changed_since" | "not_undoable" | "link_circle" | "too_many_links" | "too_many_invitations" | "too_many_organizations" | "project_archived" | "account_disabled" | "mail_given_up" | "link_gone" | "ticket_gone" | "invitation_gone" | "precondition_failed" | "payload_too_large" | "unsupported_media_type" | "invalid_input" | "idempotency_key_reused" | "not_in_batch" | "invalid_cursor" | "too_many_attempts" | "rate_limited" | "headers_too_large" | "internal" | "overloaded" | "unavailable" | "provider_unavailable" | "timeout" | "storage_full";
        /** @description An invalid field of a request's body, or an invalid query parameter. */
        FieldError: {
            /** @description The field as a JSON Pointer (RFC 6901) into the body. For a parameter: `/name`. */
            pointer: string;
            /** @description The name of the parameter, in the query, the path or the headers. Absent if the mistake is in the body. */
            parameter?: string;
            /** @description The kind of mistake, such as `required` or `too_long`. Stable across releases. */
            code: string;
            /** @description A description of the mistake for people. */
            message: string;
        };
        /** @description A page of a list, whose items are of the type `Invitation`. */
        InvitationPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Invitation"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The offer of an invitation, as the holder of its token sees it. */
        InvitationOffer: {
            /** @description The organization that the invitation is to. */
            organization: components["schemas"]["OrganizationName"];
            /** @description The address that is invited. Only an account with this address can accept. */
            email: string;
            /** @description The role that the invitee gets on acceptance. */
            role: components["schemas"]["Role"];
            /** @description The member who created the invitation. */
            invited_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the invitation expires.
             */
            expires_at: string;
        };
        /** @description A project, as the caller sees it. */
        Project: {
            /**
             * Format: uuid
             * @description The project's id.
             */
            id: string;
            /** @description The project's short name, which the keys of its tasks start with: `WEB` in `WEB-142`. */
            key: string;
            /** @description The project's name. */
            name: string;
            /** @description Markdown text. */
            description: string;
            /** @description Who can see the project. */
            visibility: components["schemas"]["ProjectVisibility"];
            /**
             * Format: date-time
             * @description The time at which the project was archived, which makes it and its tasks read-only; `null` if it isn't archived.
             */
            archived_at: string | null;
            /**
             * @description Whether the project is a template: what it holds isn't work. Its tasks are never overdue, and neither in the statistics nor
             *     in anybody's `/v1/me/tasks`.
             */
            is_template: boolean;
            /** @description The numbers of the project's tasks by status. */
            task_counts: components["schemas"]["TaskCounts"];
            /** @description The user who created the project. */
            created_by: components["schemas"]["Person"];
            /**
             * @description The actions that the caller may take: `edit`, `archive` (also stands for unarchiving), `delete`,
             *     `manage_members`, `manage_columns`, `create_task`.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the project: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the project was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the project.
             */
            updated_at: string;
        };
        /** @description The numbers of a project's tasks by status. */
        TaskCounts: {
            /**
             * Format: int32
             * @description The number of tasks in the status `todo`.
             */
            todo: number;
            /**
             * Format: int32
             * @description The number of tasks in the status `in_progress`.
             */
            in_progress: number;
            /**
             * Format: int32
             * @description The number of tasks in the status `review`.
             */
            review: number;
            /**
             * Format: int32
             * @description The number of tasks in the status `done`.
             */
            done: number;
            /**
             * Format: int32
             * @description The number of tasks in the status `cancelled`.
             */
            cancelled: number;
        };
        /** @description A page of a list, whose items are of the type `Project`. */
        ProjectPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Project"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A changed project, and the effects of the change. */
        ChangedProject: {
            /**
             * Format: uuid
             * @description The project's id.
             */
            id: string;
            /** @description The project's short name, which the keys of its tasks start with: `WEB` in `WEB-142`. */
            key: string;
            /** @description The project's name. */
            name: string;
            /** @description Markdown text. */
            description: string;
            /** @description Who can see the project. */
            visibility: components["schemas"]["ProjectVisibility"];
            /**
             * Format: date-time
             * @description The time at which the project was archived, which makes it and its tasks read-only; `null` if it isn't archived.
             */
            archived_at: string | null;
            /**
             * @description Whether the project is a template: what it holds isn't work. Its tasks are never overdue, and neither in the statistics nor
             *     in anybody's `/v1/me/tasks`.
             */
            is_template: boolean;
            /** @description The numbers of the project's tasks by status. */
            task_counts: components["schemas"]["TaskCounts"];
            /** @description The user who created the project. */
            created_by: components["schemas"]["Person"];
            /**
             * @description The actions that the caller may take: `edit`, `archive` (also stands for unarchiving), `delete`,
             *     `manage_members`, `manage_columns`, `create_task`.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the project: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the project was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the project.
             */
            updated_at: string;
            /** @description The assignments of users who can no longer see the project, which were removed. */
            unassigned: components["schemas"]["Assignment"][];
        };
        /** @description A page of a list, whose items are of the type `Person`. */
        PersonPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Person"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The assignments that were removed together with a member of a project. */
        UnassignedTasks: {
            /** @description The assignments of the user, who can no longer see the project. */
            unassigned: components["schemas"]["Assignment"][];
        };
        /** @description A column of a project's board, as the caller sees it. */
        Column: {
            /**
             * Format: uuid
             * @description The column's id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the project whose board the column is on.
             */
            project_id: string;
            /** @description The column's name. */
            name: string;
            /** @description The status of the tasks in the column. A project has at least one column for each status. */
            status: components["schemas"]["TaskStatus"];
            /** @description The column's color, such as `#1f6feb`. */
            color: string;
            /**
             * Format: int32
             * @description The number of tasks that people want to see in the column at most; `null` if they didn't say. More are not refused.
             */
            task_limit: number | null;
            /** @description Sorts the columns of a board. Compare positions as bytes. */
            position: string;
            /** @description The actions that the caller may take: `edit`, `delete`. Empty if the project is archived. */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the column: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the column was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the column.
             */
            updated_at: string;
        };
        /** @description A page of a list, whose items are of the type `Column`. */
        ColumnPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Column"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A task, as the caller sees it. */
        Task: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /**
             * Format: int32
             * @description The task's number in its project.
             */
            number: number;
            /**
             * Format: uuid
             * @description The id of the project that the task is in.
             */
            project_id: string;
            /** @description The task's title. */
            title: string;
            /** @description Markdown text. */
            description: string;
            /** @description How far the task is: the status behind its column. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Format: uuid
             * @description The id of the column that the task is in, on the board of its project.
             */
            column_id: string;
            /** @description How urgent the task is. */
            priority: components["schemas"]["TaskPriority"];
            /**
             * Format: date
             * @description The day on which the work is to start; `null` if it has none.
             */
            start_on: string | null;
            /**
             * Format: date-time
             * @description The time until which the task is to be done; `null` if it has none, or is due on a day.
             */
            due_at: string | null;
            /**
             * Format: date
             * @description The day on which the task is to be done, which ends in the organization's time zone (`settings.time_zone`);
             *     `null` if it has none, or is due at a time.
             */
            due_on: string | null;
            /** @description The users who the task is assigned to. */
            assignees: components["schemas"]["Person"][];
            /** @description The labels, ordered by name. */
            labels: components["schemas"]["TaskLabel"][];
            /**
             * Format: uuid
             * @description The task that this one is a subtask of; `null` while that is deleted.
             */
            parent_id: string | null;
            /** @description Whether the task is a template: a plan to copy, which is no work itself. So are its subtasks, which aren't marked. */
            is_template: boolean;
            /**
             * @description Sorts the tasks of a project as people have put them, and so those of each column of its board. Compare positions as
             *     bytes.
             */
            position: string;
            /** @description The numbers of subtasks. A subtask that comes, goes or gets done doesn't change this task's `version`. */
            subtask_counts: components["schemas"]["SubtaskCounts"];
            /**
             * Format: int32
             * @description The number of comments, replies included. A new comment doesn't change the task's `version`.
             */
            comment_count: number;
            /** @description The links to other tasks that the caller sees, the oldest first. A link doesn't change the task's `version`. */
            links: components["schemas"]["LinkRef"][];
            /** @description Whether the task has to wait: whether an open task that the caller sees blocks it. */
            blocked: boolean;
            /** @description The user who created the task. */
            created_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the status became `done`; `null` in any other status, `cancelled` too.
             */
            completed_at: string | null;
            /**
             * @description The actions that the caller may take: `edit`, `move`, `assign`, `take`, `delete`, `comment`. Empty if the
             *     project is archived.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the task: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the task was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the task.
             */
            updated_at: string;
        };
        /** @description A page of a list of tasks. */
        TaskPage: {
            /** @description The items of the page, in the order of the list. Empty if the list is grouped. */
            items: components["schemas"]["TaskDetail"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. In a grouped list, that of further groups. */
            next_cursor: string | null;
            /** @description The groups of the list, if `group_by` asks for them. */
            groups?: components["schemas"]["TaskGroup"][];
        };
        /** @description A task, with what a request includes. If it asks for `fields`, the task has only these. */
        TaskDetail: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /**
             * Format: int32
             * @description The task's number in its project.
             */
            number: number;
            /**
             * Format: uuid
             * @description The id of the project that the task is in.
             */
            project_id: string;
            /** @description The task's title. */
            title: string;
            /** @description Markdown text. */
            description: string;
            /** @description How far the task is: the status behind its column. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Format: uuid
             * @description The id of the column that the task is in, on the board of its project.
             */
            column_id: string;
            /** @description How urgent the task is. */
            priority: components["schemas"]["TaskPriority"];
            /**
             * Format: date
             * @description The day on which the work is to start; `null` if it has none.
             */
            start_on: string | null;
            /**
             * Format: date-time
             * @description The time until which the task is to be done; `null` if it has none, or is due on a day.
             */
            due_at: string | null;
            /**
             * Format: date
             * @description The day on which the task is to be done, which ends in the organization's time zone (`settings.time_zone`);
             *     `null` if it has none, or is due at a time.
             */
            due_on: string | null;
            /** @description The users who the task is assigned to. */
            assignees: components["schemas"]["Person"][];
            /** @description The labels, ordered by name. */
            labels: components["schemas"]["TaskLabel"][];
            /**
             * Format: uuid
             * @description The task that this one is a subtask of; `null` while that is deleted.
             */
            parent_id: string | null;
            /** @description Whether the task is a template: a plan to copy, which is no work itself. So are its subtasks, which aren't marked. */
            is_template: boolean;
            /**
             * @description Sorts the tasks of a project as people have put them, and so those of each column of its board. Compare positions as
             *     bytes.
             */
            position: string;
            /** @description The numbers of subtasks. A subtask that comes, goes or gets done doesn't change this task's `version`. */
            subtask_counts: components["schemas"]["SubtaskCounts"];
            /**
             * Format: int32
             * @description The number of comments, replies included. A new comment doesn't change the task's `version`.
             */
            comment_count: number;
            /** @description The links to other tasks that the caller sees, the oldest first. A link doesn't change the task's `version`. */
            links: components["schemas"]["LinkRef"][];
            /** @description Whether the task has to wait: whether an open task that the caller sees blocks it. */
            blocked: boolean;
            /** @description The user who created the task. */
            created_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the status became `done`; `null` in any other status, `cancelled` too.
             */
            completed_at: string | null;
            /**
             * @description The actions that the caller may take: `edit`, `move`, `assign`, `take`, `delete`, `comment`. Empty if the
             *     project is archived.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the task: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the task was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the task.
             */
            updated_at: string;
            /** @description The first ten subtasks in the order of the board, if `include` names them. */
            subtasks?: components["schemas"]["Task"][];
            /** @description The first ten comments, if `include` names them. */
            comments?: components["schemas"]["Comment"][];
        };
        /** @description A comment, as the caller sees it. */
        Comment: {
            /**
             * Format: uuid
             * @description The comment's id.
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the task that the comment is on.
             */
            task_id: string;
            /**
             * Format: uuid
             * @description The comment that this one replies to; `null` for the first of a thread.
             */
            parent_id: string | null;
            /** @description The user who wrote the comment. */
            author: components["schemas"]["Person"];
            /** @description Markdown text as it was written; the server renders nothing. Empty if the comment is deleted. */
            body: string;
            /** @description The users whom the text mentions, as `<@user-id>`, each once. */
            mentions: components["schemas"]["Person"][];
            /** @description The reactions, the one that came first first. */
            reactions: components["schemas"]["Reaction"][];
            /**
             * Format: date-time
             * @description The time at which the thread was settled; `null` while it is open, and for replies.
             */
            resolved_at: string | null;
            /**
             * Format: date-time
             * @description The time at which the text was last changed; `null` if it never was.
             */
            edited_at: string | null;
            /** @description Whether the comment is deleted: it stays, without its text, as long as there are replies to it. */
            deleted: boolean;
            /**
             * @description The actions that the caller may take: `edit`, `delete`. Empty if the comment is deleted or the project is
             *     archived.
             */
            can: string[];
            /**
             * Format: int32
             * @description Increases with each change of the text and of `resolved_at`. Reactions don't change it.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the comment was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the text or of `resolved_at`.
             */
            updated_at: string;
        };
        /** @description The reactions to a comment with one emoji. */
        Reaction: {
            /** @description The emoji. */
            emoji: string;
            /**
             * Format: int32
             * @description The number of people who reacted with it.
             */
            count: number;
            /** @description Whether the caller is one of them. */
            me: boolean;
        };
        /** @description A group of a list of tasks, with a page of them. */
        TaskGroup: {
            /**
             * @description What the tasks have in common: a status, a priority, a deadline such as `today`, the id of a column, a user or a
             *     label, or `none`.
             */
            key: string;
            /** @description The column, if the list is grouped by columns. */
            column?: components["schemas"]["Column"];
            /** @description The user, if the list is grouped by assignees. Absent from the group `none`. */
            assignee?: components["schemas"]["Person"];
            /** @description The label, if the list is grouped by labels. Absent from the group `none`. */
            label?: components["schemas"]["TaskLabel"];
            /**
             * Format: int32
             * @description The number of tasks in the group.
             */
            count: number;
            /** @description The tasks of the page, in the order of the list. */
            items: components["schemas"]["TaskDetail"][];
            /** @description The cursor of the group's next tasks, for `?cursor=`; `null` if there are none. */
            next_cursor: string | null;
        };
        /** @description The results of a bulk update, in the order of the ids, or of the list that the filter leaves. */
        BulkTaskResults: {
            /** @description A result for each task. */
            results: components["schemas"]["BulkTaskResult"][];
        };
        /** @description The result of one task of a bulk update: the task or a problem. */
        BulkTaskResult: {
            /**
             * Format: uuid
             * @description The id of the task, as given in the request.
             */
            id: string;
            /**
             * Format: int32
             * @description The HTTP status that the task would have got in a request of its own: 200, 403, 404, 409 or 422.
             */
            status: number;
            /** @description The task as it is now; `null` if the status isn't 200. */
            task: components["schemas"]["Task"] | null;
            /** @description The reason for the refusal; `null` if the status is 200. */
            problem: components["schemas"]["BulkTaskProblem"] | null;
        };
        /** @description The reason why one task of a bulk update wasn't changed. */
        BulkTaskProblem: {
            /** @description The stable error code, such as `project_archived`. */
            code: components["schemas"]["ProblemCode"];
            /** @description An explanation of the error for people. */
            detail: string;
            /** @description The mistakes in the input; empty for other errors. */
            errors: components["schemas"]["FieldError"][];
        };
        /** @description A task that was moved, and the effects of the move. */
        MovedTask: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /**
             * Format: int32
             * @description The task's number in its project.
             */
            number: number;
            /**
             * Format: uuid
             * @description The id of the project that the task is in.
             */
            project_id: string;
            /** @description The task's title. */
            title: string;
            /** @description Markdown text. */
            description: string;
            /** @description How far the task is: the status behind its column. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Format: uuid
             * @description The id of the column that the task is in, on the board of its project.
             */
            column_id: string;
            /** @description How urgent the task is. */
            priority: components["schemas"]["TaskPriority"];
            /**
             * Format: date
             * @description The day on which the work is to start; `null` if it has none.
             */
            start_on: string | null;
            /**
             * Format: date-time
             * @description The time until which the task is to be done; `null` if it has none, or is due on a day.
             */
            due_at: string | null;
            /**
             * Format: date
             * @description The day on which the task is to be done, which ends in the organization's time zone (`settings.time_zone`);
             *     `null` if it has none, or is due at a time.
             */
            due_on: string | null;
            /** @description The users who the task is assigned to. */
            assignees: components["schemas"]["Person"][];
            /** @description The labels, ordered by name. */
            labels: components["schemas"]["TaskLabel"][];
            /**
             * Format: uuid
             * @description The task that this one is a subtask of; `null` while that is deleted.
             */
            parent_id: string | null;
            /** @description Whether the task is a template: a plan to copy, which is no work itself. So are its subtasks, which aren't marked. */
            is_template: boolean;
            /**
             * @description Sorts the tasks of a project as people have put them, and so those of each column of its board. Compare positions as
             *     bytes.
             */
            position: string;
            /** @description The numbers of subtasks. A subtask that comes, goes or gets done doesn't change this task's `version`. */
            subtask_counts: components["schemas"]["SubtaskCounts"];
            /**
             * Format: int32
             * @description The number of comments, replies included. A new comment doesn't change the task's `version`.
             */
            comment_count: number;
            /** @description The links to other tasks that the caller sees, the oldest first. A link doesn't change the task's `version`. */
            links: components["schemas"]["LinkRef"][];
            /** @description Whether the task has to wait: whether an open task that the caller sees blocks it. */
            blocked: boolean;
            /** @description The user who created the task. */
            created_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the status became `done`; `null` in any other status, `cancelled` too.
             */
            completed_at: string | null;
            /**
             * @description The actions that the caller may take: `edit`, `move`, `assign`, `take`, `delete`, `comment`. Empty if the
             *     project is archived.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the task: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the task was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the task.
             */
            updated_at: string;
            /** @description The assignments of users who can't see the project that the task was moved into, which were removed. */
            unassigned: components["schemas"]["Assignment"][];
        };
        /** @description A copy of a task, and the effects of copying. */
        DuplicatedTask: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /**
             * Format: int32
             * @description The task's number in its project.
             */
            number: number;
            /**
             * Format: uuid
             * @description The id of the project that the task is in.
             */
            project_id: string;
            /** @description The task's title. */
            title: string;
            /** @description Markdown text. */
            description: string;
            /** @description How far the task is: the status behind its column. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Format: uuid
             * @description The id of the column that the task is in, on the board of its project.
             */
            column_id: string;
            /** @description How urgent the task is. */
            priority: components["schemas"]["TaskPriority"];
            /**
             * Format: date
             * @description The day on which the work is to start; `null` if it has none.
             */
            start_on: string | null;
            /**
             * Format: date-time
             * @description The time until which the task is to be done; `null` if it has none, or is due on a day.
             */
            due_at: string | null;
            /**
             * Format: date
             * @description The day on which the task is to be done, which ends in the organization's time zone (`settings.time_zone`);
             *     `null` if it has none, or is due at a time.
             */
            due_on: string | null;
            /** @description The users who the task is assigned to. */
            assignees: components["schemas"]["Person"][];
            /** @description The labels, ordered by name. */
            labels: components["schemas"]["TaskLabel"][];
            /**
             * Format: uuid
             * @description The task that this one is a subtask of; `null` while that is deleted.
             */
            parent_id: string | null;
            /** @description Whether the task is a template: a plan to copy, which is no work itself. So are its subtasks, which aren't marked. */
            is_template: boolean;
            /**
             * @description Sorts the tasks of a project as people have put them, and so those of each column of its board. Compare positions as
             *     bytes.
             */
            position: string;
            /** @description The numbers of subtasks. A subtask that comes, goes or gets done doesn't change this task's `version`. */
            subtask_counts: components["schemas"]["SubtaskCounts"];
            /**
             * Format: int32
             * @description The number of comments, replies included. A new comment doesn't change the task's `version`.
             */
            comment_count: number;
            /** @description The links to other tasks that the caller sees, the oldest first. A link doesn't change the task's `version`. */
            links: components["schemas"]["LinkRef"][];
            /** @description Whether the task has to wait: whether an open task that the caller sees blocks it. */
            blocked: boolean;
            /** @description The user who created the task. */
            created_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the status became `done`; `null` in any other status, `cancelled` too.
             */
            completed_at: string | null;
            /**
             * @description The actions that the caller may take: `edit`, `move`, `assign`, `take`, `delete`, `comment`. Empty if the
             *     project is archived.
             */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the task: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the task was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the task.
             */
            updated_at: string;
            /** @description The assignments that weren't copied, because the users can't see the project, each with the copy of the task. */
            unassigned: components["schemas"]["Assignment"][];
        };
        /** @description A link of a task to another one, seen from the former. */
        TaskLink: {
            /**
             * Format: uuid
             * @description The link's id, the same from both of its tasks.
             */
            id: string;
            /** @description What the task of the path has to do with the other one. */
            kind: components["schemas"]["LinkKind"];
            /** @description The other task. */
            task: components["schemas"]["LinkedTask"];
            /** @description The user who made the link. */
            created_by: components["schemas"]["Person"];
            /**
             * Format: date-time
             * @description The time at which the link was made.
             */
            created_at: string;
        };
        /** @description A task that another one is linked to. */
        LinkedTask: {
            /**
             * Format: uuid
             * @description The task's id.
             */
            id: string;
            /** @description The project's key and the task's number, such as `WEB-142`. */
            key: string;
            /** @description The task's title. */
            title: string;
            /** @description How far the task is. */
            status: components["schemas"]["TaskStatus"];
        };
        /** @description A page of a list, whose items are of the type `TaskLink`. */
        TaskLinkPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["TaskLink"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A label, as the caller sees it. */
        Label: {
            /**
             * Format: uuid
             * @description The label's id.
             */
            id: string;
            /** @description The label's name, which no other label of the organization has in any case. */
            name: string;
            /** @description The label's color, such as `#1f6feb`. */
            color: string;
            /** @description What the label is for. Empty if nobody said. */
            description: string;
            /** @description The actions that the caller may take: `edit`, `delete`. */
            can: string[];
            /**
             * Format: int32
             * @description A number that grows with each change of the label: the first part of its `ETag`.
             */
            version: number;
            /**
             * Format: date-time
             * @description The time at which the label was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time of the last change of the label.
             */
            updated_at: string;
        };
        /** @description A page of a list, whose items are of the type `Label`. */
        LabelPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Label"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A page of a list, whose items are of the type `Comment`. */
        CommentPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Comment"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description An entry of a task's timeline: a comment as it is now, where it was made, or a change of the task. */
        TimelineItem: components["schemas"]["TimelineComment"] | components["schemas"]["TimelineActivity"];
        /** @description A comment on the task. */
        TimelineComment: {
            /**
             * @description Always `comment`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "comment";
            /** @description The comment, as it is now. */
            comment: components["schemas"]["Comment"];
        };
        /** @description An entry in an organization's activity, which describes one change. */
        Activity: {
            /** @description The entry's number. An organization's entries are numbered in the order of the changes, without gaps. */
            seq: number;
            /**
             * Format: uuid
             * @description The entry's id.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the change.
             */
            at: string;
            /** @description The user or system that made the change. */
            actor: components["schemas"]["ActivityActor"];
            /** @description The kind of change. */
            action: components["schemas"]["ActivityAction"];
            /** @description The object that was changed. */
            subject: components["schemas"]["ActivitySubject"];
            /**
             * Format: uuid
             * @description The id of the project that the subject is or belongs to; `null` for other subjects.
             */
            project_id: string | null;
            /**
             * @description The changed fields, each as `{from, to}`. People, labels and columns are given as `{id, name}`, linked tasks as `{id, key}`,
             *     long texts as `{digest, length}`. The titles and names of purged tasks, projects, columns and labels are `null`, and so are
             *     the project that a task was moved from and its key there, if the caller can't see that project.
             */
            changes: {
                [key: string]: unknown;
            };
            /** @description The change as an English sentence, such as "David moved WEB-142 from To do to In progress". */
            summary: string;
            /**
             * Format: int32
             * @description The seq of the first entry of the request whose changes this one took back; `null` if it took back none.
             */
            undoes: number | null;
            /** @description Whether the entry came with an archive. Nothing on this server confirms what it says. */
            imported: boolean;
        };
        /** @description The actor of an activity entry: the user or system that made the change. */
        ActivityActor: {
            /** @description How the change was made. */
            kind: components["schemas"]["ActivityActorKind"];
            /**
             * Format: uuid
             * @description The user's id; `null` for the system.
             */
            id: string | null;
            /** @description The user's current name; `Guildhall` for the system. */
            name: string;
            /**
             * Format: uuid
             * @description The id of the API token with which the user made the change; absent for others.
             */
            token_id?: string;
            /** @description What the user calls that token; absent if that is no longer known. */
            token_name?: string;
        };
        /**
         * @description How an actor made a change: a `user` in a session, a user with an API `token`, or the `system` itself.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        ActivityActorKind: "user" | "token" | "system";
        /** @description The subject of an activity entry: the object that was changed. */
        ActivitySubject: {
            /** @description The kind of object. */
            kind: components["schemas"]["ActivitySubjectKind"];
            /**
             * Format: uuid
             * @description The object's id; that of the user for a member.
             */
            id: string;
            /**
             * @description What the subject is called now: a task's key, for a comment that of its task; a project's, column's, label's, member's or organization's name; an invitation's
             *     address. A purged project has its key left. Empty if that is no longer known.
             */
            label: string;
        };
        /**
         * @description The kind of object that an activity entry is about.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        ActivitySubjectKind: "organization" | "member" | "invitation" | "project" | "task" | "column" | "label" | "comment";
        /** @description A change of the task. */
        TimelineActivity: {
            /**
             * @description Always `activity`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "activity";
            /** @description The entry of the activity that tells of the change. */
            activity: components["schemas"]["Activity"];
        };
        /** @description A page of a list, whose items are of the type `TimelineItem`. */
        TimelineItemPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["TimelineItem"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description A task, comment or project that matches a search. Later versions may add kinds: skip a hit whose kind you don't know. */
        SearchHit: components["schemas"]["TaskHit"] | components["schemas"]["ProjectHit"] | components["schemas"]["CommentHit"];
        /** @description A task that matches a search. */
        TaskHit: {
            /**
             * @description Always `task`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "task";
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The object as the caller sees it. */
            object: components["schemas"]["Task"];
        };
        /** @description A project that matches a search. */
        ProjectHit: {
            /**
             * @description Always `project`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "project";
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The object as the caller sees it. */
            object: components["schemas"]["Project"];
        };
        /** @description A comment that matches a search. */
        CommentHit: {
            /**
             * @description Always `comment`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "comment";
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The object as the caller sees it. */
            object: components["schemas"]["Comment"];
        };
        /** @description A page of a list, whose items are of the type `SearchHit`. */
        SearchHitPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["SearchHit"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description A deleted project or task that the caller may restore. Tasks of a deleted project aren't listed: they are restored
         *     with it.
         */
        TrashItem: {
            /** @description The kind of object. */
            kind: components["schemas"]["TrashKind"];
            /**
             * Format: uuid
             * @description The project's or task's id.
             */
            id: string;
            /** @description The project's or task's key, such as `WEB` or `WEB-142`. */
            key: string;
            /** @description The project's name, or the task's title. */
            name: string;
            /**
             * Format: uuid
             * @description The id of the task's project, or of the project itself.
             */
            project_id: string;
            /**
             * Format: date-time
             * @description The time of its deletion.
             */
            deleted_at: string;
            /** @description The user who deleted it, if known. */
            deleted_by: components["schemas"]["Person"] | null;
            /**
             * Format: date-time
             * @description The time until which it can be restored: 30 days after its deletion. Afterwards it is purged.
             */
            expires_at: string;
        };
        /** @description A page of a list, whose items are of the type `TrashItem`. */
        TrashItemPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["TrashItem"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description Statistics of an organization's tasks. Deleted tasks, those of templates, and those of projects that the caller can't see,
         *     aren't counted.
         */
        Stats: {
            /** @description The number of tasks in each status. */
            by_status: components["schemas"]["TaskCounts"];
            /**
             * Format: int32
             * @description The number of tasks that are open and whose due time has passed.
             */
            overdue: number;
            /** @description The tasks of each priority, including priorities without tasks. */
            by_priority: components["schemas"]["PriorityStats"][];
            /**
             * @description The tasks of each assignee, those with the most open tasks first, then the unassigned tasks. A task with several
             *     assignees counts for each of them.
             */
            by_assignee: components["schemas"]["AssigneeStats"][];
            /** @description The tasks of each project, the oldest project first. */
            by_project: components["schemas"]["ProjectStats"][];
            /** @description The tasks created and done on each day, from the oldest day to today. */
            per_day: components["schemas"]["DayStats"][];
            /** @description The IANA time zone in which the days of `per_day` begin and end. */
            time_zone: string;
        };
        /** @description Statistics of the tasks of one priority. */
        PriorityStats: {
            /** @description The priority. */
            priority: components["schemas"]["TaskPriority"];
            /** @description The number of tasks in each status. */
            task_counts: components["schemas"]["TaskCounts"];
            /**
             * Format: int32
             * @description The number of tasks that are open and whose due time has passed.
             */
            overdue: number;
        };
        /** @description Statistics of the tasks of one assignee. */
        AssigneeStats: {
            /** @description The assignee; `null` for the unassigned tasks. */
            assignee: components["schemas"]["Person"] | null;
            /** @description The number of tasks in each status. */
            task_counts: components["schemas"]["TaskCounts"];
            /**
             * Format: int32
             * @description The number of tasks that are open and whose due time has passed.
             */
            overdue: number;
        };
        /** @description Statistics of the tasks of one project. */
        ProjectStats: {
            /** @description The project. */
            project: components["schemas"]["ProjectName"];
            /** @description The number of tasks in each status. */
            task_counts: components["schemas"]["TaskCounts"];
            /**
             * Format: int32
             * @description The number of tasks that are open and whose due time has passed.
             */
            overdue: number;
        };
        /** @description The number of tasks created and done on one day. */
        DayStats: {
            /**
             * Format: date
             * @description The day, such as `2026-11-23`.
             */
            date: string;
            /**
             * Format: int32
             * @description The number of tasks created on that day.
             */
            created: number;
            /**
             * Format: int32
             * @description The number of tasks that became done on that day and still are.
             */
            done: number;
        };
        /** @description A page of a list, whose items are of the type `Activity`. */
        ActivityPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["Activity"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The changes that were undone, and the entries that say so. */
        Undone: {
            /** @description The seqs of the changes that were undone: all those of the request that made the one in the path, the last first. */
            undone: number[];
            /** @description The new entries of the activity, the oldest first. They can be undone too, which does the changes again. */
            entries: components["schemas"]["Activity"][];
        };
        /** @description A page of changes, with which a client brings its copy of an organization up to date. */
        Changes: {
            /** @description The organization, members, labels, projects, tasks and comments that changed, each at most once. */
            items: components["schemas"]["Change"][];
            /** @description The cursor to send as `?since=` in the next request. */
            next: string;
            /**
             * @description Whether more changes are waiting. If so, send the next request immediately: the copy is complete and consistent
             *     only once this is `false`.
             */
            has_more: boolean;
            /**
             * @description Whether to discard the whole copy before applying these items, since everything is sent again: for example because
             *     the server went back to a backup, and what `since` stands for never happened in the history that it has now.
             */
            reset: boolean;
        };
        /**
         * @description An object that changed: its current state, or the fact that it is gone. Later versions may add kinds: skip a change whose
         *     kind you don't know.
         */
        Change: components["schemas"]["UserChange"] | components["schemas"]["OrganizationChange"] | components["schemas"]["MemberChange"] | components["schemas"]["LabelChange"] | components["schemas"]["ProjectChange"] | components["schemas"]["ColumnChange"] | components["schemas"]["TaskChange"] | components["schemas"]["CommentChange"];
        /** @description A change of the caller's own account, which is told where all organizations are; its `seq` is the account's version. */
        UserChange: {
            /**
             * @description Always `user`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "user";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["User"] | null;
        };
        /**
         * @description A change of the organization itself. If it is deleted, the caller isn't in it any more, or it is
         *     disabled.
         */
        OrganizationChange: {
            /**
             * @description Always `organization`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "organization";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Organization"] | null;
        };
        /** @description A change of a member, whose `id` is the user's. */
        MemberChange: {
            /**
             * @description Always `member`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "member";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Member"] | null;
        };
        /** @description A change of a label. If it is deleted, it is on no task any more. */
        LabelChange: {
            /**
             * @description Always `label`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "label";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Label"] | null;
        };
        /** @description A change of a project. If it is deleted, so are all its columns, its tasks and their comments; they aren't listed. */
        ProjectChange: {
            /**
             * @description Always `project`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "project";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Project"] | null;
        };
        /** @description A change of a column of a project's board. */
        ColumnChange: {
            /**
             * @description Always `column`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "column";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Column"] | null;
        };
        /** @description A change of a task. If it is deleted, so are its comments; they aren't listed. */
        TaskChange: {
            /**
             * @description Always `task`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "task";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Task"] | null;
        };
        /** @description A change of a comment on a task. */
        CommentChange: {
            /**
             * @description Always `comment`. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "comment";
            /**
             * Format: uuid
             * @description The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
             */
            organization_id?: string;
            /**
             * Format: uuid
             * @description The object's id.
             */
            id: string;
            /** @description The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began. */
            seq: number;
            /** @description Whether the object is deleted or no longer visible to the caller. */
            deleted: boolean;
            /** @description The object as the caller sees it; `null` if `deleted`. */
            object: components["schemas"]["Comment"] | null;
        };
        /** @description A page of changes, with which a client brings its copy of all the caller's organizations up to date. */
        MyChanges: {
            /**
             * @description What changed in the caller's organizations and their account, in the order in which to take it up. An organization
             *     that is told as deleted may be told again after that, with everything in it.
             */
            items: components["schemas"]["Change"][];
            /** @description The cursor to send as `?since=` in the next request. It has at most 8,000 characters. */
            next: string;
            /**
             * @description Whether more changes are waiting. If so, send the next request immediately: the copy is complete and consistent
             *     only once this is `false`. There may be more although `items` is empty.
             */
            has_more: boolean;
            /**
             * @description Whether to discard the whole copy before applying these items, since everything is sent again: for example because
             *     the server went back to a backup, and what `since` stands for never happened in the history that it has now.
             */
            reset: boolean;
        };
        /**
         * @description The data of a server-sent event of the stream, as JSON: an activity entry of one of the organizations, with its object if
         *     `include=object` asks for it; or changes for an event that is named `changes`.
         */
        MyStreamEvent: components["schemas"]["ActivityInOrganization"] | components["schemas"]["ActivityWithObjectInOrganization"] | components["schemas"]["MyStreamChanges"];
        /** @description An activity entry with the organization that it is part of. */
        ActivityInOrganization: {
            /**
             * Format: uuid
             * @description The organization's id.
             */
            organization_id: string;
            /** @description The entry's number. An organization's entries are numbered in the order of the changes, without gaps. */
            seq: number;
            /**
             * Format: uuid
             * @description The entry's id.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the change.
             */
            at: string;
            /** @description The user or system that made the change. */
            actor: components["schemas"]["ActivityActor"];
            /** @description The kind of change. */
            action: components["schemas"]["ActivityAction"];
            /** @description The object that was changed. */
            subject: components["schemas"]["ActivitySubject"];
            /**
             * Format: uuid
             * @description The id of the project that the subject is or belongs to; `null` for other subjects.
             */
            project_id: string | null;
            /**
             * @description The changed fields, each as `{from, to}`. People, labels and columns are given as `{id, name}`, linked tasks as `{id, key}`,
             *     long texts as `{digest, length}`. The titles and names of purged tasks, projects, columns and labels are `null`, and so are
             *     the project that a task was moved from and its key there, if the caller can't see that project.
             */
            changes: {
                [key: string]: unknown;
            };
            /** @description The change as an English sentence, such as "David moved WEB-142 from To do to In progress". */
            summary: string;
            /**
             * Format: int32
             * @description The seq of the first entry of the request whose changes this one took back; `null` if it took back none.
             */
            undoes: number | null;
            /** @description Whether the entry came with an archive. Nothing on this server confirms what it says. */
            imported: boolean;
        };
        /** @description An activity entry with the organization that it is part of. */
        ActivityWithObjectInOrganization: {
            /**
             * Format: uuid
             * @description The organization's id.
             */
            organization_id: string;
            /** @description The entry's number. An organization's entries are numbered in the order of the changes, without gaps. */
            seq: number;
            /**
             * Format: uuid
             * @description The entry's id.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the change.
             */
            at: string;
            /** @description The user or system that made the change. */
            actor: components["schemas"]["ActivityActor"];
            /** @description The kind of change. */
            action: components["schemas"]["ActivityAction"];
            /** @description The object that was changed. */
            subject: components["schemas"]["ActivitySubject"];
            /**
             * Format: uuid
             * @description The id of the project that the subject is or belongs to; `null` for other subjects.
             */
            project_id: string | null;
            /**
             * @description The changed fields, each as `{from, to}`. People, labels and columns are given as `{id, name}`, linked tasks as `{id, key}`,
             *     long texts as `{digest, length}`. The titles and names of purged tasks, projects, columns and labels are `null`, and so are
             *     the project that a task was moved from and its key there, if the caller can't see that project.
             */
            changes: {
                [key: string]: unknown;
            };
            /** @description The change as an English sentence, such as "David moved WEB-142 from To do to In progress". */
            summary: string;
            /**
             * Format: int32
             * @description The seq of the first entry of the request whose changes this one took back; `null` if it took back none.
             */
            undoes: number | null;
            /** @description Whether the entry came with an archive. Nothing on this server confirms what it says. */
            imported: boolean;
            /**
             * @description The entry's subject as the caller sees it now, or as gone. Of several entries about one object, each has it. `null` for
             *     an invitation.
             */
            object: components["schemas"]["Change"] | null;
        };
        /**
         * @description Tells of the caller's account, of organizations that they join and leave, and with `include=object` of the objects that
         *     changed without an entry of their own that the caller sees.
         */
        MyStreamChanges: {
            /** @description The objects, each as it is now or as gone, in the order in which to take them up. */
            items: components["schemas"]["Change"][];
            /**
             * @description Whether to discard everything before applying these items, because the server has gone back to a backup in which it may
             *     never have happened. With `include=object`, everything is sent again after that; without, load it anew.
             */
            reset: boolean;
        };
        /** @description A ticket with which a browser opens the event stream: `new EventSource("/v1/orgs/…/events?ticket=" + ticket)`. */
        EventTicket: {
            /** @description The ticket. It can be used once, and only for the stream that it was created for. */
            ticket: string;
            /**
             * Format: date-time
             * @description The time at which the ticket expires: 30 seconds from now.
             */
            expires_at: string;
            /**
             * @description The place of the latest event. Sent as `last_event_id`, it starts a stream that misses no event
             *     after this response.
             */
            last_event_id: string;
        };
        /**
         * @description The data of a server-sent event of the stream, as JSON: the activity entry whose seq is the event's `id`, with its object if
         *     `include=object` asks for it; the objects that changed besides for an event that is named `changes`; a reset for one that is
         *     named `reset`. An event without data says with its `id` how far the stream has come. Ids of events without an entry may be
         *     opaque.
         */
        StreamEvent: components["schemas"]["Activity"] | components["schemas"]["ActivityWithObject"] | components["schemas"]["StreamChanges"] | components["schemas"]["StreamReset"];
        /** @description An activity entry, with the object that it is about. */
        ActivityWithObject: {
            /** @description The entry's number. An organization's entries are numbered in the order of the changes, without gaps. */
            seq: number;
            /**
             * Format: uuid
             * @description The entry's id.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the change.
             */
            at: string;
            /** @description The user or system that made the change. */
            actor: components["schemas"]["ActivityActor"];
            /** @description The kind of change. */
            action: components["schemas"]["ActivityAction"];
            /** @description The object that was changed. */
            subject: components["schemas"]["ActivitySubject"];
            /**
             * Format: uuid
             * @description The id of the project that the subject is or belongs to; `null` for other subjects.
             */
            project_id: string | null;
            /**
             * @description The changed fields, each as `{from, to}`. People, labels and columns are given as `{id, name}`, linked tasks as `{id, key}`,
             *     long texts as `{digest, length}`. The titles and names of purged tasks, projects, columns and labels are `null`, and so are
             *     the project that a task was moved from and its key there, if the caller can't see that project.
             */
            changes: {
                [key: string]: unknown;
            };
            /** @description The change as an English sentence, such as "David moved WEB-142 from To do to In progress". */
            summary: string;
            /**
             * Format: int32
             * @description The seq of the first entry of the request whose changes this one took back; `null` if it took back none.
             */
            undoes: number | null;
            /** @description Whether the entry came with an archive. Nothing on this server confirms what it says. */
            imported: boolean;
            /**
             * @description The entry's subject as the caller sees it now, or as gone. Of several entries about one object, each has it. `null` for
             *     an invitation.
             */
            object: components["schemas"]["Change"] | null;
        };
        /**
         * @description Tells of objects that changed without an entry of their own that the caller sees: those that a change of another object
         *     changes, come into sight or go out of it. It comes before the entries of these changes, and its `id` is that of the event
         *     before it.
         */
        StreamChanges: {
            /** @description The objects, each as it is now or as gone, in the order in which to take them up. */
            items: components["schemas"]["Change"][];
            /** @description Whether to discard the whole copy before applying these items, since everything is sent again. */
            reset: boolean;
        };
        /** @description Tells that the server has gone back to a backup: what the client has may never have happened. Read everything anew. */
        StreamReset: {
            /** @description The seq of the newest entry in the history that the server has now. */
            seq: number;
        };
        /** @description The results of a batch, in the order of its operations. */
        BatchResults: {
            /** @description A result for each operation. */
            results: components["schemas"]["BatchResult"][];
        };
        /** @description The result of an operation: what the request would have been answered on its own. */
        BatchResult: {
            /**
             * Format: int32
             * @description The HTTP status: that of a success.
             */
            status: number;
            /** @description The body; `null` if there is none. */
            body: {
                [key: string]: unknown;
            } | null;
        };
        /** @description The state of the server. */
        AdminStatus: {
            /** @description The server's version. */
            version: string;
            /**
             * Format: date-time
             * @description The time at which the node started that answers.
             */
            started_at: string;
            /** @description The database that the server works on. */
            database: components["schemas"]["AdminDatabase"];
            /**
             * Format: int32
             * @description The number of accounts.
             */
            users: number;
            /**
             * Format: int32
             * @description The number of them that are disabled.
             */
            disabled_users: number;
            /**
             * Format: int32
             * @description The number of organizations that were ever founded or imported, deleted and purged ones among them.
             */
            organizations: number;
            /**
             * Format: int32
             * @description The number of sessions that are alive.
             */
            sessions: number;
            /** @description The mails in the outbox. */
            mails: components["schemas"]["AdminOutbox"];
            /** @description What somebody should look at, in sentences. Empty if all is well. */
            warnings: string[];
        };
        /** @description The database of a server. */
        AdminDatabase: {
            /** @description `SQLite` or `PostgreSQL`. */
            engine: string;
            /** @description The engine's version. */
            engine_version: string;
            /**
             * Format: int32
             * @description The version of the newest migration that was applied.
             */
            schema_version: number;
            /** @description The size of the database, in bytes. */
            bytes: number;
        };
        /** @description The state of the outbox. */
        AdminOutbox: {
            /**
             * Format: int32
             * @description The number of mails that are due, or are tried again after a failure. Reminders for later don't count.
             */
            waiting: number;
            /**
             * Format: int32
             * @description The number of those whose last attempt failed.
             */
            failing: number;
            /**
             * Format: int32
             * @description The number of mails that were given up in the last 30 days.
             */
            dead: number;
            /** @description The error of the newest mail that has one. */
            last_error: string | null;
        };
        /** @description An account, as the server's operator sees it. */
        AdminUser: {
            /**
             * Format: uuid
             * @description The user's id.
             */
            id: string;
            /** @description The address that the user logs in with, and that messages go to. */
            email: string;
            /** @description Whether the user has proved that the e-mail address is theirs. */
            email_verified: boolean;
            /** @description The name that other users see. */
            name: string;
            /** @description Whether the user can log in with a password. */
            has_password: boolean;
            /** @description Whether a login with a password or through an identity provider also needs the second factor. */
            mfa_enabled: boolean;
            /**
             * Format: int32
             * @description The number of passkeys.
             */
            passkeys: number;
            /**
             * Format: int32
             * @description The number of sessions that are alive.
             */
            sessions: number;
            /**
             * Format: int32
             * @description The number of valid API tokens.
             */
            api_tokens: number;
            /**
             * Format: date-time
             * @description The time of the sign-up.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The last time that a session of the last 180 days was started or refreshed.
             */
            last_seen_at: string | null;
            /**
             * Format: date-time
             * @description The time at which the account was disabled. `null` while it is enabled.
             */
            disabled_at: string | null;
            /** @description The organizations that the user is in, at most 200. Absent in lists. */
            organizations?: components["schemas"]["AdminMembership"][];
        };
        /** @description An organization that a user is in. */
        AdminMembership: {
            /**
             * Format: uuid
             * @description The organization's id.
             */
            id: string;
            /** @description The organization's name in URLs. */
            slug: string;
            /** @description The organization's name. */
            name: string;
            /** @description The user's role. */
            role: components["schemas"]["Role"];
        };
        /** @description A page of a list, whose items are of the type `AdminUser`. */
        AdminUserPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["AdminUser"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description How a user comes to a new password. */
        PasswordResetOffer: {
            /** @description Whether the link was mailed to the user. If not, because no mail server is configured, pass it on yourself. */
            mailed: boolean;
            /** @description The token of the link, for `POST /v1/auth/password/reset`. Absent if it was mailed. */
            token?: string;
            /** @description The link to the front end's page, with the token. Absent if it was mailed. */
            url?: string;
            /**
             * Format: date-time
             * @description The time at which the link expires. Absent if it was mailed.
             */
            expires_at?: string;
        };
        /** @description An organization, as the server's operator sees it. */
        AdminOrganization: {
            /**
             * Format: uuid
             * @description The organization's id.
             */
            id: string;
            /** @description The organization's name in URLs. */
            slug: string;
            /** @description The organization's name. */
            name: string;
            /**
             * Format: int32
             * @description The number of tasks that aren't deleted.
             */
            tasks: number;
            /** @description The number of the last change. */
            seq: number;
            /**
             * Format: date-time
             * @description The time of the last change.
             */
            last_activity_at: string | null;
            /**
             * Format: date-time
             * @description The time at which the organization was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The time at which the organization was deleted. It can be restored for 30 days. `null` if it isn't deleted.
             */
            deleted_at: string | null;
            /**
             * Format: date-time
             * @description The time at which the organization was disabled. `null` while it is enabled.
             */
            disabled_at: string | null;
            /** @description Who owns it, and how large it is. Absent in lists. */
            details?: components["schemas"]["AdminOrganizationDetails"];
        };
        /** @description Who owns an organization, and how large it is. */
        AdminOrganizationDetails: {
            /** @description The owners, at most 100. */
            owners: components["schemas"]["AdminOwner"][];
            /**
             * Format: int32
             * @description The number of members, owners among them.
             */
            members: number;
            /**
             * Format: int32
             * @description The number of projects that aren't deleted.
             */
            projects: number;
            /**
             * Format: int32
             * @description The number of invitations that are pending.
             */
            invitations: number;
        };
        /** @description An owner of an organization, and how to reach them. */
        AdminOwner: {
            /**
             * Format: uuid
             * @description The user's id.
             */
            id: string;
            /** @description The user's name. */
            name: string;
            /** @description The user's e-mail address. Empty for a placeholder of an import, and a deleted account. */
            email: string;
        };
        /** @description A page of a list, whose items are of the type `AdminOrganization`. */
        AdminOrganizationPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["AdminOrganization"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description What organizations cost the node that answers: not those behind other nodes. */
        AdminLoad: {
            /**
             * Format: date-time
             * @description The time at which the node started that answers. It counted nothing before.
             */
            started_at: string;
            /**
             * Format: date-time
             * @description The time since which was counted.
             */
            since: string;
            /** @description What all organizations together cost. */
            total: components["schemas"]["AdminCost"];
            /**
             * @description The organizations that cost most, at most 50, the first one most. Where more than 200 were busy in a minute, what is told of
             *     each is at least so much.
             */
            organizations: components["schemas"]["AdminOrganizationLoad"][];
        };
        /** @description What transactions cost. Every request in an organization is one, and so is every look of an event stream. */
        AdminCost: {
            /** @description How often one ran. One that took long, or met another, was begun again and counts again. */
            transactions: number;
            /** @description How long they ran, in milliseconds. Commits don't count: writes share them. */
            database_ms: number;
            /** @description How long they waited for a connection, in milliseconds. */
            waiting_ms: number;
        };
        /** @description What an organization costs. */
        AdminOrganizationLoad: {
            /** @description The organization. */
            organization: components["schemas"]["OrganizationName"];
            /** @description How often one ran. One that took long, or met another, was begun again and counts again. */
            transactions: number;
            /** @description How long they ran, in milliseconds. Commits don't count: writes share them. */
            database_ms: number;
            /** @description How long they waited for a connection, in milliseconds. */
            waiting_ms: number;
        };
        /** @description A mail of the outbox. What was sent isn't in it any more. */
        AdminMail: {
            /**
             * Format: uuid
             * @description The mail's id.
             */
            id: string;
            /** @description Whether it can still be sent. */
            state: components["schemas"]["MailState"];
            /** @description The kind of mail. `null` for one of a version that didn't note it. */
            kind: components["schemas"]["MailKind"] | null;
            /** @description The address that it goes to. `null` once it was given up. */
            to: string | null;
            /**
             * Format: int32
             * @description How often it was tried to send it.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description The date of the mail: when it was written, or when it is to be sent if it is a reminder.
             */
            date: string;
            /**
             * Format: date-time
             * @description When it is tried next. `null` once it was given up.
             */
            next_attempt_at: string | null;
            /** @description Why the last attempt failed. `null` if there was none, or one is under way. */
            last_error: string | null;
        };
        /**
         * @description The kind of a mail.
         *
         *     - `verify`: Asks a new user to verify their address.
         *     - `already_registered`: Tells the owner of an address that somebody signed up with it.
         *     - `reset`: Lets a user choose a new password.
         *     - `confirm_change`: Asks a user to verify the new address of their account. Sent to the new address.
         *     - `address_in_use`: Tells the owner of an address that somebody wants to use it for another account.
         *     - `address_changed`: Tells a user that their address was changed. Sent to the old address.
         *     - `account_changed`: Tells a user that a credential of their account was changed or used.
         *     - `new_device`: Tells a user that somebody logged in to their account from a new device.
         *     - `invitation`: Invites somebody to an organization.
         *     - `organization_deleted`: Tells an owner that their organization was deleted.
         *     - `imported`: Tells a user that the server's operator imported an organization with them as a member.
         *     - `reminder`: Reminds somebody of an invitation that they haven't accepted. Not sent once it has expired, at `until`.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        MailKind: "verify" | "already_registered" | "reset" | "confirm_change" | "address_in_use" | "address_changed" | "account_changed" | "new_device" | "invitation" | "organization_deleted" | "imported" | "reminder";
        /** @description A page of a list, whose items are of the type `AdminMail`. */
        AdminMailPage: {
            /** @description The items of the page, in the order of the list. */
            items: components["schemas"]["AdminMail"][];
            /** @description The cursor of the next page, for `?cursor=`; `null` on the last page. */
            next_cursor: string | null;
        };
        /** @description The background jobs of a node. */
        AdminJobs: {
            /**
             * Format: date-time
             * @description The time at which the node started that answers. Its jobs haven't run before.
             */
            started_at: string;
            /** @description The jobs, each once. */
            jobs: components["schemas"]["AdminJob"][];
        };
        /** @description A background job. */
        AdminJob: {
            /** @description What the job does. */
            job: components["schemas"]["JobName"];
            /**
             * Format: date-time
             * @description When its last run that is over began, at the node that answers. `null` if it hasn't run there.
             */
            last_run_at: string | null;
            /** @description How long that run took, in milliseconds. */
            last_run_ms: number | null;
            /** @description Whether that run failed. It is tried again. */
            failing: boolean;
            /**
             * Format: date-time
             * @description When the last run began that failed, at the node that answers. `null` if none did.
             */
            last_failed_at: string | null;
            /** @description Why that one failed. */
            last_error: string | null;
            /**
             * Format: int32
             * @description How much there is for it to do now: mails, or organizations. `null` for a job that looks for itself.
             */
            due: number | null;
            /**
             * Format: date-time
             * @description Since when there is something to do. `null` if there is nothing.
             */
            due_since: string | null;
            /** @description Whether that is so long ago that no node seems to do it: 15 minutes; for a purge, a day and a half. */
            late: boolean;
        };
        /**
         * @description A background job.
         *
         *     - `send_mail`: Sends mails, about every second.
         *     - `tell_overdue`: Tells organizations which of their tasks have become overdue, every minute.
         *     - `delete_expired`: Deletes what has expired, such as old sessions, every ten minutes.
         *     - `purge`: Removes what has been in the trash for 30 days for good, every ten minutes.
         *     - `back_up`: Makes regular backups, and looks twice a minute whether one is due. Never runs without `--backup-dir`.
         *
         *     Later versions may add values: be ready for one that isn't listed here.
         * @enum {string}
         */
        JobName: "send_mail" | "tell_overdue" | "delete_expired" | "purge" | "back_up";
        /** @description The health of the server. */
        Health: {
            /** @description Always `ok`. A server that isn't healthy answers with an error instead. */
            status: string;
        };
        /** @description The explanation of an error code. */
        ProblemPage: {
            /** @description The error code, as in the `code` of a problem. */
            code: components["schemas"]["ProblemCode"];
            /**
             * Format: int32
             * @description The HTTP status of responses with this code.
             */
            status: number;
            /** @description A short summary of the error, the same for each occurrence. */
            title: string;
            /** @description The meaning of the error and what to do about it. */
            help: string;
        };
        /** @description An error response (a problem document, RFC 9457) with a stable `code`. */
        Problem: {
            /** @description The path of a page on this server that explains the error. */
            type: string;
            /** @description A summary of the error, the same for every error with this `code`. */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status of the response.
             */
            status: number;
            /** @description An explanation of this occurrence of the error. */
            detail: string;
            /** @description The error's code. It is stable, so programs can rely on it. */
            code: components["schemas"]["ProblemCode"];
            /** @description The request's id, under which the server's log has more about the error. */
            request_id: string;
            /** @description The invalid fields or query parameters. Absent if the error isn't about the input. */
            errors?: components["schemas"]["FieldError"][];
            /** @description A role that allows the action. Present only if the caller's role doesn't. */
            required_role?: string;
            /** @description The role that the caller holds. Present together with `required_role`. */
            role?: string;
            /** @description The ticket for `POST /v1/auth/login/mfa`, which completes the login. Valid for 5 minutes. */
            mfa_token?: string;
            /** @description The object as it is now, for a 412: what a GET would answer. */
            current?: {
                [key: string]: unknown;
            };
            /**
             * Format: int32
             * @description The index of the operation of a batch, or of the task of an `atomic` bulk call, that was refused, from 0. Nothing of the
             *     others was done.
             */
            operation?: number;
            /** @description The later changes that stand in the way of undoing one: entries of the activity, the newest first, at most ten. */
            conflicts?: {
                [key: string]: unknown;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    accounts_signup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignupRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignupPending"];
                };
            };
        };
    };
    sessions_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    sessions_login_mfa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MfaLogin"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    providers_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderPage"];
                };
            };
        };
    };
    providers_start_login: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The provider's id, such as work. */
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderStart"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAuthorization"];
                };
            };
        };
    };
    providers_finish_login: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The provider's id, such as work. */
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderLogin"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    passkeys_begin_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyChallenge"];
                };
            };
        };
    };
    passkeys_finish_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyLogin"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    sessions_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    sessions_logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sessions_confirm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionConfirmation"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    accounts_verify_email: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailTokenRequest"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    accounts_resend_verification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailRequest"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    accounts_forgot_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailRequested"];
                };
            };
        };
    };
    accounts_reset_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    accounts_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    accounts_delete: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    accounts_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
                "application/merge-patch+json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    accounts_change_email: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailRequested"];
                };
            };
        };
    };
    accounts_change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemainingTokens"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    security_log_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only entries of these kinds, separated by commas: `signed_in,sign_in_failed`. */
                kind?: components["schemas"]["SecurityEventKind"][];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecurityEventPage"];
                };
            };
        };
    };
    sessions_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionInfoPage"];
                };
            };
        };
    };
    sessions_end_others: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sessions_end: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    totp_begin: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpSetup"];
                };
            };
        };
    };
    totp_disable: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    totp_confirm: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TotpConfirmation"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
        };
    };
    recovery_codes_replace: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
        };
    };
    passkeys_begin_registration: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyChallenge"];
                };
            };
        };
    };
    passkeys_finish_registration: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasskey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Passkey"];
                };
            };
        };
    };
    passkeys_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyPage"];
                };
            };
        };
    };
    passkeys_remove: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    identities_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityPage"];
                };
            };
        };
    };
    identities_start_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The provider's id, such as work. */
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderStart"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAuthorization"];
                };
            };
        };
    };
    identities_finish_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The provider's id, such as work. */
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderLink"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
        };
    };
    identities_unlink: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    api_tokens_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiTokenPage"];
                };
            };
        };
    };
    api_tokens_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiToken"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiToken"];
                };
            };
        };
    };
    api_tokens_revoke: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    invitations_list_mine: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyInvitationPage"];
                };
            };
        };
    };
    invitations_accept_mine: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    invitations_decline_mine: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    tasks_list_mine: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /**
                 * @description Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`, `cancelled`. The first three, which are open, if
                 *     absent.
                 */
                status?: components["schemas"]["TaskStatus"][];
                /** @description Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`. */
                priority?: components["schemas"]["TaskPriority"][];
                /** @description Only tasks in other statuses than these. */
                not_status?: components["schemas"]["TaskStatus"][];
                /** @description Only tasks with other priorities than these. */
                not_priority?: components["schemas"]["TaskPriority"][];
                /** @description Only tasks with any of these labels, by id, or `none` (no label). */
                label?: string[];
                /** @description Only tasks with none of these labels. `none` leaves out tasks without a label. */
                not_label?: string[];
                /** @description Only tasks created by these users: `me` (the caller) or a user's id. */
                creator?: string[];
                /** @description Only tasks created by other users than these. */
                not_creator?: string[];
                /**
                 * @description Only tasks that are due `today` or `this_week` (from Monday to Sunday) in the caller's time zone, that are `overdue`, or
                 *     that have no deadline (`none`).
                 */
                due?: components["schemas"]["TaskDue"][];
                /** @description Only tasks to which none of these applies. */
                not_due?: components["schemas"]["TaskDue"][];
                /** @description Only tasks that have any of these: `comments`, a `description`, `subtasks`, or a deadline (`due`). */
                has?: components["schemas"]["TaskHas"][];
                /** @description Only tasks that have none of these. */
                not_has?: components["schemas"]["TaskHas"][];
                /** @description Only tasks due before this time. */
                due_before?: string;
                /** @description Only tasks due at this time or later. */
                due_after?: string;
                /** @description Only tasks changed after this time. */
                updated_after?: string;
                /** @description `true` lists only open tasks past their due time, `false` only the others. */
                overdue?: boolean;
                /**
                 * @description `true` lists only tasks that have to wait, because an open task that the caller sees blocks them; `false` only the
                 *     others.
                 */
                blocked?: boolean;
                /**
                 * @description Only these fields of the tasks, `id` and `organization`. The others are left out, although the schema requires them. All if
                 *     absent.
                 */
                fields?: components["schemas"]["TaskField"][];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyTaskPage"];
                };
            };
        };
    };
    server_jwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jwks"];
                };
            };
        };
    };
    orgs_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /**
                 * @description `true` lists only the deleted organizations that the caller, as an owner, can restore once they aren't disabled. Otherwise
                 *     no deleted ones are listed. Disabled ones are, with `disabled_at`.
                 */
                deleted?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationPage"];
                };
            };
        };
    };
    orgs_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrganization"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    orgs_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    orgs_delete: {
        parameters: {
            query?: {
                /** @description The organization's slug, as confirmation. A dry run doesn't need it. */
                confirm?: string;
                /** @description `true` returns the number of things that would be deleted, and changes nothing. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    orgs_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationPatch"];
                "application/merge-patch+json": components["schemas"]["OrganizationPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    orgs_restore: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    orgs_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Content-Disposition": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
        };
    };
    security_log_list_of_organization: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only entries of these kinds, separated by commas: `call_refused,organization_exported`. */
                kind?: components["schemas"]["SecurityEventKind"][];
                /** @description Only events that these users caused, given by id and separated by commas. */
                user?: string[];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationSecurityEventPage"];
                };
            };
        };
    };
    orgs_permissions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Permissions"];
                };
            };
        };
    };
    members_leave: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberDeparture"] | components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    members_transfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnershipTransfer"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    members_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only members with one of these roles, separated by commas: `owner,admin`. */
                role?: components["schemas"]["Role"][];
                /** @description Only members whose name and email address contain these words, also within other words, whatever their case and accents. */
                q?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberPage"];
                };
            };
        };
    };
    members_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    members_remove: {
        parameters: {
            query?: {
                /** @description The member who takes over the removed member's projects and open tasks. Without one, the tasks are unassigned. */
                reassign_to?: string;
                /** @description `true` returns the number of things that would be removed, and changes nothing. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberDeparture"] | components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    members_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberPatch"];
                "application/merge-patch+json": components["schemas"]["MemberPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedMember"];
                };
            };
        };
    };
    invitations_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only invitations in one of these states, separated by commas: `pending,expired`. */
                state?: components["schemas"]["InvitationState"][];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
        };
    };
    invitations_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitation"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
        };
    };
    invitations_create_bulk: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkInvitations"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkInvitationResults"];
                };
            };
        };
    };
    invitations_revoke: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    invitations_resend: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
        };
    };
    invitations_lookup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationTokenRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationOffer"];
                };
            };
        };
    };
    invitations_accept: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationTokenRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    invitations_decline: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationTokenRequest"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    projects_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description `true` lists only archived projects, `false` only the others. Both are listed if absent. */
                archived?: boolean;
                /** @description `true` lists only templates, `false` only the others. Both are listed if absent. */
                template?: boolean;
                /** @description Only projects whose name and key contain these words, also within other words, whatever their case and accents. */
                q?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectPage"];
                };
            };
        };
    };
    projects_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewProject"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    projects_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    projects_delete: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    projects_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectPatch"];
                "application/merge-patch+json": components["schemas"]["ProjectPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedProject"];
                };
            };
        };
    };
    projects_restore: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedProject"];
                };
            };
        };
    };
    projects_archive: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    projects_unarchive: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    projects_list_members: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonPage"];
                };
            };
        };
    };
    projects_add_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    projects_remove_member: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnassignedTasks"] | components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    columns_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ColumnPage"];
                };
            };
        };
    };
    columns_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewColumn"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Column"];
                };
            };
        };
    };
    columns_delete: {
        parameters: {
            query?: {
                /** @description The column of the same project that the tasks in this one go to. Needed if there are any. */
                move_to?: string;
                /** @description If `true`, changes nothing and returns the number of objects of each kind that the call would affect. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    columns_update: {
        parameters: {
            query?: {
                /** @description The column of the same project that the tasks in this one go to. */
                move_to?: string;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ColumnPatch"];
                "application/merge-patch+json": components["schemas"]["ColumnPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Column"];
                };
            };
        };
    };
    tasks_list_in_project: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only tasks of these projects, by id or key. */
                project?: string[];
                /** @description Only tasks of other projects than these. */
                not_project?: string[];
                /** @description Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`, `cancelled`. */
                status?: components["schemas"]["TaskStatus"][];
                /** @description Only tasks in other statuses than these. */
                not_status?: components["schemas"]["TaskStatus"][];
                /** @description Only tasks in these columns, by id. */
                column?: string[];
                /** @description Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`. */
                priority?: components["schemas"]["TaskPriority"][];
                /** @description Only tasks with other priorities than these. */
                not_priority?: components["schemas"]["TaskPriority"][];
                /** @description Only tasks assigned to these users: `me` (the caller), `none` (no assignee), or a user's id. */
                assignee?: string[];
                /** @description Only tasks assigned to none of these users. `none` leaves out tasks without an assignee. */
                not_assignee?: string[];
                /** @description Only tasks with any of these labels, by id, or `none` (no label). */
                label?: string[];
                /** @description Only tasks with none of these labels. `none` leaves out tasks without a label. */
                not_label?: string[];
                /** @description Only tasks created by these users: `me` (the caller) or a user's id. */
                creator?: string[];
                /** @description Only tasks created by other users than these. */
                not_creator?: string[];
                /** @description Only tasks that these users have changed, be it long ago: `me` (the caller) or a user's id. A comment is no change. */
                updated_by?: string[];
                /** @description Only tasks that none of these users has changed. */
                not_updated_by?: string[];
                /** @description Only subtasks of these tasks, by id or key, or `none` (tasks without a parent, or whose parent is deleted). */
                parent?: string[];
                /** @description Only tasks that are subtasks of none of these. `none` leaves out tasks without a parent. */
                not_parent?: string[];
                /**
                 * @description Only tasks that are due `today` or `this_week` (from Monday to Sunday) in the caller's time zone, whether they are
                 *     done or not; that are open and `overdue`, but for those of templates; or that have no deadline (`none`).
                 */
                due?: components["schemas"]["TaskDue"][];
                /** @description Only tasks to which none of these applies. */
                not_due?: components["schemas"]["TaskDue"][];
                /** @description Only tasks that have any of these: `comments`, a `description`, `subtasks`, or a deadline (`due`). */
                has?: components["schemas"]["TaskHas"][];
                /** @description Only tasks that have none of these. */
                not_has?: components["schemas"]["TaskHas"][];
                /** @description Only tasks due before this time. */
                due_before?: string;
                /** @description Only tasks due at this time or later. */
                due_after?: string;
                /** @description Only tasks changed after this time. */
                updated_after?: string;
                /** @description `true` lists only open tasks past their due time, `false` only the others. Tasks of templates are never overdue. */
                overdue?: boolean;
                /**
                 * @description `true` lists only tasks that are templates or below one, and those of projects that are templates; `false` only the
                 *     others. Both are listed if absent. The list of one project doesn't ask whether the project is one.
                 */
                template?: boolean;
                /**
                 * @description `true` lists only tasks that have to wait, because an open task that the caller sees blocks them; `false` only the
                 *     others.
                 */
                blocked?: boolean;
                /**
                 * @description Only tasks that have all of these words in their title or description. The beginning of a word finds it too,
                 *     from two characters on.
                 */
                q?: string;
                /**
                 * @description One or two of `created_at`, `updated_at`, `due_at`, `priority`, `status`, `position`, `number`, separated by a
                 *     comma; a `-` in front of one sorts in descending order. `-created_at` if absent. Tasks without a due time come
                 *     last in either order. In the list of one project, tasks with the same status or priority are in the order of the board
                 *     if no second key is given. A grouped list sorts by `position` if this is absent, and one that is grouped by `due`
                 *     by `due_at`.
                 */
                sort?: components["schemas"]["TaskSortKey"][];
                /**
                 * @description Answers `groups` instead of `items`: the tasks of each status, column, assignee, priority, label or deadline, with
                 *     their number and the first `limit` of them, 20 if absent. A group's `next_cursor`, sent with the same parameters,
                 *     answers this group alone with its next tasks. An answer has at most 50 groups, and room for 1,000 tasks; the list's
                 *     own `next_cursor` answers further groups.
                 */
                group_by?: components["schemas"]["TaskGrouping"];
                /**
                 * @description Only these fields of the tasks, and of the subtasks that are included, and the `id`. The others are left out, although the
                 *     schema requires them. All if absent.
                 */
                fields?: components["schemas"]["TaskField"][];
                /**
                 * @description What else comes with each task: `subtasks` and `comments`, the first ten of each in the order of their own lists.
                 *     `subtask_counts` and `comment_count` say how many there are. Not with `group_by`.
                 */
                include?: components["schemas"]["TaskInclude"][];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
        };
    };
    tasks_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTask"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    tasks_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only tasks of these projects, by id or key. */
                project?: string[];
                /** @description Only tasks of other projects than these. */
                not_project?: string[];
                /** @description Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`, `cancelled`. */
                status?: components["schemas"]["TaskStatus"][];
                /** @description Only tasks in other statuses than these. */
                not_status?: components["schemas"]["TaskStatus"][];
                /** @description Only tasks in these columns, by id. */
                column?: string[];
                /** @description Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`. */
                priority?: components["schemas"]["TaskPriority"][];
                /** @description Only tasks with other priorities than these. */
                not_priority?: components["schemas"]["TaskPriority"][];
                /** @description Only tasks assigned to these users: `me` (the caller), `none` (no assignee), or a user's id. */
                assignee?: string[];
                /** @description Only tasks assigned to none of these users. `none` leaves out tasks without an assignee. */
                not_assignee?: string[];
                /** @description Only tasks with any of these labels, by id, or `none` (no label). */
                label?: string[];
                /** @description Only tasks with none of these labels. `none` leaves out tasks without a label. */
                not_label?: string[];
                /** @description Only tasks created by these users: `me` (the caller) or a user's id. */
                creator?: string[];
                /** @description Only tasks created by other users than these. */
                not_creator?: string[];
                /** @description Only tasks that these users have changed, be it long ago: `me` (the caller) or a user's id. A comment is no change. */
                updated_by?: string[];
                /** @description Only tasks that none of these users has changed. */
                not_updated_by?: string[];
                /** @description Only subtasks of these tasks, by id or key, or `none` (tasks without a parent, or whose parent is deleted). */
                parent?: string[];
                /** @description Only tasks that are subtasks of none of these. `none` leaves out tasks without a parent. */
                not_parent?: string[];
                /**
                 * @description Only tasks that are due `today` or `this_week` (from Monday to Sunday) in the caller's time zone, whether they are
                 *     done or not; that are open and `overdue`, but for those of templates; or that have no deadline (`none`).
                 */
                due?: components["schemas"]["TaskDue"][];
                /** @description Only tasks to which none of these applies. */
                not_due?: components["schemas"]["TaskDue"][];
                /** @description Only tasks that have any of these: `comments`, a `description`, `subtasks`, or a deadline (`due`). */
                has?: components["schemas"]["TaskHas"][];
                /** @description Only tasks that have none of these. */
                not_has?: components["schemas"]["TaskHas"][];
                /** @description Only tasks due before this time. */
                due_before?: string;
                /** @description Only tasks due at this time or later. */
                due_after?: string;
                /** @description Only tasks changed after this time. */
                updated_after?: string;
                /** @description `true` lists only open tasks past their due time, `false` only the others. Tasks of templates are never overdue. */
                overdue?: boolean;
                /**
                 * @description `true` lists only tasks that are templates or below one, and those of projects that are templates; `false` only the
                 *     others. Both are listed if absent. The list of one project doesn't ask whether the project is one.
                 */
                template?: boolean;
                /**
                 * @description `true` lists only tasks that have to wait, because an open task that the caller sees blocks them; `false` only the
                 *     others.
                 */
                blocked?: boolean;
                /**
                 * @description Only tasks that have all of these words in their title or description. The beginning of a word finds it too,
                 *     from two characters on.
                 */
                q?: string;
                /**
                 * @description One or two of `created_at`, `updated_at`, `due_at`, `priority`, `status`, `position`, `number`, separated by a
                 *     comma; a `-` in front of one sorts in descending order. `-created_at` if absent. Tasks without a due time come
                 *     last in either order. In the list of one project, tasks with the same status or priority are in the order of the board
                 *     if no second key is given. A grouped list sorts by `position` if this is absent, and one that is grouped by `due`
                 *     by `due_at`.
                 */
                sort?: components["schemas"]["TaskSortKey"][];
                /**
                 * @description Answers `groups` instead of `items`: the tasks of each status, column, assignee, priority, label or deadline, with
                 *     their number and the first `limit` of them, 20 if absent. A group's `next_cursor`, sent with the same parameters,
                 *     answers this group alone with its next tasks. An answer has at most 50 groups, and room for 1,000 tasks; the list's
                 *     own `next_cursor` answers further groups.
                 */
                group_by?: components["schemas"]["TaskGrouping"];
                /**
                 * @description Only these fields of the tasks, and of the subtasks that are included, and the `id`. The others are left out, although the
                 *     schema requires them. All if absent.
                 */
                fields?: components["schemas"]["TaskField"][];
                /**
                 * @description What else comes with each task: `subtasks` and `comments`, the first ten of each in the order of their own lists.
                 *     `subtask_counts` and `comment_count` say how many there are. Not with `group_by`.
                 */
                include?: components["schemas"]["TaskInclude"][];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
        };
    };
    tasks_get: {
        parameters: {
            query?: {
                /**
                 * @description Only these fields of the task, and of the subtasks that are included, and the `id`. The others are left out, although the
                 *     schema requires them. All if absent.
                 */
                fields?: components["schemas"]["TaskField"][];
                /**
                 * @description What else comes with the task: `subtasks` and `comments`, the first ten of each in the order of their own lists.
                 *     `subtask_counts` and `comment_count` say how many there are.
                 */
                include?: components["schemas"]["TaskInclude"][];
            };
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
        };
    };
    tasks_delete: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    tasks_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskPatch"];
                "application/merge-patch+json": components["schemas"]["TaskPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    tasks_update_bulk: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkTaskUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkTaskResults"];
                };
            };
        };
    };
    tasks_move: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskMove"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MovedTask"];
                };
            };
        };
    };
    tasks_duplicate: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TaskDuplicate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DuplicatedTask"];
                };
            };
        };
    };
    tasks_restore: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    tasks_assign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    tasks_unassign: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    tasks_list_assignable: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only people whose name and email address contain these words, also within other words, whatever their case and accents. */
                q?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonPage"];
                };
            };
        };
    };
    tasks_put_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The label's id. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
        };
    };
    tasks_take_label: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The label's id. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    tasks_list_links: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskLinkPage"];
                };
            };
        };
    };
    tasks_create_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskLink"];
                };
            };
        };
    };
    tasks_get_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskLink"];
                };
            };
        };
    };
    tasks_delete_link: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    labels_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only labels whose name contains these words, also within other words, whatever their case and accents. */
                q?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelPage"];
                };
            };
        };
    };
    labels_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLabel"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Label"];
                };
            };
        };
    };
    labels_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The label's id. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Label"];
                };
            };
        };
    };
    labels_delete: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The label's id. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    labels_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The label's id. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelPatch"];
                "application/merge-patch+json": components["schemas"]["LabelPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Label"];
                };
            };
        };
    };
    comments_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommentPage"];
                };
            };
        };
    };
    comments_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewComment"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag: string;
                    Location: string;
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
        };
    };
    comments_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
        };
    };
    comments_delete: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    comments_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CommentPatch"];
                "application/merge-patch+json": components["schemas"]["CommentPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
        };
    };
    comments_react: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
                /** @description An emoji, percent-encoded. */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
        };
    };
    comments_take_back_reaction: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
                /** @description An emoji, percent-encoded. */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    comments_resolve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
        };
    };
    comments_reopen: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    timeline_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description `asc` lists the oldest entry first, `desc` the newest. `asc` if absent. */
                order?: components["schemas"]["ListOrder"];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimelineItemPage"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /**
                 * @description The words to search for, or a task's key. A match contains all of them, as whole words or as beginnings of
                 *     words, ignoring case and accents. If even the rarest is in more than 10,000 tasks, comments and projects, the newest of
                 *     those are searched.
                 */
                q: string;
                /** @description The kinds of objects to search for: `task`, `project`, `comment`. All if absent. */
                kind?: components["schemas"]["SearchKind"][];
                /** @description Searches only these projects, their tasks and the comments on them. Each is given by id or key. */
                project?: string[];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchHitPage"];
                };
            };
        };
    };
    trash_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Lists only items of these kinds: `project`, `task`. */
                kind?: components["schemas"]["TrashKind"][];
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrashItemPage"];
                };
            };
        };
    };
    stats_get: {
        parameters: {
            query?: {
                /** @description Counts only tasks of these projects, given by id or key. */
                project?: string[];
                /** @description The number of days in `per_day`, today included. 30 if absent. */
                days?: number;
                /** @description The IANA time zone in which days begin and end, such as `Europe/Zurich`. Defaults to the caller's own. */
                time_zone?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
        };
    };
    activity_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only entries of these projects, given by id or key. */
                project?: string[];
                /** @description Only entries of these tasks, given by id or key. */
                task?: string[];
                /** @description Only changes by these users, given by id. */
                actor?: string[];
                /** @description Only these kinds of change, such as `task.created,task.assigned`. */
                action?: components["schemas"]["ActivityAction"][];
                /** @description Only changes at or after this time. */
                since?: string;
                /** @description Only changes before this time. */
                until?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityPage"];
                };
            };
        };
    };
    activity_undo: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The number of an entry of the activity. */
                seq: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Undone"];
                };
            };
        };
    };
    changes_list: {
        parameters: {
            query?: {
                /** @description The `next` of the previous response; or the place of an entry of the activity: its seq, such as the id of an event, or better its seq and its id with a hyphen in between. Without it, everything is returned. */
                since?: string;
                /** @description The approximate number of items to return. Defaults to 50. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
        };
    };
    changes_list_mine: {
        parameters: {
            query?: {
                /** @description The `next` of the previous response. Without it, everything is returned. */
                since?: string;
                /** @description The approximate number of items to return. Defaults to 50. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyChanges"];
                };
            };
        };
    };
    events_follow_mine: {
        parameters: {
            query?: {
                /**
                 * @description The last id that was received, or the `next` of a response to `GET /v1/me/changes`: the stream goes on there. The header
                 *     `Last-Event-ID`, which an `EventSource` sends when it reconnects, takes precedence. Without either, the stream begins with
                 *     the next event.
                 */
                last_event_id?: string;
                /**
                 * @description `object`: each event carries the object that it is about, as the caller sees it now. What changes besides comes in
                 *     events named `changes`, and so does all of an organization that the caller joins, so that a client keeps a copy by the
                 *     stream alone.
                 */
                include?: components["schemas"]["EventInclude"];
                /** @description The ticket of `POST /v1/me/events/ticket`, in place of the header `Authorization`. */
                ticket?: string;
            };
            header?: {
                /** @description The id of the last event that was received. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["MyStreamEvent"];
                };
            };
        };
    };
    events_create_ticket_mine: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventTicket"];
                };
            };
        };
    };
    events_follow: {
        parameters: {
            query?: {
                /**
                 * @description The last event that was received; the stream begins after it: its id, or better the `seq` and the `id` of its data
                 *     with a hyphen in between. With both, the server notices when it has gone back to a backup in which another event has
                 *     that seq; with the id alone, only when it has none. It then sends an event named `reset`. The header `Last-Event-ID`,
                 *     which an `EventSource` sends when it reconnects, takes precedence. Without either, the stream begins with the next
                 *     event. The `next` of a response to `GET …/changes` is a place too: the stream goes on where the copy stands.
                 */
                last_event_id?: string;
                /**
                 * @description `object`: each event carries the object that it is about, as the caller sees it now. What changes besides comes in
                 *     events named `changes`, so that a client keeps a copy by the stream alone.
                 */
                include?: components["schemas"]["EventInclude"];
                /** @description The ticket of `POST …/events/ticket`, in place of the header `Authorization`. */
                ticket?: string;
            };
            header?: {
                /** @description The id of the last event that was received. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamEvent"];
                };
            };
        };
    };
    events_create_ticket: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventTicket"];
                };
            };
        };
    };
    activity_list_of_project: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only entries of these projects, given by id or key. */
                project?: string[];
                /** @description Only entries of these tasks, given by id or key. */
                task?: string[];
                /** @description Only changes by these users, given by id. */
                actor?: string[];
                /** @description Only these kinds of change, such as `task.created,task.assigned`. */
                action?: components["schemas"]["ActivityAction"][];
                /** @description Only changes at or after this time. */
                since?: string;
                /** @description Only changes before this time. */
                until?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The project's id or key, such as WEB. */
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityPage"];
                };
            };
        };
    };
    activity_list_of_task: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only entries of these projects, given by id or key. */
                project?: string[];
                /** @description Only entries of these tasks, given by id or key. */
                task?: string[];
                /** @description Only changes by these users, given by id. */
                actor?: string[];
                /** @description Only these kinds of change, such as `task.created,task.assigned`. */
                action?: components["schemas"]["ActivityAction"][];
                /** @description Only changes at or after this time. */
                since?: string;
                /** @description Only changes before this time. */
                until?: string;
            };
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
                /** @description The task's id or key, such as WEB-142. */
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityPage"];
                };
            };
        };
    };
    batch_run: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: {
                /** @description An ETag: refuses the change with 412 if the object has another version by now. */
                "If-Match"?: string;
                /** @description 1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours does nothing more, and gets the first one's answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Batch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description Sent with an answer to an earlier request. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if nothing changed. */
                    "Activity-Seq"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
        };
    };
    admin_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminStatus"];
                };
            };
        };
    };
    admin_users_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only accounts whose name or e-mail address begins so, whatever its case and accents. */
                q?: string;
                /** @description `true` lists only disabled accounts, `false` only enabled ones. */
                disabled?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUserPage"];
                };
            };
        };
    };
    admin_users_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
        };
    };
    admin_users_disable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
        };
    };
    admin_users_enable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
        };
    };
    admin_users_sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignOutRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
        };
    };
    admin_users_reset_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's id. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordResetOffer"];
                };
            };
        };
    };
    admin_orgs_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /**
                 * @description Only organizations with a present or former slug that begins so. A slug is made of the organization's name when it is
                 *     founded, so that the beginning of that name finds it too.
                 */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminOrganizationPage"];
                };
            };
        };
    };
    admin_orgs_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminOrganization"];
                };
            };
        };
    };
    admin_orgs_disable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminOrganization"];
                };
            };
        };
    };
    admin_orgs_enable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization's id or slug. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminOrganization"];
                };
            };
        };
    };
    admin_load: {
        parameters: {
            query?: {
                /** @description How many whole minutes are counted, besides the one that has begun, 1 to 60. The default is 10. */
                minutes?: number;
                /** @description What the organizations are sorted by, the highest first: `database_ms` by default, `waiting_ms` or `transactions`. */
                sort?: components["schemas"]["LoadOrder"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminLoad"];
                };
            };
        };
    };
    admin_mails_list: {
        parameters: {
            query?: {
                /** @description The largest number of items in the page. Defaults to 50. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only mails in one of these states, separated by commas. */
                state?: components["schemas"]["MailState"][];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminMailPage"];
                };
            };
        };
    };
    admin_mails_retry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminMail"];
                };
            };
        };
    };
    admin_mails_delete: {
        parameters: {
            query?: {
                /** @description If `true`, changes nothing, and the answer tells what the call would have done. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunResult"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    admin_jobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminJobs"];
                };
            };
        };
    };
    server_livez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    server_readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    server_openapi: {
        parameters: {
            query?: never;
            header?: {
                /** @description An ETag: answers 304 if the object is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    server_problem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An error's code. */
                code: components["schemas"]["ProblemCode"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemPage"];
                };
            };
        };
    };
}
