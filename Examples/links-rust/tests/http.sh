#!/bin/sh
# Runs while a real host serves the module at $GANTRY_URL, with the keys of two tenants.
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }
call() { key=$1; shift; curl -sS -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$@"; }

made=$(call "$GANTRY_KEY" -d '{"url": "https://example.com/a?b=c"}' "$GANTRY_URL/v1/links")
code=$(echo "$made" | sed -n 's/^{"code":"\([2-9a-z]*\)".*/\1/p')
[ -n "$code" ] || fail "no link is made: $made"
where=$(call "$GANTRY_KEY" -o /dev/null -w '%{http_code} %header{location}' "$GANTRY_URL/v1/links/$code/follow")
[ "$where" = '302 https://example.com/a?b=c' ] || fail "the link leads elsewhere: $where"
call "$GANTRY_KEY" "$GANTRY_URL/v1/links/$code" | grep -q '"visits":1}' || fail "the visit is not counted"
call "$GANTRY_KEY" -d '{"url": "ftp://example.com/"}' "$GANTRY_URL/v1/links" | grep -q unusable_address || fail "ftp"
call "$GANTRY_OTHER_KEY" "$GANTRY_URL/v1/links/$code" | grep -q no_such_link || fail "another tenant sees the link"
echo "passed"
