-- The columns of a project's board: places for its tasks, each with a status behind it.

create table board_columns (
    org_id uuid not null,
    id uuid not null,
    project_id uuid not null,
    name text not null,
    status smallint not null,
    color text not null,
    -- How many tasks people want to see in it at most. Nothing is refused for it.
    task_limit bigint,
    position text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint,
    -- Emptied for good. The row stays, because entries of the ledger name it.
    purged_at bigint,
    primary key (org_id, id),
    constraint board_columns_project foreign key (org_id, project_id) references projects (org_id, id)
);
-- only postgres
-- Positions sort as bytes, whatever the database's locale.
alter table board_columns alter column position type text collate "C";
-- end only
create index board_columns_of_project on board_columns (org_id, project_id, position, id);
create index board_columns_deleted on board_columns (org_id, deleted_at, id) where deleted_at is not null and purged_at is null;

-- The column that a task is in, whose status is the task's. The migration gives every project a column for each status, and
-- every task the one of its status, with code (src/db/backfill.rs): therefore it may be null here, and nowhere else.
alter table tasks add column column_id uuid;
-- only postgres
-- SQLite adds no foreign key of two columns to a table that there is. The owner of the tables may be bound by row-level
-- security too.
alter table tasks no force row level security;
alter table tasks add constraint tasks_column foreign key (org_id, column_id) references board_columns (org_id, id);
alter table tasks force row level security;
-- end only

-- A board is read column by column. Within a status or a priority, a project's lists have the order of its board.
drop index tasks_on_board;
drop index tasks_project_status;
drop index tasks_project_priority;
create index tasks_on_board on tasks (org_id, column_id, position, id);
create index tasks_project_status on tasks (org_id, project_id, status, position, id) where deleted_at is null;
create index tasks_project_priority on tasks (org_id, project_id, priority, position, id) where deleted_at is null;

-- The numbers that a task has had, which in another project are others.
create index task_numbers_of_task on task_numbers (org_id, task_id, project_id, number);

-- only postgres
create policy tenant on board_columns using (org_id = current_setting('app.org_id')::uuid);
alter table board_columns enable row level security, force row level security;
-- end only
