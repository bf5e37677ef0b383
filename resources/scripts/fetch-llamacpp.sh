#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fetches llama.cpp's libraries, which the tests compare quantized GGUF files with, to
# ${QS_DEPS_DIR:-~/.cache/quantstudio}/llamacpp-VERSION. They are those of the npm package @node-llama-cpp/linux-<arch>,
# checked before anything is put in place. The program itself neither needs nor loads them. Another version has to be
# compared with the structures in tests/support/llamapeer.cpp first.
#   --is-there   only tells by its exit code whether it is there already
set -euo pipefail

version=3.22.1 # of the npm package; llama.cpp v0.5.0 inside
root="${QS_DEPS_DIR:-${HOME:?is not set and QS_DEPS_DIR is not either}/.cache/quantstudio}"
folder="$root/llamacpp-$version"

say() { echo "setup: $*" >&2; }
die() {
    say "llama.cpp: $*"
    exit 1
}

if [[ -f $folder/libggml-base.so && -f $folder/libllama.so ]]; then
    [[ ${1:-} == --is-there ]] || say "llama.cpp $version is in $folder"
    exit 0
fi
[[ ${1:-} != --is-there ]] || exit 1

case "$(uname -m)" in
x86_64)
    arch=x64
    tarball_sha256=0d953e1503d5ab4608d8ed5b739132308c81ac05ffeb760d2a7f30e08a9f90e0
    ;;
*)
    say "no ready-made llama.cpp for $(uname -m): the tests that compare with it will be skipped"
    exit 0
    ;;
esac
command -v npm >/dev/null || die "npm is not there to fetch it with"

mkdir -p "$root" || die "cannot make the folder $root"
staging=$(mktemp -d "$root/.llamacpp-XXXXXX") || die "cannot write to $root"
trap 'rm -rf "$staging"' EXIT

say "fetching llama.cpp: npm package @node-llama-cpp/linux-$arch $version (11 MB)"
npm_config_cache="$staging/npm" npm pack "@node-llama-cpp/linux-$arch@$version" --ignore-scripts --silent \
    --pack-destination "$staging" >/dev/null || die "npm could not fetch @node-llama-cpp/linux-$arch@$version"
tarball="$staging/node-llama-cpp-linux-$arch-$version.tgz"
found=$(sha256sum <"$tarball" | cut -d' ' -f1)
[[ $found == "$tarball_sha256" ]] || die "the npm package has SHA-256 $found, not $tarball_sha256: refused"

mkdir "$staging/lib"
tar -xzf "$tarball" -C "$staging/lib" --strip-components=3 --wildcards "package/bins/linux-$arch/*.so" \
    || die "the npm package has no libraries"
tar -xzf "$tarball" -C "$staging/lib" --strip-components=1 package/LICENSE || die "the npm package has no licence"
# The libraries ask for each other by their numbered names; links spare the tests the number.
ln -s "$(basename "$staging"/lib/libllama.v*.so)" "$staging/lib/libllama.so"
ln -s "$(basename "$staging"/lib/libggml.v*.so)" "$staging/lib/libggml.so"
rm -rf "$folder"
chmod 755 "$staging/lib"
mv -T "$staging/lib" "$folder"
say "llama.cpp $version is in $folder"
