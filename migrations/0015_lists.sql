-- Indexes that hold just what lists of tasks ask for, in the order of the list.

-- Of the task, kept by what changes it: when it was created, and when it is due while it is open. The last moment there is
-- stands for no due time; null for a task that is done.
alter table task_assignees add column task_created_at bigint;
alter table task_assignees add column open_due_at bigint;
-- only postgres
-- The owner of the tables may be bound by row-level security too.
alter table tasks no force row level security;
alter table task_assignees no force row level security;
-- end only
update task_assignees set (task_created_at, open_due_at) = (
    select t.created_at, case when t.status <> 3 then coalesce(t.due_at, 9223372036854775807) end
    from tasks t where t.org_id = task_assignees.org_id and t.id = task_assignees.task_id);
-- only postgres
alter table tasks force row level security;
alter table task_assignees force row level security;
-- end only

drop index task_assignees_of_user;
create index task_assignees_of_user on task_assignees (org_id, user_id, task_created_at, task_id);
create index task_assignees_open on task_assignees (org_id, user_id, open_due_at, task_id) where open_due_at is not null;

-- One for each direction, which PostgreSQL couldn't search under row-level security, because they had expressions.
drop index tasks_due;
drop index tasks_due_last;
drop index tasks_project_due;
drop index tasks_project_due_last;
create index tasks_due on tasks (org_id, due_at, id) where deleted_at is null;
create index tasks_project_due on tasks (org_id, project_id, due_at, id) where deleted_at is null;
-- Made anew, because of two indexes that serve as well SQLite takes the newer one.
drop index tasks_overdue;
create index tasks_overdue on tasks (org_id, due_at, id) where due_at is not null and status <> 3 and deleted_at is null;
