-- How many organizations each account has founded, so that nobody can found them without end.

-- Those founded before this migration don't count.
alter table users add column founded bigint not null default 0;
-- only postgres
alter table users alter column founded drop default;
-- end only
-- Null for organizations that were imported.
alter table organizations add column founded_by uuid references users (id);
