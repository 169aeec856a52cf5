#!/bin/sh
# Starts a node of Galera at the position of its data, which the server finds by a run of its own. The node that finds the file
# `begin` beside this script begins a cluster.
folder=$(dirname "$0")
PATH=$folder:$PATH
export PATH
for word in "$@"; do
    case $word in --datadir=*) state=${word#*=}/grastate.dat ;; esac
done
if [ -e "$state" ]; then
    position=$("$@" --wsrep-recover 2>&1 | sed -n 's/.*WSREP: Recovered position: *//p' | tail -n 1)
    set -- "$@" --wsrep-start-position="${position%%,*}"
fi
if rm "$folder/begin" 2>/dev/null; then
    set -- "$@" --wsrep-new-cluster
fi
exec "$@"
