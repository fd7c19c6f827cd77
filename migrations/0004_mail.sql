-- Mail on its way out, written in the transaction of its cause.

create table mails (
    id uuid not null primary key,
    -- To whom and what, encrypted: links hold secrets. Empty once it is dead.
    sealed text not null,
    attempts bigint not null,
    created_at bigint not null,
    -- When it is tried next, or tried again should who has taken it never come back; null once it is dead.
    due_at bigint,
    error text
);
create index mails_due on mails (due_at, id);

-- Addresses that asked for a mail without being logged in. Whether they have an account is looked up when it is made,
-- so that asking takes the same time for both.
create table mail_requests (
    id uuid not null primary key,
    kind text not null,
    email text not null
);
