-- An index that no query uses.
--
-- Why: payments are read by their invoice or by their client. One entry for each payment was written
--   live and in every rebuild, and read by nobody; a planner that took it would have walked the whole
--   tenant's payments to find those of one invoice in order.
-- Queries: as before: by invoicing_payments_pk and invoicing_payments_client.
-- Locks: invoicing_payments, for a moment.

drop index invoicing_payments_recorded;
