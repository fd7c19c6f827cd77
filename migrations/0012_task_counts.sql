-- Numbers of tasks, kept by what changes the tasks, so that statistics needn't count them.

create table task_counts (
    org_id uuid not null references organizations (id),
    -- What is counted: 0 the tasks of a status and priority, 1 those of a status and assignee, 2 those created and 3 those
    -- done in a quarter of an hour. Deleted tasks and those of purged projects aren't counted.
    kind smallint not null,
    -- Whose tasks: 0 a project's, 1 those of all projects that the whole organization sees, 2 those of all private ones. 1
    -- and 2 are sums of what their projects have, without deleted ones, and not of kind 0.
    scope smallint not null,
    -- What doesn't belong to the kind or the scope is 0, and so is the user of unassigned tasks.
    project_id uuid not null,
    -- Numbered since 1970.
    quarter bigint not null,
    user_id uuid not null,
    status smallint not null,
    priority smallint not null,
    tasks bigint not null,
    -- Those of them that are open and were due before org_ledgers.overdue_until.
    overdue bigint not null,
    primary key (org_id, kind, scope, project_id, quarter, user_id, status, priority)
-- only sqlite
) without rowid;
-- end only
-- only postgres
);
-- end only

-- The time up to which overdue tasks are counted: that of the organization's last write.
-- only sqlite
alter table org_ledgers add column overdue_until bigint not null default 0;
-- end only
-- only postgres
-- The owner of the tables may be bound by row-level security too.
alter table org_ledgers no force row level security;
alter table ledger no force row level security;
alter table projects no force row level security;
alter table tasks no force row level security;
alter table task_assignees no force row level security;
alter table org_ledgers add column overdue_until bigint;
-- end only
update org_ledgers set overdue_until = coalesce(
    (select l.at from ledger l where l.org_id = org_ledgers.org_id and l.seq = org_ledgers.seq), 0);

insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue)
select t.org_id, 0, 0, t.project_id, 0,
-- only sqlite
    zeroblob(16),
-- end only
-- only postgres
    '00000000-0000-0000-0000-000000000000'::uuid,
-- end only
    t.status, t.priority, count(*),
    sum(case when t.status <> 3 and t.due_at < l.overdue_until then 1 else 0 end)
from tasks t
join projects p on p.org_id = t.org_id and p.id = t.project_id
join org_ledgers l on l.org_id = t.org_id
where t.deleted_at is null and p.purged_at is null
group by t.org_id, t.project_id, t.status, t.priority;

insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue)
select t.org_id, 1, 0, t.project_id, 0,
-- only sqlite
    coalesce(a.user_id, zeroblob(16)),
-- end only
-- only postgres
    coalesce(a.user_id, '00000000-0000-0000-0000-000000000000'::uuid),
-- end only
    t.status, 0, count(*),
    sum(case when t.status <> 3 and t.due_at < l.overdue_until then 1 else 0 end)
from tasks t
join projects p on p.org_id = t.org_id and p.id = t.project_id
join org_ledgers l on l.org_id = t.org_id
left join task_assignees a on a.org_id = t.org_id and a.task_id = t.id
where t.deleted_at is null and p.purged_at is null
group by t.org_id, t.project_id, a.user_id, t.status;

insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue)
select t.org_id, 2, 0, t.project_id, t.created_at / 900000,
-- only sqlite
    zeroblob(16),
-- end only
-- only postgres
    '00000000-0000-0000-0000-000000000000'::uuid,
-- end only
    0, 0, count(*), 0
from tasks t
join projects p on p.org_id = t.org_id and p.id = t.project_id
where t.deleted_at is null and p.purged_at is null
group by t.org_id, t.project_id, t.created_at / 900000;

insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue)
select t.org_id, 3, 0, t.project_id, t.completed_at / 900000,
-- only sqlite
    zeroblob(16),
-- end only
-- only postgres
    '00000000-0000-0000-0000-000000000000'::uuid,
-- end only
    0, 0, count(*), 0
from tasks t
join projects p on p.org_id = t.org_id and p.id = t.project_id
where t.deleted_at is null and t.completed_at is not null and p.purged_at is null
group by t.org_id, t.project_id, t.completed_at / 900000;

insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue)
select c.org_id, c.kind, case when p.visibility = 'private' then 2 else 1 end,
-- only sqlite
    zeroblob(16),
-- end only
-- only postgres
    '00000000-0000-0000-0000-000000000000'::uuid,
-- end only
    c.quarter, c.user_id, c.status, 0, sum(c.tasks), sum(c.overdue)
from task_counts c
join projects p on p.org_id = c.org_id and p.id = c.project_id
where c.kind <> 0 and p.deleted_at is null
group by c.org_id, c.kind, p.visibility, c.quarter, c.user_id, c.status;

-- The views tell the visibility too.
drop view project_sight;
drop view project_audience;
-- only sqlite
create view project_audience as
-- end only
-- only postgres
create view project_audience with (security_invoker = true) as
-- end only
select p.org_id, p.id as project_id, m.user_id, p.key, p.visibility, p.archived_at, p.deleted_at
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
-- only sqlite
create view project_sight as
-- end only
-- only postgres
create view project_sight with (security_invoker = true) as
-- end only
select a.org_id, a.project_id, a.user_id, a.key, a.visibility, a.archived_at
from project_audience a
where a.deleted_at is null;

-- What becomes overdue. PostgreSQL searches none of the expressions in tasks_due under row-level security.
create index tasks_overdue on tasks (org_id, due_at) where due_at is not null and status <> 3 and deleted_at is null;
-- Only the statistics read it.
drop index tasks_completed;

-- only postgres
alter table org_ledgers alter column overdue_until set not null;
alter table org_ledgers force row level security;
alter table ledger force row level security;
alter table projects force row level security;
alter table tasks force row level security;
alter table task_assignees force row level security;
create policy tenant on task_counts using (org_id = current_setting('app.org_id')::uuid);
alter table task_counts enable row level security, force row level security;
-- end only
