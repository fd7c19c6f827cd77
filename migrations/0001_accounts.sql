-- People and their sessions. Times are milliseconds since 1970 in UTC; ids are UUIDv7.

create table users (
    id uuid not null primary key,
    name text not null,
    email text not null,
    email_verified_at bigint,
    time_zone text not null,
    password_hash text,
    -- Counts what ended every session: a session of an earlier one is over.
    session_epoch bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    disabled_at bigint,
    -- Anonymized, never deleted: what they did keeps pointing at them.
    deleted_at bigint
);

-- Who an address belongs to, in its canonical form. A table of its own, because it is unique over all tenants.
create table user_emails (
    email text not null primary key,
    user_id uuid not null references users (id)
);
create index user_emails_user on user_emails (user_id);

create table sessions (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    -- Counts the refresh tokens given out; only the newest is good.
    generation bigint not null,
    session_epoch bigint not null,
    created_at bigint not null,
    refreshed_at bigint not null,
    confirmed_at bigint not null,
    ended_at bigint,
    device text,
    address text,
    -- The part of the address that stays when the provider or the device changes the rest.
    network text
);
create index sessions_user on sessions (user_id, id);
-- For throwing away what is over.
create index sessions_refreshed on sessions (refreshed_at);

-- Secrets that were mailed: each is good once, and only the newest of its kind.
create table mail_tokens (
    token_hash text not null primary key,
    user_id uuid not null references users (id),
    kind text not null,
    -- What it proves: the address that it was sent to, in its canonical form, and as it was typed.
    email text not null,
    address text not null,
    -- The session that asked for it, which goes on afterwards.
    session_id uuid,
    -- What a sign-up said: who follows its link takes that up, and nothing that another said with the same address.
    name text,
    password_hash text,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
create index mail_tokens_user on mail_tokens (user_id, kind, created_at);
create index mail_tokens_expiry on mail_tokens (expires_at);

create table api_tokens (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    name text not null,
    token_hash text not null,
    can_read boolean not null,
    can_write boolean not null,
    -- The only organization that it reaches.
    org_id uuid,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint,
    revoked_at bigint
);
create unique index api_tokens_hash on api_tokens (token_hash);
create index api_tokens_user on api_tokens (user_id, id);
create index api_tokens_expiry on api_tokens (expires_at);
create index api_tokens_org on api_tokens (org_id) where org_id is not null;

-- Failures at guessing secrets, and mails asked for: of an account, of an address.
create table throttles (
    key text not null primary key,
    failures bigint not null,
    since bigint not null
);
create index throttles_since on throttles (since);
