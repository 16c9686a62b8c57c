"""The linter's word against the engines': what it accepts runs on SQLite and PostgreSQL with the same outcome, what it
refuses fails on one of them or comes out differently."""

import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

import pytest

from conftest import GANTRY, ROOT

SETUP = """
CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, kind TEXT, size BIGINT, weight DOUBLE PRECISION, flag SMALLINT);
CREATE TABLE part (item TEXT NOT NULL REFERENCES item (id) ON DELETE CASCADE, number BIGINT NOT NULL,
    PRIMARY KEY (item, number));
INSERT INTO item (id, kind, size, weight, flag) VALUES ('a', 'Box', 3, 1.5, 1), ('b', 'bag', 7, 0.5, 0),
    ('c', NULL, NULL, NULL, 0);
INSERT INTO part (item, number) VALUES ('a', 1), ('a', 2);
"""

# Each alone on the tables above; queries end in an order.
ACCEPTED = [
    "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, d DOUBLE PRECISION, b BYTEA)",
    "CREATE TABLE t (a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b), UNIQUE (b), CHECK (length(a) < 9))",
    "CREATE TABLE t (item TEXT REFERENCES item (id) ON DELETE SET NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS i ON item (lower(kind), size DESC) WHERE size <> 0",
    "CREATE VIEW v AS SELECT id, size FROM item WHERE size > 1",
    "ALTER TABLE item ADD COLUMN note TEXT; ALTER TABLE item RENAME COLUMN note TO remark; "
    "ALTER TABLE item DROP COLUMN remark",
    "ALTER TABLE part RENAME TO piece; SELECT count(*) FROM piece",
    "DROP TABLE IF EXISTS part; DROP TABLE item",
    "INSERT INTO item (id, size) VALUES ('a', 5) ON CONFLICT (id) DO UPDATE SET size = item.size + excluded.size "
    "WHERE item.size < 5; SELECT id, size FROM item ORDER BY id",
    "INSERT INTO item (id) VALUES ('a'), ('d') ON CONFLICT DO NOTHING; SELECT id FROM item ORDER BY id",
    "INSERT INTO item (id, size) VALUES ('d', 1) RETURNING id, size",
    "UPDATE item SET size = p.total FROM (SELECT item, sum(number) AS total FROM part GROUP BY item) AS p "
    "WHERE p.item = item.id; SELECT id, size FROM item ORDER BY id",
    "DELETE FROM item WHERE id = 'a'; SELECT count(*) FROM part",
    "WITH x (id) AS (SELECT id FROM item), y AS (SELECT 1 AS n) SELECT x.id, y.n FROM x CROSS JOIN y ORDER BY x.id",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
    "SELECT id FROM item WHERE size BETWEEN 1 AND 5 AND (kind IS NULL OR kind IS NOT DISTINCT FROM 'Box') ORDER BY id",
    "SELECT id FROM item WHERE lower(kind) LIKE 'b%' ORDER BY id LIMIT 1 OFFSET 1",
    "SELECT id FROM item WHERE NOT EXISTS (SELECT 1 FROM part WHERE part.item = item.id) ORDER BY id",
    "SELECT id, row_number() OVER (ORDER BY id DESC) FROM item ORDER BY id",
    "SELECT flag, count(*), sum(size) FILTER (WHERE size > 3), coalesce(max(size), 0) FROM item GROUP BY flag "
    "HAVING count(*) > 0 ORDER BY flag",
    "SELECT CASE WHEN size = 3 THEN 'three' ELSE 'other' END, nullif(flag, 0) FROM item ORDER BY id",
    "SELECT substr(kind, 1, 2), upper(kind), length(kind), replace(kind, 'B', 'x'), trim('  y ') FROM item ORDER BY id",
    "SELECT abs(-5), power(2, 3), 7 / 2, 7 % 4, 'a' || 'b'",
    "SELECT CAST(size AS DOUBLE PRECISION) / 2, CAST(flag AS TEXT) FROM item WHERE id = 'a'",
    "SELECT DISTINCT flag FROM item UNION SELECT 5 ORDER BY 1",
    "SELECT i.id, p.number FROM item AS i LEFT JOIN part AS p ON p.item = i.id ORDER BY i.id, p.number",
    "SELECT \"id\" FROM item ORDER BY \"id\"",
    "VALUES (1, 'x'), (2, 'y')",
]

