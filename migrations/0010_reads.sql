-- Indexes for every order in which lists of tasks are offered, and for the times of the activity.

create index tasks_status on tasks (org_id, status, id) where deleted_at is null;
create index tasks_number on tasks (org_id, number, id) where deleted_at is null;
create index tasks_position on tasks (org_id, position, id) where deleted_at is null;
create index tasks_due_last on tasks (org_id, (coalesce(due_at, -9223372036854775807)), id) where deleted_at is null;
create index tasks_project_number on tasks (org_id, project_id, number, id) where deleted_at is null;
create index tasks_project_due on tasks (org_id, project_id, (coalesce(due_at, 9223372036854775807)), id) where deleted_at is null;
create index tasks_project_due_last on tasks (org_id, project_id, (coalesce(due_at, -9223372036854775807)), id)
    where deleted_at is null;
create index tasks_project_priority on tasks (org_id, project_id, priority, id) where deleted_at is null;
create index tasks_project_updated on tasks (org_id, project_id, updated_at, id) where deleted_at is null;

create index ledger_at on ledger (org_id, at, seq);
