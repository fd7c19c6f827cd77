-- Tasks that become overdue: the ledger tells it once for each deadline.

-- When that was told or passed over; null before, and for a new deadline.
alter table tasks add column overdue_at bigint;
-- only postgres
-- The owner of the tables may be bound by row-level security too.
alter table org_ledgers no force row level security;
alter table tasks no force row level security;
-- end only
-- What was overdue before isn't told any more.
update tasks set overdue_at = due_at where due_at < (
    select l.overdue_until from org_ledgers l where l.org_id = tasks.org_id);
create index tasks_untold on tasks (org_id, due_at, id)
    where due_at is not null and overdue_at is null and status < 3 and deleted_at is null;

-- The minutes at whose beginning an organization may have open tasks that have become overdue.
create table deadlines (
    at bigint not null,
    org_id uuid not null,
    primary key (at, org_id)
);
create index deadlines_org on deadlines (org_id, at);
insert into deadlines (at, org_id)
select distinct (t.due_at / 60000 + 1) * 60000, t.org_id from tasks t
where t.due_at is not null and t.overdue_at is null and t.status < 3 and t.deleted_at is null;
-- only postgres
alter table org_ledgers force row level security;
alter table tasks force row level security;
-- end only
