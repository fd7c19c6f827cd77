-- Full-text search: the words of tasks and projects. A table of ours instead of the engines' own indexes, because those hold
-- all organizations in one, and because PostgreSQL doesn't use its own under row-level security (`@@` isn't leakproof).

create table search_words (
    org_id uuid not null,
    -- The task or project that has the word, and whose sight decides: a project's own.
    subject_id uuid not null,
    project_id uuid not null,
    -- Folded: without case and accents.
    word text not null,
    -- More where it stands in a title or a name.
    weight bigint not null,
    primary key (org_id, subject_id, word)
-- only sqlite
) without rowid;
-- end only
-- only postgres
);
-- Words sort as bytes, whatever the database's locale.
alter table search_words alter column word type text collate "C";
-- end only
create index search_words_word on search_words (org_id, word, subject_id, weight, project_id);

-- only postgres
create policy tenant on search_words using (org_id = current_setting('app.org_id')::uuid);
alter table search_words enable row level security, force row level security;
-- end only
