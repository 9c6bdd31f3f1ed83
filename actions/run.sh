#!/usr/bin/env bash
# Finds the outerloop binary that this version of the actions stands for and runs one step with it.
#
#   run.sh VERB     run `outerloop step VERB`
#   run.sh setup    put the binary on the PATH of later steps
#
# In this order: OUTERLOOP_BIN, the tool cache, a download, a build from source; what was released is
# never run unchecked. docs/adr/0008-how-a-step-finds-its-binary.md says why. Works with bash 3.2
# (macOS) and with Git's bash (Windows). Exit code 2: used wrongly; 3: no binary to run.
set -euo pipefail
shopt -s execfail

case ${BASH_SOURCE[0]} in
*/*) here=${BASH_SOURCE[0]%/*} ;;
*) here=. ;;
esac
root=$here/..
sums=$here/SHA256SUMS
own_binary='build it for this machine (cargo install --locked --path cli) and set OUTERLOOP_BIN to its path'

# --- Saying things: untrusted text never becomes a workflow command. --------------------------------

plain() {
  # Through variables and outside of quotes: bash 3.2 reads quotes inside of an expansion differently.
  local text from='##[' to='## ['
  text=${1//[$'\r\n']/ }
  text=${text//"$from"/$to}
  printf '%s' "$text"
}

say() { printf 'outerloop: %s\n' "$(plain "$1")" >&2; }

# fail EXIT_CODE MESSAGE HINT
fail() {
  local message
  message=$(plain "$2; hint: $3")
  if [ "${GITHUB_ACTIONS:-}" = true ]; then
    message=${message//[%]/%25}
    printf '::error title=outerloop::%s\n' "$message" >&2
  else
    printf 'error: %s\n' "$message" >&2
  fi
  exit "$1"
}

# --- What is looked for. ----------------------------------------------------------------------------

# Sets `target` (the compiler's name), `arch` (the tool cache's name) and `exe`.
find_platform() {
  local processor=${RUNNER_ARCH:-$(uname -m)} system=${RUNNER_OS:-$(uname -s)} cpu
  exe=''
  case $processor in
  X64 | x86_64 | amd64) arch=x64 cpu=x86_64 ;;
  ARM64 | arm64 | aarch64) arch=arm64 cpu=aarch64 ;;
  *) fail 3 "there is no binary for the processor $processor" "$own_binary" ;;
  esac
  case $system in
  Linux) target=$cpu-unknown-linux-gnu ;;
  macOS | Darwin) target=$cpu-apple-darwin ;;
  # Windows on ARM runs programs for x64.
  Windows | MINGW* | MSYS* | CYGWIN*) target=x86_64-pc-windows-msvc arch=x64 exe=.exe ;;
  *) fail 3 "there is no binary for the system $system" "$own_binary" ;;
  esac
}

# Sets `version`: that of this system's archive in SHA256SUMS, else that of the sources.
find_version() {
  local word name
  version=''
  [ -f "$sums" ] || fail 3 "$sums is missing" 'check the action out whole'
  while read -r word name; do
    case $name in outerloop-*-"$target".tar.gz)
      name=${name#outerloop-}
      version=${name%-"$target".tar.gz}
      ;;
    esac
  done <"$sums"
  [ -n "$version" ] || version=$(source_key version)
  case $version in
  '' | *[!0-9A-Za-z.+-]*) fail 3 "neither $sums nor $root/Cargo.toml says which version this is" 'check the action out whole' ;;
  esac
}

# Prints what Cargo.toml says for the whole workspace.
source_key() {
  local word value
  while read -r word value; do
    if [ "$word" = "$1" ]; then
      value=${value#*\"}
      printf '%s' "${value%%\"*}"
      return
    fi
  done <"$root/Cargo.toml"
}

# --- Checksums. -------------------------------------------------------------------------------------

# Sets `expected`: the committed checksum of a file of the release; empty where there is none.
expect() {
  local sum name
  expected=''
  while read -r sum name; do
    [ "$name" != "$1" ] || expected=$sum
  done <"$sums"
}

# Prints the SHA-256 of a file. OpenSSL is several times quicker than the others.
sum_of() {
  local out=''
  if command -v openssl >/dev/null; then
    out=$(openssl dgst -sha256 -r <"$1") || out=''
  elif command -v sha256sum >/dev/null; then
    out=$(sha256sum <"$1") || out=''
  elif command -v shasum >/dev/null; then
    out=$(shasum -a 256 <"$1") || out=''
  elif command -v certutil >/dev/null; then
    out=$(certutil -hashfile "$1" SHA256) || out=''
    out=${out#*$'\n'}
  else
    fail 3 'there is no program to check the binary with' 'install openssl, sha256sum or shasum'
  fi
  out=${out%%[!0-9a-f]*}
  [ ${#out} -eq 64 ] || fail 3 "the checksum of $1 cannot be computed" 'see the messages above'
  printf '%s' "$out"
}

# verify FILE NAME [MARK]: refuses a file that is not the one that was released as NAME, and removes
# it with its mark.
verify() {
  local found removed='it was removed'
  found=$(sum_of "$1") || exit 3
  expect "$2"
  [ "$found" != "$expected" ] || return 0
  rm -f "$1" "${3:-$1}" || removed="it could not be removed: $1"
  fail 3 "refused: $2 has the SHA-256 $found, expected ${expected:-none, it is not listed}" \
    "something changed it on its way or in the cache; $removed"
}

# --- Where it may come from. Each sets `bin`, or returns 1. -----------------------------------------

from_variable() {
  [ -n "${OUTERLOOP_BIN:-}" ] || return 1
  [ -x "$OUTERLOOP_BIN" ] || fail 2 "OUTERLOOP_BIN is no program: $OUTERLOOP_BIN" 'set it to the path of the binary, or unset it'
  bin=$OUTERLOOP_BIN
  say "using OUTERLOOP_BIN, unchecked: $bin"
}

from_cache() {
  [ -n "$released" ] || return 1
  local folder
  for folder in "$cache" "$job"; do
    place=$folder/outerloop/$version/$arch
    bin=$place/outerloop$exe
    if [ -e "$place.complete" ] && [ -x "$bin" ]; then
      verify "$bin" "$name/outerloop$exe" "$place.complete"
      return 0
    fi
  done
  return 1
}

from_download() {
  [ -n "$released" ] || return 1
  local base=${OUTERLOOP_DOWNLOAD_BASE:-$(release_address)}
  make_room "$version"
  say "downloading $name; later steps find it in $place"
  if ! fetch "${base%/}/$name.tar.gz" "$temporary/archive"; then
    rm -rf "$temporary"
    return 1
  fi
  verify "$temporary/archive" "$name.tar.gz"
  # By standard input: GNU tar takes C:\archive for a file on the machine C.
  tar -xzf - -C "$temporary" "$name/outerloop$exe" <"$temporary/archive" ||
    fail 3 "$name.tar.gz cannot be unpacked" 'see the message of tar above'
  verify "$temporary/$name/outerloop$exe" "$name/outerloop$exe"
  chmod +x "$temporary/$name/outerloop$exe"
  # A C library that is too old ends a program with 1, which would read as the answer no.
  "$temporary/$name/outerloop$exe" --version >/dev/null ||
    fail 3 "$name does not run on this machine" "$own_binary"
  keep "$temporary/$name/outerloop$exe" "$expected"
}

from_source() {
  command -v cargo >/dev/null || return 1
  local sources folder built
  sources=$(source_sum) || exit 3
  for folder in "$cache" "$job"; do
    place=$folder/outerloop/$version-source-${sources:0:16}/$arch
    bin=$place/outerloop$exe
    if [ -x "$bin" ] && [ "$(cat "$place.complete" 2>/dev/null)" = "$(sum_of "$bin")" ]; then
      return 0
    fi
  done
  make_room "$version-source-${sources:0:16}"
  say "building outerloop $version from source, which takes minutes; later steps find it in $place"
  # In the action's folder: settings of cargo in the user's repository are for the user's programs.
  (cd "$root" && CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$temporary/target} \
    cargo install --locked --quiet --path cli --root "$temporary" >&2) ||
    fail 3 'outerloop could not be built from source' 'see the messages of cargo above'
  built=$(sum_of "$temporary/bin/outerloop$exe") || exit 3
  keep "$temporary/bin/outerloop$exe" "$built"
}

# Prints one checksum for everything that the binary is built from: sizes, names and bytes.
source_sum() {
  cd "$root" || return
  { sources_of_build | xargs -0 wc -c && sources_of_build | xargs -0 cat; } | sum_of /dev/stdin
}

sources_of_build() { find Cargo.toml Cargo.lock cli core -type f | LC_ALL=C sort | tr '\n' '\0'; }

# --- The cache. -------------------------------------------------------------------------------------

# make_room VERSION: sets `place`, in the tool cache or, where that is read-only, in this job's own
# folder, and `temporary` beside it, so that a move from one to the other is a rename.
make_room() {
  local folder
  for folder in "$cache" "$job"; do
    place=$folder/outerloop/$1/$arch
    if mkdir -p "$place" 2>/dev/null && temporary=$(mktemp -d "$folder/outerloop/.new.XXXXXX" 2>/dev/null); then
      trap 'rm -rf "$temporary"' EXIT
      return 0
    fi
    say "$folder cannot be written"
  done
  fail 3 'there is no folder to keep the binary in' 'make RUNNER_TOOL_CACHE or RUNNER_TEMP writable'
}

# keep FILE SUM: it takes its place in one move, so that two jobs at once never meet half a file. Where
# the move fails, the other one is running it (Windows).
keep() {
  bin=$place/outerloop$exe
  mv -f "$1" "$bin" 2>/dev/null || [ "$(sum_of "$bin")" = "$2" ] ||
    fail 3 "the binary cannot be put at $bin" 'make the folder writable'
  printf '%s' "$2" >"$place.complete"
  rm -rf "$temporary"
}

# --- Downloads. -------------------------------------------------------------------------------------

# Releases are on github.com also when the workflow runs on a server of one's own.
release_address() {
  local repository=${OUTERLOOP_ACTION_REPOSITORY:-${GITHUB_ACTION_REPOSITORY:-}}
  case $repository in
  */*) repository=https://github.com/$repository ;;
  *) repository=$(source_key repository) ;;
  esac
  printf '%s/releases/download/v%s' "$repository" "$version"
}

