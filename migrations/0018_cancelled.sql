-- The status cancelled (4), which is as closed as done (3).

-- Made anew, so that it holds open tasks only.
drop index tasks_overdue;
create index tasks_overdue on tasks (org_id, due_at, id) where due_at is not null and status < 3 and deleted_at is null;
