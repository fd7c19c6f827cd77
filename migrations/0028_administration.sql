-- What the operator of a server looks for.

-- What kind of mail it is, which stays when it is given up; null for those of before.
alter table mails add column kind text;
create index mails_dead on mails (id) where due_at is null;

-- What is looked for by its beginning, with `like`.
-- only sqlite
create index users_email on users (email_folded collate nocase);
create index users_name on users (name_folded collate nocase);
create index org_slugs_beginning on org_slugs (slug collate nocase);
-- end only
-- only postgres
create index users_email on users (email_folded text_pattern_ops);
create index users_name on users (name_folded text_pattern_ops);
create index org_slugs_beginning on org_slugs (slug text_pattern_ops);
-- end only
create index users_disabled on users (id) where disabled_at is not null and email <> '';
