-- People and their sessions. Times are milliseconds since 1970 in UTC; ids are UUIDv7.

create table users (
    id uuid not null primary key,
    name text not null,
    email text not null,
    email_verified_at bigint,
    time_zone text not null,
    password_hash text,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    disabled_at bigint
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
    created_at bigint not null,
    refreshed_at bigint not null,
    confirmed_at bigint not null,
    ended_at bigint,
    device text,
    address text
);
create index sessions_user on sessions (user_id, id);
