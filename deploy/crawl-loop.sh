#!/bin/sh
# Crawls every EVERY seconds, up to JITTER seconds late: the cron of the container. SIGTERM ends it after a clean run.
set -u
every=${EVERY:-1200}
jitter=${JITTER:-120}
child=

stop() {
    trap - TERM INT
    if [ -n "$child" ]; then
        kill -TERM "$child" 2>/dev/null
        wait "$child"
    fi
    exit 0
}
trap stop TERM INT

# What is started is waited for in the background: a trap waits for a command in the foreground.
run() {
    "$@" &
    child=$!
    wait "$child"
    code=$?
    child=
    return "$code"
}

while :; do
    run baotinh crawl --all --log-json "$@"
    echo "crawl-loop: exit code $?" >&2
    run sleep "$((every + $(shuf -i "0-$jitter" -n 1)))"
done