# Rule, statement.
REFUSED = [
    ("integer-primary-key", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('x')"),
    ("autoincrement", "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)"),
    ("nullable-key", "CREATE TABLE t (id TEXT PRIMARY KEY); INSERT INTO t (id) VALUES (NULL)"),
    ("without-rowid", "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID"),
    ("strict", "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) STRICT"),
    ("column-type", "CREATE TABLE t (a)"),
    ("type", "CREATE TABLE t (a BLOB)"),
    ("type", "CREATE TABLE t (a DATETIME)"),
    ("type", "CREATE TABLE t (a REAL); INSERT INTO t (a) VALUES (0.1); SELECT a + 0.2 FROM t"),
    ("type", "CREATE TABLE t (a BOOLEAN); INSERT INTO t (a) VALUES (1)"),
    ("type", "CREATE TABLE t (a VARCHAR(2)); INSERT INTO t (a) VALUES ('long')"),
    ("type", "CREATE TABLE t (a CHAR(3)); INSERT INTO t (a) VALUES ('long')"),
    ("type", "CREATE TABLE t (a NUMERIC(5, 2)); INSERT INTO t (a) VALUES (1.999); SELECT a FROM t"),
    ("type", "CREATE TABLE t (id SERIAL, a TEXT); INSERT INTO t (a) VALUES ('x'); SELECT id FROM t"),
    ("type", "CREATE TABLE t (a UUID); INSERT INTO t (a) VALUES ('no uuid')"),
    ("reserved-name", "CREATE TABLE t (user TEXT)"),
    ("reserved-name", "CREATE TABLE t (oid BIGINT, xmin BIGINT)"),
    ("collation", "CREATE TABLE t (a TEXT COLLATE NOCASE)"),
    ("conflict-clause", "CREATE TABLE t (a TEXT UNIQUE ON CONFLICT REPLACE)"),
    ("current-time", "SELECT length(CURRENT_TIMESTAMP)"),
    ("generated", "CREATE TABLE t (a BIGINT, b BIGINT GENERATED ALWAYS AS (a + 1))"),
    ("reference", "CREATE TABLE t (a TEXT REFERENCES later (id))"),
    ("alter-list", "ALTER TABLE item ADD COLUMN x TEXT, ADD COLUMN y TEXT"),
    ("add-constraint", "ALTER TABLE item ADD CONSTRAINT positive CHECK (size > 0)"),
    ("alter-column", "ALTER TABLE item ALTER COLUMN flag TYPE BIGINT"),
    ("trigger", "CREATE TRIGGER g AFTER INSERT ON item BEGIN DELETE FROM part; END"),
    ("virtual-table", "CREATE VIRTUAL TABLE t USING fts5 (a)"),
    ("insert-or", "INSERT OR IGNORE INTO item (id) VALUES ('a')"),
    ("insert-or", "INSERT OR REPLACE INTO item (id) VALUES ('a')"),
    ("insert-or", "REPLACE INTO item (id) VALUES ('b')"),
    ("insert-or", "UPDATE OR IGNORE item SET size = 1"),
    ("upsert-target", "INSERT INTO item (id) VALUES ('a') ON CONFLICT DO UPDATE SET size = 2"),
    ("upsert-column", "INSERT INTO item (id) VALUES ('a') ON CONFLICT (id) DO UPDATE SET size = size + 1"),
    ("limited-change", "DELETE FROM part WHERE number = 1 LIMIT 1"),
    ("limit", "SELECT id FROM item ORDER BY id LIMIT 1, 1"),
    ("limit", "SELECT id FROM item ORDER BY id LIMIT -1"),
    ("function", "SELECT datetime('now')"),
    ("function", "SELECT strftime('%Y', '2026-01-01')"),
    ("function", "SELECT ifnull(size, 0) FROM item"),
    ("function", "SELECT iif(size > 1, 1, 0) FROM item"),
    ("function", "SELECT max(size, 5) FROM item"),
    ("function", "SELECT group_concat(id) FROM item"),
    ("function", "SELECT string_agg(id, ',') FROM item"),
    ("function", "SELECT instr(kind, 'o') FROM item"),
    ("function", "SELECT json_extract('{\"a\": 1}', '$.a')"),
    ("function", "SELECT hex(kind) FROM item"),
    ("function", "SELECT typeof(size) FROM item"),
    ("function", "SELECT total(size) FROM item"),
    ("function", "SELECT last_insert_rowid()"),
    ("function", "SELECT round(weight) FROM item WHERE id = 'b'"),
    ("function", "SELECT greatest(1, 2)"),
    ("function", "SELECT now()"),
    ("json-operator", "SELECT '{\"a\": 1}' ->> '$.a'"),
    ("double-equals", "SELECT id FROM item WHERE size == 3"),
    ("match", "SELECT id FROM item WHERE kind GLOB 'B*'"),
    ("match", "SELECT id FROM item WHERE kind ILIKE 'b%'"),
    ("like", "SELECT id FROM item WHERE kind LIKE 'b%' ORDER BY id"),
    ("is", "SELECT id FROM item WHERE size IS 3"),
    ("is-null", "SELECT id FROM item WHERE size NOTNULL AND flag == 1"),
    ("condition", "SELECT id FROM item WHERE flag"),
    ("condition", "SELECT id FROM item WHERE size > 1 AND NOT flag"),
    ("boolean", "UPDATE item SET flag = TRUE"),
    ("rowid", "SELECT rowid FROM item"),
    ("quotes", "SELECT `id` FROM item"),
    ("quotes", "SELECT [id] FROM item"),
    ("double-quotes", "SELECT id FROM item WHERE kind = \"Box\""),
    ("double-quotes", "SELECT \"ID\" FROM item"),
    ("blob-literal", "CREATE TABLE t (a BYTEA); INSERT INTO t (a) VALUES (x'00ff')"),
    ("hexadecimal", "SELECT 0xff"),
    ("placeholder", "SELECT id FROM item WHERE size = ?"),
    ("cast-sign", "SELECT '5'::BIGINT"),
    ("cast", "SELECT CAST(weight AS BIGINT) FROM item WHERE id = 'a'"),
    ("cast", "SELECT CAST('1.50' AS NUMERIC)"),
    ("indexed-by", "CREATE INDEX i ON item (size); SELECT id FROM item INDEXED BY i WHERE size = 3"),
    ("nested-comment", "SELECT 1 /* one /* two */"),
    ("pragma", "PRAGMA user_version = 1"),
    ("attach", "ATTACH ':memory:' AS other"),
    ("vacuum", "VACUUM"),
    ("statement", "EXPLAIN QUERY PLAN SELECT 1"),
    ("statement", "TRUNCATE item"),
]


# A module's sources, and the folder with its migrations.
MODULES = {
    "Plugins/Anomaly/Module": "manifests/anomaly/migrations",
    "Examples/guestbook/Module": "Examples/guestbook/bundle/migrations",
    "Examples/tally-c/tally.c": "Examples/tally-c/bundle/migrations",
}


def statements(place):
    """The statements in a module's source; those that are put together at run time are left out."""
    path = ROOT / place
    found = []
    for file in [path] if path.is_file() else sorted(path.rglob("*.swift")):
        text = file.read_text()
        if file.suffix == ".c":
            calls = re.findall(r"TEXT\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text)
            literals = ["".join(re.findall(r'"([^"]*)"', call)) for call in calls]
        else:
            literals = [block or line for block, line in re.findall(
                r'"""\n(.*?)"""|"((?:[^"\\\n]|\\.)*)"', text, re.S)]
        for literal in literals:
            sql = re.sub(r"\s*\\\n\s*", " ", literal).strip()
            if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b.*\b(FROM|INTO|SET)\b", sql, re.S) and "\\(" not in sql:
                found.append(sql)
    return found


def bundles():
    return sorted({path.parent for path in ROOT.glob("*/**/migrations/*.sql") if ".build" not in path.parts})


@pytest.fixture(scope="module")
def postgresql():
    """A server of its own on the loopback, as a user that is not root; ends with the tests of this file."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "PostgreSQL is missing; `make end-to-end` installs it (TEST_PACKAGES)"
    programs = found[-1].parent
    user = {}
    folder = tempfile.mkdtemp(prefix="gantry-postgresql-")
    if os.geteuid() == 0:
        entry = pwd.getpwnam("postgres")
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    data = f"{folder}/data"
    subprocess.run([programs / "initdb", "-D", data, "-U", "gantry", "-A", "trust", "--locale=C.UTF-8", "-N"],
                   check=True, capture_output=True, cwd=folder, **user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(f"{folder}/log", "wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
             "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"],
            stdout=log, stderr=log, cwd=folder, **user)

    def run(sql):
        return subprocess.run(
            [programs / "psql", "-X", "-q", "-t", "-A", "-F", "|", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(port), "-U", "gantry", "-d", "postgres", "-f", "-"],
            input=sql, capture_output=True, text=True, timeout=30)

    deadline = time.monotonic() + 30
    while run("SELECT 1").returncode != 0:
        assert server.poll() is None and time.monotonic() < deadline, pathlib.Path(folder, "log").read_text()
        time.sleep(0.05)
    yield run
    server.terminate()
    server.wait(20)
    shutil.rmtree(folder)


def on_postgresql(run, sql):
    """What the last statement gives, or None when one fails. Everything is one transaction, as a migration is."""
    script = f"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{SETUP}\nBEGIN;\n{sql}\n;\nCOMMIT;"
    done = run(script)
    return None if done.returncode else done.stdout.strip().splitlines()


def on_sqlite(sql):
    """The same on SQLite, as the host sets it up: foreign keys on, double quotes for names only."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    database.executescript(SETUP)
    try:
        database.execute("BEGIN")
        rows = []
        for statement in split(sql):
            rows = database.execute(statement).fetchall()
        database.execute("COMMIT")
    except (sqlite3.Error, sqlite3.Warning):
        return None
    finally:
        database.close()
    return ["|".join("" if value is None else shown(value) for value in row) for row in rows]


def split(sql):
    statement = ""
    for piece in sql.split(";"):
        statement += piece
        if sqlite3.complete_statement(statement + ";"):
            if statement.strip():
                yield statement
            statement = ""
        else:
            statement += ";"
    if statement.strip(" ;"):
        yield statement


def shown(value):
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What the linter says of each statement, all asked at once."""
    folder = tmp_path_factory.mktemp("sql")
    statements = ACCEPTED + [sql for _, sql in REFUSED]
    paths = []
    # The tables stand before the statement in each file, in one line of their own.
    for number, sql in enumerate(statements):
        path = folder / f"{number + 1:04}_case.sql"
        path.write_text(SETUP.replace("\n", " ") + "\n" + sql)
        paths.append(path)
    done = subprocess.run([GANTRY, "bundle", "lint", "--json", *paths], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    found = {sql: [] for sql in statements}
    for finding in json.loads(done.stdout)["findings"]:
        assert finding["line"] > 1, f"the tables themselves are refused: {finding}"
        found[statements[int(pathlib.Path(finding["file"]).name[:4]) - 1]].append(finding)
    return found


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_is_accepted_means_the_same_to_both_engines(findings, postgresql, sql):
    assert findings[sql] == []
    ours, theirs = on_sqlite(sql), on_postgresql(postgresql, sql)
    assert ours is not None and theirs is not None
    assert ours == theirs


@pytest.mark.parametrize("rule,sql", REFUSED)
def test_what_is_refused_fails_or_differs_on_one_engine(findings, postgresql, rule, sql):
    assert rule in {finding["rule"] for finding in findings[sql]}
    assert all(finding["advice"] and finding["column"] > 0 for finding in findings[sql])
    ours, theirs = on_sqlite(sql), on_postgresql(postgresql, sql)
    assert ours is None or theirs is None or ours != theirs


@pytest.mark.parametrize("folder", bundles(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_migrations_of_our_modules_run_on_both_engines(postgresql, folder):
    files = sorted(folder.glob("*.sql"))
    done = subprocess.run([GANTRY, "bundle", "lint", *files], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    for engine, other in (("sqlite", "postgresql"), ("postgresql", "sqlite")):
        script = "".join(path.read_text() for path in files if not path.name.endswith(f".{other}.sql"))
        if engine == "sqlite":
            database = sqlite3.connect(":memory:")
            database.executescript(script)
            database.close()
        else:
            done = postgresql(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; BEGIN;\n{script}\nCOMMIT;")
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("place", MODULES)
def test_the_statements_of_our_modules_are_understood_by_both_engines(postgresql, tmp_path, place):
    """Parsed and typed by PostgreSQL against the module's tables, compiled by SQLite."""
    found = statements(place)
    assert len(found) >= (20 if "Anomaly" in place else 3)
    files = []
    for number, sql in enumerate(found):
        path = tmp_path / f"{number:03}.sql"
        path.write_text(sql)
        files.append(path)
    done = subprocess.run([GANTRY, "bundle", "lint", *files], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    migrations = sorted((ROOT / MODULES[place]).glob("*.sql"))
    tables = {engine: "".join(path.read_text() for path in migrations if not path.name.endswith(f".{other}.sql"))
              for engine, other in (("sqlite", "postgresql"), ("postgresql", "sqlite"))}
    prepared = "".join(f"PREPARE s{number} AS {sql};\n" for number, sql in enumerate(found))
    done = postgresql(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{tables['postgresql']}\n{prepared}")
    assert done.returncode == 0, done.stderr
    database = sqlite3.connect(":memory:")
    database.executescript(tables["sqlite"])
    for sql in found:
        database.execute("EXPLAIN " + sql, {str(number): None for number in range(1, 30)})
    database.close()
