-- The security log, of accounts and of organizations. Entries are added, and deleted after 180 days; none is changed.

create table security_events (
    user_id uuid not null references users (id),
    id uuid not null,
    at bigint not null,
    kind text not null,
    -- The client of the request: its User-Agent and its network address. Null if it was no request of the user's.
    device text,
    address text,
    -- The API token that the request was made with.
    token_id uuid,
    details text not null,
    primary key (user_id, id)
);
-- For deleting what is old.
create index security_events_at on security_events (at);

create table org_security_events (
    org_id uuid not null references organizations (id),
    id uuid not null,
    at bigint not null,
    kind text not null,
    -- Who did it.
    user_id uuid not null,
    device text,
    address text,
    token_id uuid,
    details text not null,
    primary key (org_id, id),
    constraint org_security_events_user foreign key (org_id, user_id) references memberships (org_id, user_id)
);
create index org_security_events_at on org_security_events (org_id, at);
create index org_security_events_by_user on org_security_events (org_id, user_id, id);

-- only sqlite
create trigger security_events_stay before update on security_events
begin select raise(abort, 'the security log is append-only'); end;
create trigger org_security_events_stay before update on org_security_events
begin select raise(abort, 'the security log is append-only'); end;
-- end only

-- only postgres
create policy tenant on org_security_events for select using (org_id = current_setting('app.org_id')::uuid);
create policy appended on org_security_events for insert with check (org_id = current_setting('app.org_id')::uuid);
create policy expired on org_security_events for delete using (org_id = current_setting('app.org_id')::uuid);
alter table org_security_events enable row level security, force row level security;
-- end only