# fetch URL FILE: four tries, with 1, 2 and 4 seconds between them.
fetch() {
  local try code
  for try in 1 2 3 4; do
    code=0
    fetch_once "$1" "$2" || code=$?
    [ "$code" -ne 0 ] || return 0
    rm -f "$2"
    [ "$code" -ne 9 ] || break
    [ "$try" -eq 4 ] || sleep "$((1 << (try - 1)))"
  done
  # A mirror's address may hold a password.
  case $1 in
  *://*@*) say "could not download ${1%%://*}://${1#*@}" ;;
  *) say "could not download $1" ;;
  esac
  return 1
}

# Returns 9 where another try will not help.
fetch_once() {
  local status
  if command -v curl >/dev/null; then
    status=$(curl --fail --location --silent --show-error --connect-timeout 20 --max-time 300 \
      --write-out '%{http_code}' --output "$2" "$1") && return 0
    case $status in 400 | 401 | 403 | 404 | 410) return 9 ;; *) return 1 ;; esac
  elif command -v wget >/dev/null; then
    wget --quiet --tries=1 --timeout=60 --output-document="$2" "$1"
  else
    say 'neither curl nor wget is installed'
    return 9
  fi
}

# --- The step. --------------------------------------------------------------------------------------

find_binary() {
  from_variable && return
  find_platform
  find_version
  name=outerloop-$version-$target
  expect "$name.tar.gz"
  released=$expected
  job=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
  cache=${RUNNER_TOOL_CACHE:-$job}
  if [ -n "$exe" ] && command -v cygpath >/dev/null; then
    job=$(cygpath -u "$job")
    cache=$(cygpath -u "$cache")
  fi
  from_cache || from_download || from_source ||
    fail 3 "there is no outerloop $version for $target: no download, and no cargo to build it with" \
      'set OUTERLOOP_DOWNLOAD_BASE to a mirror of the release, or OUTERLOOP_BIN to a binary'
}

