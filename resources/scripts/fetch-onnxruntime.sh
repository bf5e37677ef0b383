#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fetches ONNX Runtime where the system has no package of it (Debian 12) to
# ${QS_DEPS_DIR:-~/.cache/quantstudio}/onnxruntime-VERSION/{include,lib}, where FindOnnxRuntime.cmake looks.
# The library is the one in the npm package onnxruntime-node, the headers are those of Debian 13's libonnxruntime-dev.
# A library answers every older API version, so older headers fit. Both are checked before anything is put in place.
#   --is-there   only tells by its exit code whether it is there already
# QS_ANY_ONNXRUNTIME_HEADERS=1 accepts headers that Debian changed since this was written (apt has verified the
# package's signature in any case). QS_DEBIAN_MIRROR names the mirror if the machine's own one is not to be used.
set -euo pipefail

version=1.30.0
tarball_sha256=6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75
# Of `find . -name '*.h' | sort | sha256sum`, hashed again: libonnxruntime-dev 1.21.0+dfsg-1, the same on every architecture.
headers_sha256=4a19a1408126c4aa31d6912612988abba045481c036312048ee06b93204755af

root="${QS_DEPS_DIR:-${HOME:?is not set and QS_DEPS_DIR is not either}/.cache/quantstudio}"
folder="$root/onnxruntime-$version"

say() { echo "setup: $*" >&2; }
die() {
    say "ONNX Runtime: $*"
    exit 1
}

if [[ -f $folder/include/onnxruntime_cxx_api.h && -f $folder/lib/libonnxruntime.so.1 ]]; then
    [[ ${1:-} == --is-there ]] || say "ONNX Runtime $version is in $folder"
    exit 0
fi
[[ ${1:-} != --is-there ]] || exit 1

case "$(dpkg --print-architecture)" in
amd64)
    npm_arch=x64
    library_sha256=ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23
    ;;
arm64)
    npm_arch=arm64
    library_sha256=1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76
    ;;
*) die "no ready-made library for $(dpkg --print-architecture); build one and set ONNXRUNTIME_ROOT" ;;
esac

# check_sha256 <file> <expected> <what>
check_sha256() {
    local found
    found=$(sha256sum <"$1" | cut -d' ' -f1)
    [[ $found == "$2" ]] || die "$3 has SHA-256 $found, not $2: refused"
}

mkdir -p "$root" || die "cannot make the folder $root"
staging=$(mktemp -d "$root/.onnxruntime-XXXXXX") || die "cannot write to $root"
# apt downloads as the user _apt, who cannot look into a home folder.
scratch=$(mktemp -d) && chmod 755 "$scratch"
trap 'rm -rf "$staging" "$scratch"' EXIT
mkdir -p "$staging/lib"

fetch_library() {
    say "fetching ONNX Runtime $version: npm package onnxruntime-node (113 MB)"
    npm_config_cache="$scratch/npm" npm pack "onnxruntime-node@$version" --ignore-scripts --silent \
        --pack-destination "$scratch" >/dev/null || die "npm could not fetch onnxruntime-node@$version"
    local tarball="$scratch/onnxruntime-node-$version.tgz" member="package/bin/napi-v6/linux/$npm_arch/libonnxruntime.so.1"
    check_sha256 "$tarball" $tarball_sha256 "the npm package"
    tar -xzf "$tarball" -C "$scratch" "$member" || die "the npm package has no $member"
    check_sha256 "$scratch/$member" $library_sha256 "the library"
    mv "$scratch/$member" "$staging/lib/"
    ln -s libonnxruntime.so.1 "$staging/lib/libonnxruntime.so"
}

# The mirror this machine installs Debian from; read from apt, which knows every form of source list.
debian_mirror() {
    local mirror="${QS_DEBIAN_MIRROR:-}"
    if [[ -z $mirror ]]; then
        mirror=$(apt-get --print-uris update 2>/dev/null | sed -n "s|^'\(https\?://.*\)/dists/bookworm/InRelease'.*|\1|p" | head -n 1)
    fi
    echo "${mirror:-http://deb.debian.org/debian}"
}

# Debian 13's package, through an apt state of its own: the machine's sources and lists are not touched.
fetch_headers() {
    local mirror state="$scratch/apt"
    mirror=$(debian_mirror)
    say "fetching the headers: package libonnxruntime-dev of Debian 13 from $mirror"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/deb"
    chmod 777 "$state/deb"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$state/sources.list"
    local options=(-q -o Dir::State::Lists="$state/lists" -o Dir::Etc::sourcelist="$state/sources.list"
        -o Dir::Etc::sourceparts=/dev/null -o Dir::Cache="$state/cache" -o APT::Update::Error-Mode=any)
    apt-get "${options[@]}" update >&2 || die "could not read $mirror"
    (cd "$state/deb" && apt-get "${options[@]}" download libonnxruntime-dev >&2) || die "$mirror has no libonnxruntime-dev"
    dpkg -x "$state"/deb/libonnxruntime-dev_*.deb "$state/unpacked" || die "the package libonnxruntime-dev cannot be unpacked"
    cp -r "$state/unpacked/usr/include/onnxruntime" "$staging/include" || die "libonnxruntime-dev has no headers"
    check_headers
}

check_headers() {
    local found api
    found=$(cd "$staging/include" && find . -type f -name '*.h' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
    [[ $found != "$headers_sha256" ]] || return 0
    api=$(sed -n 's/^#define ORT_API_VERSION \([0-9]*\).*/\1/p' "$staging/include/onnxruntime_c_api.h")
    [[ ${QS_ANY_ONNXRUNTIME_HEADERS:-} == 1 ]] \
        || die "Debian's headers changed (API version ${api:-unknown}, SHA-256 $found): set QS_ANY_ONNXRUNTIME_HEADERS=1 to accept them"
    [[ ${api:-0} -ge 17 && $api -le 30 ]] || die "headers of API version ${api:-unknown} do not fit (17 to 30 do)"
    say "accepting changed headers of API version $api, as QS_ANY_ONNXRUNTIME_HEADERS asks"
}

fetch_library
fetch_headers
rm -rf "$folder"
chmod 755 "$staging"
mv -T "$staging" "$folder"
say "ONNX Runtime $version is in $folder"
