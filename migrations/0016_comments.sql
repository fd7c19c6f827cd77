-- Comments on tasks, with replies and reactions.

create table comments (
    org_id uuid not null,
    id uuid not null,
    task_id uuid not null,
    -- The comment that this one replies to, which replies to none itself.
    parent_id uuid,
    author_id uuid not null,
    -- Empty once it is deleted.
    body text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    edited_at bigint,
    resolved_at bigint,
    -- Only a comment with replies stays when it is deleted, without its text.
    deleted_at bigint,
    primary key (org_id, id),
    constraint comments_task foreign key (org_id, task_id) references tasks (org_id, id),
    constraint comments_parent foreign key (org_id, parent_id) references comments (org_id, id),
    constraint comments_author foreign key (org_id, author_id) references memberships (org_id, user_id)
);
create index comments_of_task on comments (org_id, task_id, id);
create index comments_of_parent on comments (org_id, parent_id);

create table comment_reactions (
    org_id uuid not null,
    comment_id uuid not null,
    emoji text not null,
    user_id uuid not null,
    reacted_at bigint not null,
    primary key (org_id, comment_id, emoji, user_id),
    constraint comment_reactions_comment foreign key (org_id, comment_id) references comments (org_id, id),
    constraint comment_reactions_user foreign key (org_id, user_id) references memberships (org_id, user_id)
);

-- The number of comments that aren't deleted.
alter table tasks add column comments bigint not null default 0;

-- The task that a comment is on. Words of comments stay while their task is in the trash.
alter table search_words add column task_id uuid;
drop index search_words_word;
create index search_words_word on search_words (org_id, word, subject_id, weight, project_id, task_id);

-- only postgres
alter table tasks alter column comments drop default;
-- Emoji are told apart by their bytes, whatever the database's locale.
alter table comment_reactions alter column emoji type text collate "C";
create policy tenant on comments using (org_id = current_setting('app.org_id')::uuid);
create policy tenant on comment_reactions using (org_id = current_setting('app.org_id')::uuid);
alter table comments enable row level security, force row level security;
alter table comment_reactions enable row level security, force row level security;
-- end only
