-- The operator of the server can disable an organization: nobody gets into it then.

alter table organizations add column disabled_at bigint;
