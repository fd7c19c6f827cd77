-- Projects and tasks.

create table projects (
    org_id uuid not null references organizations (id),
    id uuid not null,
    key text not null,
    name text not null,
    description text not null,
    visibility text not null,
    -- The last task number given out.
    numbers bigint not null,
    created_by uuid not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    archived_at bigint,
    deleted_at bigint,
    -- Emptied for good. The row stays: its key and its numbers are given to no other.
    purged_at bigint,
    primary key (org_id, id),
    constraint projects_creator foreign key (org_id, created_by) references memberships (org_id, user_id)
);

create index projects_deleted on projects (org_id, deleted_at, id) where deleted_at is not null and purged_at is null;

-- Every key ever given, so that none is given to another project of the organization.
create table project_keys (
    org_id uuid not null,
    key text not null,
    project_id uuid not null,
    primary key (org_id, key),
    constraint project_keys_project foreign key (org_id, project_id) references projects (org_id, id)
);

create table project_members (
    org_id uuid not null,
    project_id uuid not null,
    user_id uuid not null,
    added_at bigint not null,
    primary key (org_id, project_id, user_id),
    constraint project_members_project foreign key (org_id, project_id) references projects (org_id, id),
    constraint project_members_user foreign key (org_id, user_id) references memberships (org_id, user_id)
);
create index project_members_of_user on project_members (org_id, user_id, project_id);

create table tasks (
    org_id uuid not null,
    id uuid not null,
    project_id uuid not null,
    number bigint not null,
    title text not null,
    description text not null,
    status smallint not null,
    priority smallint not null,
    due_at bigint,
    parent_id uuid,
    position text not null,
    created_by uuid not null,
    completed_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint,
    -- Emptied for good. The row stays, because others may be below it and its number is given to no other.
    purged_at bigint,
    primary key (org_id, id),
    constraint tasks_project foreign key (org_id, project_id) references projects (org_id, id),
    constraint tasks_parent foreign key (org_id, parent_id) references tasks (org_id, id),
    constraint tasks_creator foreign key (org_id, created_by) references memberships (org_id, user_id)
);
-- only postgres
-- Positions sort as bytes, whatever the database's locale.
alter table tasks alter column position type text collate "C";
-- end only
create index tasks_in_project on tasks (org_id, project_id, created_at, id) where deleted_at is null;
create index tasks_on_board on tasks (org_id, project_id, status, position) where deleted_at is null;
create index tasks_created on tasks (org_id, created_at, id) where deleted_at is null;
create index tasks_due on tasks (org_id, (coalesce(due_at, 9223372036854775807)), id) where deleted_at is null;
create index tasks_priority on tasks (org_id, priority, id) where deleted_at is null;
create index tasks_updated on tasks (org_id, updated_at, id) where deleted_at is null;
create index tasks_parent on tasks (org_id, parent_id);
create index tasks_deleted on tasks (org_id, deleted_at, id) where deleted_at is not null and purged_at is null;
create index tasks_completed on tasks (org_id, completed_at) where completed_at is not null and deleted_at is null;
create index tasks_creator on tasks (org_id, created_by, id) where deleted_at is null;

-- Every number ever given: a task keeps answering to the ones that it had.
create table task_numbers (
    org_id uuid not null,
    project_id uuid not null,
    number bigint not null,
    task_id uuid not null,
    primary key (org_id, project_id, number),
    constraint task_numbers_project foreign key (org_id, project_id) references projects (org_id, id),
    constraint task_numbers_task foreign key (org_id, task_id) references tasks (org_id, id)
);

create table task_assignees (
    org_id uuid not null,
    task_id uuid not null,
    user_id uuid not null,
    assigned_at bigint not null,
    primary key (org_id, task_id, user_id),
    constraint task_assignees_task foreign key (org_id, task_id) references tasks (org_id, id),
    constraint task_assignees_user foreign key (org_id, user_id) references memberships (org_id, user_id)
);
create index task_assignees_of_user on task_assignees (org_id, user_id, task_id);

-- The one place that decides who sees which project; that of a deleted one is who would see it.
-- only sqlite
create view project_audience as
-- end only
-- only postgres
create view project_audience with (security_invoker = true) as
-- end only
select p.org_id, p.id as project_id, m.user_id, p.key, p.archived_at, p.deleted_at
from projects p
join memberships m on m.org_id = p.org_id
where m.ended_at is null and (
    m.role <> 'member'
    or p.visibility = 'organization'
    or exists (
        select 1 from project_members pm
        where pm.org_id = p.org_id and pm.project_id = p.id and pm.user_id = m.user_id
    )
);

-- Who sees which project.
-- only sqlite
create view project_sight as
-- end only
-- only postgres
create view project_sight with (security_invoker = true) as
-- end only
select a.org_id, a.project_id, a.user_id, a.key, a.archived_at
from project_audience a
where a.deleted_at is null;

-- only postgres
create policy tenant on projects using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on project_keys using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on project_members using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on tasks using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on task_numbers using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on task_assignees using (org_id = current_setting('app.org_id')::uuid);
alter table projects enable row level security, force row level security;
alter table project_keys enable row level security, force row level security;
alter table project_members enable row level security, force row level security;
alter table tasks enable row level security, force row level security;
alter table task_numbers enable row level security, force row level security;
alter table task_assignees enable row level security, force row level security;
-- end only
