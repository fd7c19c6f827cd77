-- Projects that are templates: what they hold isn't work.

alter table projects add column is_template boolean not null default false;
create index projects_templates on projects (org_id, id) where is_template;
-- only postgres
alter table projects alter column is_template drop default;
-- end only

-- The views tell whether a project is one.
drop view project_sight;
drop view project_audience;
-- only sqlite
create view project_audience as
-- end only
-- only postgres
create view project_audience with (security_invoker = true) as
-- end only
select p.org_id, p.id as project_id, m.user_id, p.key, p.visibility, p.archived_at, p.deleted_at, p.is_template
from projects p
join memberships m on m.org_id = p.org_id
where m.ended_at is null and (
    m.role <> 'member'
    or p.visibility = 'organization'
    or exists (
        select 1 from project_members pm
        where pm.org_id = p.org_id and pm.project_id = p.id and pm.user_id = m.user_id
    )
);
-- only sqlite
create view project_sight as
-- end only
-- only postgres
create view project_sight with (security_invoker = true) as
-- end only
select a.org_id, a.project_id, a.user_id, a.key, a.visibility, a.archived_at, a.is_template
from project_audience a
where a.deleted_at is null;
