-- Deadlines that are whole days, and the days on which tasks start. Days are numbered since 1970.

-- The zone in which an organization's days begin and end.
alter table organizations add column time_zone text not null default 'UTC';

alter table tasks add column start_on bigint;
-- What is due on a day has its last millisecond, in the organization's zone, in due_at.
alter table tasks add column due_on bigint;
create index tasks_due_on on tasks (org_id, due_on) where due_on is not null;

-- only postgres
alter table organizations alter column time_zone drop default;
-- end only
