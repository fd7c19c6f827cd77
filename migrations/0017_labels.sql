-- Labels: what an organization marks tasks with, across its projects.

create table labels (
    org_id uuid not null references organizations (id),
    id uuid not null,
    name text not null,
    -- The name without regard to case and accents: no two labels have the same.
    caseless text not null,
    -- The name in its folded words: what a list's filter `q` looks at.
    folded text not null,
    color text not null,
    description text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint,
    -- Emptied for good. The row stays, because entries of the ledger name it.
    purged_at bigint,
    primary key (org_id, id)
);
-- only postgres
-- Pages follow the order of the bytes, whatever the database's locale.
alter table labels alter column caseless type text collate "C";
-- end only
create unique index labels_by_name on labels (org_id, caseless) where deleted_at is null;
create index labels_deleted on labels (org_id, deleted_at, id) where deleted_at is not null and purged_at is null;

-- The labels of tasks. Those of a deleted label stay until its purge: the changes feed follows them to the tasks that had it.
create table task_labels (
    org_id uuid not null,
    task_id uuid not null,
    label_id uuid not null,
    primary key (org_id, task_id, label_id),
    constraint task_labels_task foreign key (org_id, task_id) references tasks (org_id, id),
    constraint task_labels_label foreign key (org_id, label_id) references labels (org_id, id)
);
create index task_labels_of_label on task_labels (org_id, label_id, task_id);

-- only postgres
create policy tenant on labels using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on task_labels using (org_id = current_setting('app.org_id')::uuid);
alter table labels enable row level security, force row level security;
alter table task_labels enable row level security, force row level security;
-- end only
