-- Run after the migrations on PostgreSQL. The role serves where the login itself could see past row-level security.
do $$
declare
    guarded text;
begin
    if (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) then
        begin
            create role guildhall_app nologin;
        exception when duplicate_object or unique_violation then null;
        end;
        if not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant guildhall_app to %I', current_user);
        end if;
        execute format('grant usage on schema %I to guildhall_app', current_schema());
        execute format('grant select, insert, update, delete on all tables in schema %I to guildhall_app', current_schema());
        revoke update, truncate on ledger, ledger_texts, security_events, org_security_events from guildhall_app;
        revoke insert, update, delete, truncate on schema_migrations from guildhall_app;
    end if;
    -- The ledger and the security log are append-only: by privilege, because a trigger would not reach the workers of Citus.
    -- What may be deleted say their policies.
    execute format('revoke update, truncate on ledger, ledger_texts, security_events, org_security_events from public, %I', current_user);
    -- Without this much, the owner may not lock the entry that a text references. No policy lets it change one.
    execute format('grant update (org_id) on ledger to %I', current_user);
    -- Who only reads, and everything: the role for pg_dump, where an administrator has created it.
    if exists (select 1 from pg_roles where rolname = 'guildhall_backup') then
        execute format('grant usage on schema %I to guildhall_backup', current_schema());
        execute format('grant select on all tables in schema %I to guildhall_backup', current_schema());
        for guarded in
            select c.relname from pg_class c
            where c.relnamespace = current_schema()::regnamespace and c.relrowsecurity
              and not exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'backup')
        loop
            execute format('create policy backup on %I for select to guildhall_backup using (true)', guarded);
        end loop;
    end if;
end
$$;
