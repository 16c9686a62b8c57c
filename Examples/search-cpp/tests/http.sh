#!/bin/sh
# Runs while a real host serves the module at $GANTRY_URL, with the keys of two tenants.
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }
put() { curl -sS -X PUT -H "Authorization: Bearer $GANTRY_KEY" -H 'Content-Type: application/json' -d "$2" \
    "$GANTRY_URL/v1/search/texts/$1"; }
find() { curl -sS -G -H "Authorization: Bearer $1" --data-urlencode "q=$2" "$GANTRY_URL/v1/search"; }

[ "$(put one '{"text": "The cat sat on the mat."}')" = '{"words":5}' ] || fail "the text is not kept"
put two '{"text": "A cat. A cat! \"Grün\""}' >/dev/null
find "$GANTRY_KEY" 'CAT' | grep -q '^{"texts":\[{"name":"two".*"name":"one"' || fail "$(find "$GANTRY_KEY" cat)"
[ "$(find "$GANTRY_KEY" 'cat mat')" = '{"texts":[{"name":"one","text":"The cat sat on the mat.","uses":2}]}' ] ||
    fail "$(find "$GANTRY_KEY" 'cat mat')"
find "$GANTRY_KEY" 'grün' | grep -q '\\"Grün\\"' || fail "letters beyond ASCII are lost"
put one '{"text": "dog"}' >/dev/null
[ "$(find "$GANTRY_KEY" mat)" = '{"texts":[]}' ] || fail "the old text is still found"
find "$GANTRY_KEY" '...' | grep -q no_words || fail "no words are looked for"
[ "$(find "$GANTRY_OTHER_KEY" cat)" = '{"texts":[]}' ] || fail "another tenant finds the text"
echo "passed"
