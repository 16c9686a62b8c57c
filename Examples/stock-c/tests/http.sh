#!/bin/sh
# Runs while a real host serves the module at $GANTRY_URL, with the keys of two tenants.
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }
items() { curl -sS -H "Authorization: Bearer $1" "$GANTRY_URL/v1/stock/items"; }
import() { printf '%b' "$1" | curl -sS -H "Authorization: Bearer $GANTRY_KEY" -H 'Content-Type: text/csv' \
    --data-binary @- "$GANTRY_URL/v1/stock/imports"; }

[ "$(import 'b-2,"Screw, 4"" long",12\r\na-1,Nut,3\r\n')" = '{"items":2}' ] || fail "the file is not taken over"
expected='{"items":[{"sku":"a-1","name":"Nut","quantity":3},{"sku":"b-2","name":"Screw, 4\" long","quantity":12}]}'
[ "$(items "$GANTRY_KEY")" = "$expected" ] || fail "$(items "$GANTRY_KEY")"
import 'a-1,Nut,9\nc-3,Bolt,many\n' | grep -q 'Line 2: the quantity is no number' || fail "a bad line is taken over"
[ "$(items "$GANTRY_KEY")" = "$expected" ] || fail "half a file was taken over: $(items "$GANTRY_KEY")"
[ "$(items "$GANTRY_OTHER_KEY")" = '{"items":[]}' ] || fail "another tenant sees the items"
echo "passed"
