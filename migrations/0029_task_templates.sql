-- Tasks that are templates, with what is below them: no work either.

-- A subtask has what the task above it has. The default stays: servers of the version before don't name the column.
alter table tasks add column is_template boolean not null default false;
create index tasks_templates on tasks (org_id, project_id, id) where is_template;
-- only postgres
alter table projects alter column is_template set default false;
-- end only

-- In task_counts, kind 4 counts a project's tasks that are templates or below one, which the other kinds leave out.
