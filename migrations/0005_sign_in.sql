-- Second factors, passkeys, accounts at other providers.

-- A user's generator of one-time codes (RFC 6238).
create table totps (
    user_id uuid not null primary key references users (id),
    -- Encrypted under the master secret.
    secret text not null,
    created_at bigint not null,
    -- When its first code came: until then it is asked for nothing.
    confirmed_at bigint,
    -- The last time step whose code was used: neither that nor an earlier one is good again.
    used_step bigint not null
);

-- For who has lost the generator: each is good once.
create table recovery_codes (
    user_id uuid not null references users (id),
    code_hash text not null,
    used_at bigint,
    primary key (user_id, code_hash)
);

create table passkeys (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    -- The authenticator's name of it, in base64url.
    credential_id text not null,
    name text not null,
    -- The public key and what else it is verified by, as webauthn-rs writes it.
    passkey text not null,
    created_at bigint not null,
    used_at bigint
);
create unique index passkeys_credential on passkeys (credential_id);
create index passkeys_user on passkeys (user_id, id);

-- Who somebody is at an OpenID provider.
create table identities (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    -- The organization whose provider it is; none for the server's own. What an organization's provider says is said
    -- for that organization only, whatever issuer it calls itself.
    org_id uuid,
    issuer text not null,
    subject text not null,
    -- The address that the provider told last.
    email text,
    created_at bigint not null,
    used_at bigint
);
create unique index identities_subject on identities (issuer, subject) where org_id is null;
create unique index identities_org_subject on identities (org_id, issuer, subject) where org_id is not null;
create index identities_user on identities (user_id, id);

-- Tickets that are good once and were used: kept until they would have expired.
create table used_tickets (
    ticket_hash text not null primary key,
    expires_at bigint not null
);
create index used_tickets_expiry on used_tickets (expires_at);
