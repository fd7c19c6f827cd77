-- What people call things, folded as base/words.rs does: what a list's filter `q` looks at. The migration fills these columns in and
-- writes the words of tasks and projects anew, with code (src/db/backfill.rs).

alter table users add column name_folded text not null default '';
alter table users add column email_folded text not null default '';
-- The name and the key.
alter table projects add column folded text not null default '';

-- only sqlite
delete from search_words;
-- end only
-- only postgres
alter table users alter column name_folded drop default;
alter table users alter column email_folded drop default;
alter table projects alter column folded drop default;
truncate search_words;
-- end only
