-- Indexes for the two orders of a project's tasks that only the organization's whole list could be walked for.

create index tasks_project_status on tasks (org_id, project_id, status, id) where deleted_at is null;
create index tasks_project_position on tasks (org_id, project_id, position, id) where deleted_at is null;
