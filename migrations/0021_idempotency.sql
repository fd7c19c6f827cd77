-- Answers to requests with an Idempotency-Key, which are kept for 24 hours so that repeats get them again.

-- Requests that write to an organization.
create table org_idempotency_keys (
    org_id uuid not null references organizations (id),
    -- The hash of the user, the method, the path and the key.
    key_hash text not null,
    -- The hash of the query and the body, in which repeats don't differ.
    content_hash text not null,
    claimed_at bigint not null,
    -- Encrypted.
    answer text not null,
    primary key (org_id, key_hash)
);
create index org_idempotency_keys_claimed on org_idempotency_keys (org_id, claimed_at);

-- Requests that write to an account.
create table user_idempotency_keys (
    user_id uuid not null references users (id),
    key_hash text not null,
    content_hash text not null,
    claimed_at bigint not null,
    answer text not null,
    primary key (user_id, key_hash)
);
create index user_idempotency_keys_claimed on user_idempotency_keys (claimed_at);

-- For telling whether an id was ever an object's.
create index ledger_subject on ledger (org_id, subject_id);

-- only postgres
create policy tenant on org_idempotency_keys using (org_id = current_setting('app.org_id')::uuid);
alter table org_idempotency_keys enable row level security, force row level security;
-- end only
