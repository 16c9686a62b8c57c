#!/bin/sh
# Runs while a real host serves the module at $GANTRY_URL, with the keys of two tenants.
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }
call() { key=$1; shift; curl -sS -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$@"; }

call "$GANTRY_KEY" -X PUT -d '{"text": "Buy \"milk\""}' "$GANTRY_URL/v1/notes/shopping" |
    grep -qF '"text":"Buy \"milk\""' || fail "the note is not kept"
call "$GANTRY_KEY" "$GANTRY_URL/v1/notes" | grep -q '"id":"shopping"' || fail "the note is not listed"
[ "$(call "$GANTRY_OTHER_KEY" "$GANTRY_URL/v1/notes")" = '{"notes":[]}' ] || fail "another tenant sees the note"
call "$GANTRY_OTHER_KEY" -X DELETE "$GANTRY_URL/v1/notes/shopping" | grep -q no_such_note ||
    fail "another tenant deletes the note"
[ "$(call "$GANTRY_KEY" -X DELETE -o /dev/null -w '%{http_code}' "$GANTRY_URL/v1/notes/shopping")" = 204 ] ||
    fail "the note is not deleted"
[ "$(call "$GANTRY_KEY" "$GANTRY_URL/v1/notes")" = '{"notes":[]}' ] || fail "the deleted note is listed"
echo "passed"
