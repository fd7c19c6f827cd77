-- Organizations, who is in them, invitations, and the ledger.
-- Every tenant table has org_id first in its primary key, in every unique key and in every foreign key.

create table organizations (
    id uuid not null primary key,
    slug text not null,
    name text not null,
    members_can_create_projects boolean not null,
    members_edit text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint,
    -- From when on its rows are being deleted for good.
    purged_at bigint
);

-- The days, since 1970 in UTC, on which an organization has something that was deleted long enough ago.
create table purges (
    day bigint not null,
    org_id uuid not null,
    primary key (day, org_id)
);
create index purges_org on purges (org_id);

-- Every slug ever given, so that none is given to another. Unique over all tenants, hence a table of its own.
create table org_slugs (
    slug text not null primary key,
    org_id uuid not null
);
create index org_slugs_org on org_slugs (org_id);

-- Ended, never deleted: what someone did keeps pointing at them.
create table memberships (
    org_id uuid not null references organizations (id),
    user_id uuid not null references users (id),
    role text not null,
    version bigint not null,
    joined_at bigint not null,
    ended_at bigint,
    primary key (org_id, user_id)
);

-- "My organizations", kept in the same transaction as memberships.
create table user_orgs (
    user_id uuid not null references users (id),
    org_id uuid not null,
    primary key (user_id, org_id)
);
create index user_orgs_org on user_orgs (org_id);

create table invitations (
    org_id uuid not null references organizations (id),
    id uuid not null,
    -- As it was typed, for the mail; and in its canonical form, for comparing.
    address text not null,
    email text not null,
    role text not null,
    state text not null,
    token_hash text not null,
    invited_by uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    -- The mail that waits in the outbox to remind the invited.
    reminder_id uuid,
    primary key (org_id, id),
    constraint invitations_token unique (org_id, token_hash),
    constraint invitations_inviter foreign key (org_id, invited_by) references memberships (org_id, user_id)
);
create index invitations_state on invitations (org_id, state, id);
create index invitations_email on invitations (org_id, email);
create index invitations_by_inviter on invitations (org_id, invited_by, state);

-- The pending invitation of an address in an organization: at most one, and found by the address alone.
create table invitation_emails (
    email text not null,
    org_id uuid not null,
    invitation_id uuid not null,
    primary key (email, org_id)
);
create index invitation_emails_org on invitation_emails (org_id);

-- The last seq given out. A write locks this row first, so that seq order is commit order.
create table org_ledgers (
    org_id uuid not null primary key references organizations (id),
    seq bigint not null,
    -- Tasks that aren't deleted, nor their project.
    tasks bigint not null
);

create table ledger (
    org_id uuid not null references organizations (id),
    seq bigint not null,
    id uuid not null,
    at bigint not null,
    actor_kind text not null,
    actor_id uuid,
    -- The API token that they did it with.
    token_id uuid,
    action text not null,
    subject_kind text not null,
    subject_id uuid not null,
    project_id uuid,
    task_id uuid,
    changes text not null,
    primary key (org_id, seq)
);
create index ledger_project on ledger (org_id, project_id, seq);
create index ledger_task on ledger (org_id, task_id, seq);
create index ledger_actor on ledger (org_id, actor_id, seq);
create index ledger_action on ledger (org_id, action, seq);

-- only sqlite
create trigger ledger_keeps_entries before update on ledger begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_keeps_all before delete on ledger
when not exists (select 1 from organizations o where o.id = old.org_id and o.purged_at is not null)
begin select raise(abort, 'the ledger is append-only'); end;
-- end only

-- only postgres
create policy tenant on organizations using (id = current_setting('app.org_id')::uuid);
create policy tenant on memberships using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on invitations using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on org_ledgers using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on ledger for select using (org_id = current_setting('app.org_id')::uuid);
create policy appended on ledger for insert with check (org_id = current_setting('app.org_id')::uuid);
-- It goes only with its organization.
create policy purged on ledger for delete using (org_id = nullif(current_setting('app.purged_org', true), '')::uuid);
create policy tenant on user_orgs using (
    user_id = (select nullif(current_setting('app.user_id', true), '')::uuid)
    or org_id = (select nullif(current_setting('app.org_id', true), '')::uuid)
);
alter table organizations enable row level security, force row level security;
alter table memberships enable row level security, force row level security;
alter table invitations enable row level security, force row level security;
alter table org_ledgers enable row level security, force row level security;
alter table ledger enable row level security, force row level security;
alter table user_orgs enable row level security, force row level security;
-- end only
