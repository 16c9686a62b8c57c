#!/bin/sh
# `make test` runs this while a real host serves the module at $GANTRY_URL: with $GANTRY_KEY for one tenant and
# $GANTRY_OTHER_KEY for another.
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }
get() { curl -sS -H "Authorization: Bearer $1" "$GANTRY_URL/v1/my-module/notes"; }
add() { # key, body; prints the status
    curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" -H 'Content-Type: application/json' \
        -d "$2" "$GANTRY_URL/v1/my-module/notes"
}

[ "$(get "$GANTRY_KEY")" = '{"notes":[]}' ] || fail "there are notes at the beginning: $(get "$GANTRY_KEY")"
[ "$(add "$GANTRY_KEY" '{"text": "Buy \"milk\""}')" = 201 ] || fail "a note is not kept"
get "$GANTRY_KEY" | grep -qF '"text":"Buy \"milk\""' || fail "the note is not listed: $(get "$GANTRY_KEY")"
[ "$(add "$GANTRY_KEY" '{"text": ""}')" = 422 ] || fail "an empty note is not refused"
[ "$(get "$GANTRY_OTHER_KEY")" = '{"notes":[]}' ] || fail "another tenant sees the note"
[ "$(add wrong '{"text": "x"}')" = 401 ] || fail "a wrong key is not refused"
echo "passed"
