-- What can be erased, although the ledger is never changed: titles and names are stored beside their entries.

create table ledger_texts (
    org_id uuid not null,
    seq bigint not null,
    -- The task or project whose texts they are; its purge deletes them.
    subject_id uuid not null,
    -- The changed fields of the entry that hold texts, each with its old and new value.
    texts text not null,
    primary key (org_id, seq),
    constraint ledger_texts_entry foreign key (org_id, seq) references ledger (org_id, seq)
);
create index ledger_texts_subject on ledger_texts (org_id, subject_id);

-- The organizations that have invited an address, in its canonical form. Unlike invitation_emails, settled invitations
-- count too: the deletion of an account removes its address from them.
create table invited_emails (
    email text not null,
    org_id uuid not null,
    primary key (email, org_id)
);
create index invited_emails_org on invited_emails (org_id);

-- only sqlite
drop trigger ledger_keeps_entries;
insert into ledger_texts (org_id, seq, subject_id, texts)
select org_id, seq, subject_id, json_object('title', json_extract(changes, '$.title'))
from ledger where subject_kind = 'task' and json_type(changes, '$.title') is not null;
insert into ledger_texts (org_id, seq, subject_id, texts)
select org_id, seq, subject_id, json_object('name', json_extract(changes, '$.name'))
from ledger where subject_kind = 'project' and json_type(changes, '$.name') is not null;
update ledger set changes = json_set(changes, '$.title', json('{"from":null,"to":null}'))
where subject_kind = 'task' and json_type(changes, '$.title') is not null;
update ledger set changes = json_set(changes, '$.name', json('{"from":null,"to":null}'))
where subject_kind = 'project' and json_type(changes, '$.name') is not null;
create trigger ledger_keeps_entries before update on ledger begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_texts_stay before update on ledger_texts begin select raise(abort, 'the ledger is append-only'); end;
-- end only

-- only postgres
-- The owner of the tables may be bound by row-level security too, and has no privilege to update the ledger.
alter table invitations no force row level security;
alter table ledger no force row level security;
alter table tasks no force row level security;
alter table projects no force row level security;
grant update on ledger to current_user;
insert into ledger_texts (org_id, seq, subject_id, texts)
select org_id, seq, subject_id, json_build_object('title', changes::json -> 'title')::text
from ledger where subject_kind = 'task' and changes::json -> 'title' is not null;
insert into ledger_texts (org_id, seq, subject_id, texts)
select org_id, seq, subject_id, json_build_object('name', changes::json -> 'name')::text
from ledger where subject_kind = 'project' and changes::json -> 'name' is not null;
update ledger set changes = jsonb_set(changes::jsonb, '{title}', '{"from": null, "to": null}')::text
where subject_kind = 'task' and changes::json -> 'title' is not null;
update ledger set changes = jsonb_set(changes::jsonb, '{name}', '{"from": null, "to": null}')::text
where subject_kind = 'project' and changes::json -> 'name' is not null;
revoke update on ledger from current_user;
-- end only

-- What was purged before.
update projects set name = '' where purged_at is not null;
delete from ledger_texts where exists (
    select 1 from tasks t
    where t.org_id = ledger_texts.org_id and t.id = ledger_texts.subject_id and t.purged_at is not null
) or exists (
    select 1 from projects p
    where p.org_id = ledger_texts.org_id and p.id = ledger_texts.subject_id and p.purged_at is not null
);
insert into invited_emails (email, org_id) select distinct email, org_id from invitations where email <> '';

-- only postgres
alter table invitations force row level security;
alter table ledger force row level security;
alter table tasks force row level security;
alter table projects force row level security;
create policy tenant on ledger_texts using (org_id = current_setting('app.org_id')::uuid);
alter table ledger_texts enable row level security, force row level security;
-- end only
