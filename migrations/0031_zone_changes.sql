-- Another time zone moves the deadlines that are days, in steps where they are many.

-- The organizations where that isn't finished, when the last step was taken, and the last task, by day and id, whose
-- deadline is moved.
create table zone_changes (
    at bigint not null,
    org_id uuid not null,
    due_on bigint not null,
    task_id uuid not null,
    primary key (at, org_id)
);
create index zone_changes_org on zone_changes (org_id);
drop index tasks_due_on;
create index tasks_due_on on tasks (org_id, due_on, id) where due_on is not null;
