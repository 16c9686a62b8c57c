#!/usr/bin/env bash
# Serves the demo deployment: starts the host, fills the charging tenant the first time, prints how to use it, and
# waits. Ctrl-C lets the host drain and stop. Everything it makes lies in the data folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

data=${GANTRY_DEMO_DATA:-.build/demo-data}
listen=${GANTRY_DEMO_LISTEN:-127.0.0.1:8000}
url=http://$listen
gantry=.build/release/gantry
mkdir -p "$data"

"$gantry" serve --deployment manifests/deployments/demo.yaml --data "$data" --listen "$listen" 2>"$data/host.log" &
host=$!
trap 'kill -TERM $host 2>/dev/null || true' INT TERM

for _ in $(seq 100); do
    curl -fsS -o /dev/null "$url/api/ping" 2>/dev/null && break
    kill -0 $host 2>/dev/null || { tail -n 5 "$data/host.log" >&2; exit 1; }
    sleep 0.1
done

umask 077
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
  data:                        $data   (log: $data/host.log)

  curl -H 'Authorization: Bearer $charging' '$url/v1/sessions?isAnomaly=true&pageSize=3'
  curl -H 'Authorization: Bearer $charging' '$url/v1/stations'
  curl -H 'Authorization: Bearer $authors' '$url/v1/hello/world'

TEXT

status=0
while kill -0 $host 2>/dev/null; do wait $host && status=0 || status=$?; done
echo "Gantry has stopped; the data stays in $data."
[ "$status" -eq 0 ] || [ "$status" -gt 128 ] || exit "$status"
