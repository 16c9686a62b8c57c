CREATE TABLE notes (name TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE heard (kind TEXT PRIMARY KEY, count INTEGER NOT NULL);
INSERT INTO heard (kind, count) VALUES ('event', 0);
INSERT INTO heard (kind, count) VALUES ('job', 0);
