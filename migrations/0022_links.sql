-- Links between tasks.

-- A link has two rows, one for each of its tasks, with the kind as it is seen from there.
create table task_links (
    org_id uuid not null,
    id uuid not null,
    task_id uuid not null,
    kind text not null,
    other_id uuid not null,
    created_by uuid not null,
    created_at bigint not null,
    primary key (org_id, id, task_id),
    constraint task_links_task foreign key (org_id, task_id) references tasks (org_id, id),
    constraint task_links_other foreign key (org_id, other_id) references tasks (org_id, id),
    constraint task_links_creator foreign key (org_id, created_by) references memberships (org_id, user_id)
);
create unique index task_links_of_task on task_links (org_id, task_id, kind, other_id);
create index task_links_of_kind on task_links (org_id, kind, task_id);

-- The other task of an entry about a link, which only who sees both may read.
alter table ledger add column linked_task_id uuid;

-- only postgres
create policy tenant on task_links using (org_id = current_setting('app.org_id')::uuid);
alter table task_links enable row level security, force row level security;
-- end only
