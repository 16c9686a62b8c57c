#!/usr/bin/env bash
# Serves the demo deployment: starts the host, fills the charging tenant the first time, prints how to use it, and
# waits. Ctrl-C lets the host drain and stop; a second one ends it at once. Everything it makes lies in the data folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

data=${GANTRY_DEMO_DATA:-.build/demo-data}
listen=${GANTRY_DEMO_LISTEN:-127.0.0.1:8000}
url=http://$listen
gantry=.build/release/gantry
umask 077
mkdir -p "$data"
log=$data/host.log

: >"$log"
"$gantry" serve --deployment manifests/deployments/demo.yaml --data "$data" --listen "$listen" 2>>"$log" &
host=$!

# The host outlives the signals that end the script, so it is waited for however the script ends.
stop_host() {
    trap - EXIT
    kill -TERM "$host" 2>/dev/null || true
    status=0
    while kill -0 "$host" 2>/dev/null; do wait "$host" && status=0 || status=$?; done
    echo "Gantry has stopped; the data stays in $data."
    exit "${1:-$status}"
}
trap 'stop_host' INT TERM
trap 'stop_host $?' EXIT

fail() {
    echo "The host does not serve. The end of $log:" >&2
    tail -n 5 "$log" >&2
    exit 1
}
# Another program may answer at the address, so the host's own word counts.
for _ in $(seq 600); do
    grep -q '"Gantry serves\."' "$log" && break
    kill -0 "$host" 2>/dev/null || fail
    sleep 0.05
done
grep -q '"Gantry serves\."' "$log" || fail

key_of() { # tenant
    [ -s "$data/demo-key-$1" ] || "$gantry" key create --data "$data" --tenant "$1" --name demo --json \
        | sed -n 's/.*"key":"\([^"]*\)".*/\1/p' >"$data/demo-key-$1"
    cat "$data/demo-key-$1"
}
charging=$(key_of charging)
authors=$(key_of authors)

if [ ! -e "$data/filled" ]; then
    .build/release/charging-simulator --url "$url" --key "$charging" --stations 6 --days 14 --seed 7
    touch "$data/filled"
fi

cat <<TEXT

Gantry serves $url   (Ctrl-C drains and stops)
  API key of tenant charging:  $charging
  data:                        $data   (log: $log)

curl -H 'Authorization: Bearer $charging' '$url/v1/sessions?isAnomaly=true&pageSize=3'
curl -H 'Authorization: Bearer $charging' '$url/v1/stations'
curl -H 'Authorization: Bearer $authors' '$url/v1/hello/world'

TEXT

wait "$host"
