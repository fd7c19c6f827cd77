-- Numbers of subtasks, kept by what changes these, so that showing a task needn't count them.

-- Of the subtasks that aren't deleted: all, and those that are done.
alter table tasks add column subtasks bigint not null default 0;
alter table tasks add column subtasks_done bigint not null default 0;
-- only postgres
-- The owner of the tables may be bound by row-level security too.
alter table tasks no force row level security;
-- end only
update tasks set
    subtasks = (
        select count(*) from tasks below
        where below.org_id = tasks.org_id and below.parent_id = tasks.id and below.deleted_at is null),
    subtasks_done = (
        select count(*) from tasks below
        where below.org_id = tasks.org_id and below.parent_id = tasks.id and below.deleted_at is null and below.status = 3)
where exists (select 1 from tasks below where below.org_id = tasks.org_id and below.parent_id = tasks.id);
-- only postgres
alter table tasks force row level security;
alter table tasks alter column subtasks drop default;
alter table tasks alter column subtasks_done drop default;
-- end only
