-- What it takes to undo changes: which entries belong together, which ones take back others, and what was there before that an
-- entry doesn't tell.

-- The place of an entry among those of its request, from 0. Unknown for entries of before, and for those of an archive.
alter table ledger add column ordinal bigint;
-- The seq of the first entry of the request that this one takes back.
alter table ledger add column undoes bigint;
-- The position of a task or column before it was moved.
alter table ledger add column moved_from text;

-- The long texts that entries replaced. They are deleted after 30 days, and with their subjects.
create table ledger_originals (
    org_id uuid not null,
    seq bigint not null,
    subject_id uuid not null,
    at bigint not null,
    -- JSON: the texts by the names of their fields.
    texts text not null,
    primary key (org_id, seq),
    constraint ledger_originals_entry foreign key (org_id, seq) references ledger (org_id, seq)
);
create index ledger_originals_subject on ledger_originals (org_id, subject_id);
create index ledger_originals_at on ledger_originals (org_id, at);

-- only postgres
create policy tenant on ledger_originals using (org_id = current_setting('app.org_id')::uuid);
alter table ledger_originals enable row level security, force row level security;
-- end only
