-- What proves an address: a secret that went out by mail and nowhere else.

-- When the token went out by mail, and by nothing else: whoever has it gets mail at the invited address. Null for a token
-- that a response has shown, which proves nothing.
alter table invitations add column mailed_at bigint;

-- The tokens that an invitation had before it was resent. They are answered as gone, not as unknown.
create table invitation_old_tokens (
    org_id uuid not null,
    token_hash text not null,
    invitation_id uuid not null,
    primary key (org_id, token_hash),
    constraint invitation_old_tokens_invitation foreign key (org_id, invitation_id) references invitations (org_id, id)
);

-- only postgres
create policy tenant on invitation_old_tokens using (org_id = current_setting('app.org_id')::uuid);
alter table invitation_old_tokens enable row level security, force row level security;
-- end only
