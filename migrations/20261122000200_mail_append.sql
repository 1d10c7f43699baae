-- Mails that are asked for by the append that records why.
--
-- Why: a mail that was asked for after its command had gone through was lost with a process that ended
--   in between, and repeating the command asks for none. In one transaction there is no in between.
-- Queries: inserts into mail.
-- Locks: mail, for a moment.

create policy log on mail for insert to daybook_log with check (true);
-- Who appends cannot read a mail back either.
grant insert on mail to daybook_log;
