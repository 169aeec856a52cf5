-- The spool of a host that died, as the release with format 1 wrote it.
CREATE TABLE spool (seq INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL);
INSERT INTO spool (row) VALUES ('{"event_id":"a0000000-0000-4000-8000-000000000001","occurred_at":1700000000000001,"actor_type":"USER","actor_id":-7,"action":"order.update","resource":"Order","resource_id":"first-1","payload":"{\"note\":\"😀\"}","request_id":"r-9","user_agent":"curl/8"}');
INSERT INTO spool (row) VALUES ('{"event_id":"a0000000-0000-4000-8000-000000000002","occurred_at":1700000000000002,"actor_type":"USER","actor_id":-7,"action":"order.update","resource":"Order","resource_id":"first-2","payload":"{\"note\":\"😀\"}"}');
PRAGMA user_version = 1;
