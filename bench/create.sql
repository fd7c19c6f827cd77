-- The statements of `POST /v1/orgs/{org}/projects/{project}/tasks`, in their order and with their round trips, as a
-- script for pgbench. The bare loop on SQLite runs the same text without the lines that start with a backslash.
-- How it was derived, and what differs: README.md.

\set n random(1, :places)
select org, project, person, session, distance, others, now, now / 900000 as quarter,
       lpad(to_hex(now), 12, '0') || substr(md5(random()::text), 1, 20) as task,
       lpad(to_hex(now), 12, '0') || substr(md5(random()::text), 1, 20) as entry
from bench_places, (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now) clock where n = :n \gset

\startpipeline
begin;
select set_config('app.org_id', :org, true);

update org_ledgers set seq = seq
where org_id = :org and exists (
    select 1 from memberships m where m.org_id = :org and m.user_id = :person and m.ended_at is null)
returning seq, tasks, overdue_until;

select s.confirmed_at from sessions s join users u on u.id = s.user_id
where s.user_id = :person and s.id = :session and s.ended_at is null
  and s.created_at > :since and s.refreshed_at > :since and s.session_epoch = u.session_epoch and u.disabled_at is null;

select m.role, o.members_can_create_projects, o.members_edit, o.time_zone, o.deleted_at is not null,
       o.disabled_at is not null
from memberships m join organizations o on o.id = m.org_id
where m.org_id = :org and o.id = :org and m.user_id = :person and m.ended_at is null and o.purged_at is null;

select p.id, p.key, p.name, p.description, p.visibility, p.created_by, u.name, p.version,
       p.created_at, p.updated_at, p.archived_at, p.is_template
from project_sight v
join projects p on p.org_id = :org and p.id = v.project_id
join users u on u.id = p.created_by
where v.org_id = :org and v.user_id = :person and v.project_id = :project;
\endpipeline

update projects set numbers = numbers + 1 where org_id = :org and id = :project
returning numbers, (
    select max(t.position) from tasks t
    where t.org_id = :org and t.project_id = :project and t.deleted_at is null) as last_position, (
    select c.id from board_columns c
    where c.org_id = :org and c.project_id = :project and c.status = 0 and c.deleted_at is null
    order by c.position, c.id limit 1) as place \gset
\set position 100000000 + :numbers
\set seq :numbers + :distance
\set tasks :numbers + :others

\startpipeline
insert into tasks (org_id, id, project_id, number, title, description, status, column_id, priority, start_on,
                   due_at, due_on, parent_id, position, created_by, completed_at, version, created_at,
                   updated_at, comments, subtasks, subtasks_done, is_template)
values (:org, :task, :project, :numbers, :title, '', 0, :place, 0, null, null, null, null, :position, :person, null, 1, :now,
        :now, 0, 0, 0, false);

insert into task_numbers (org_id, project_id, number, task_id) values (:org, :project, :numbers, :task);

insert into search_words (org_id, subject_id, project_id, word, weight, task_id)
values (:org, :task, :project, 'fence', 8, null), (:org, :task, :project, 'paint', 8, null),
       (:org, :task, :project, 'the', 8, null), (:org, :task, :project, 'fence', 8, null)
on conflict do nothing;

insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue)
values (:org, 0, 0, :project, 0, :nobody, 0, 0, 1, 0), (:org, 1, 0, :project, 0, :nobody, 0, 0, 1, 0),
       (:org, 1, 1, :nobody, 0, :nobody, 0, 0, 1, 0), (:org, 2, 0, :project, :quarter, :nobody, 0, 0, 1, 0),
       (:org, 2, 1, :nobody, :quarter, :nobody, 0, 0, 1, 0)
on conflict (org_id, kind, scope, project_id, quarter, user_id, status, priority) do update
set tasks = task_counts.tasks + excluded.tasks, overdue = task_counts.overdue + excluded.overdue;

insert into ledger (org_id, seq, id, at, actor_kind, actor_id, token_id, action, subject_kind, subject_id,
                    project_id, task_id, linked_task_id, changes, ordinal, undoes, moved_from)
values (:org, :seq, :entry, :now, 'user', :person, null, 'task.created', 'task', :task, :project, :task, null, :changes, 0,
        null, null);

insert into ledger_texts (org_id, seq, subject_id, texts) values (:org, :seq, :task, :texts);

update org_ledgers set seq = :seq, tasks = :tasks, overdue_until = :now where org_id = :org;

select u.id, u.name from memberships m join users u on u.id = m.user_id
where m.org_id = :org and m.user_id in (:person) order by m.user_id;
\endpipeline

commit;