# The one place that writes to the runner's files: a path with a line break would be two entries.
set_up() {
  local folder said
  said=$("$bin" --version) || fail 3 "$bin does not run on this machine" "$own_binary"
  said=${said%%[$'\r\n']*} said=${said#outerloop }
  case $bin in */*) folder=$(cd "${bin%/*}" && pwd) ;; *) folder=$PWD ;; esac
  bin=$folder/${bin##*/}
  if command -v cygpath >/dev/null; then
    folder=$(cygpath -w "$folder")
    bin=$(cygpath -w "$bin")
  fi
  case $bin in *[$'\r\n']*) fail 2 'the path of the binary has a line break' 'move the tool cache' ;; esac
  printf '%s\n' "$folder" >>"${GITHUB_PATH:?is set by the runner}"
  printf 'version=%s\npath=%s\n' "$said" "$bin" >>"${GITHUB_OUTPUT:?is set by the runner}"
  say "$said at $bin"
}

main() {
  local verb=${1:-}
  case $verb in
  '' | -* | *[!a-z-]*) fail 2 "this is no verb of outerloop: $verb" 'see outerloop --help' ;;
  esac
  find_binary
  if [ "$verb" = setup ]; then
    set_up
  else
    exec "$bin" step "$verb" || fail 3 "$bin does not run on this machine" "$own_binary"
  fi
}

main "$@"
