#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what Quantization Studio is built with: Debian packages that are missing, and on Debian 12, which has no
# package of it, ONNX Runtime. Does nothing, and needs no rights, where everything is there already.
#   resources/scripts/setup.sh           what the program needs
#   resources/scripts/setup.sh --tests   also what the tests need
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { echo "setup: $*" >&2; }
die() {
    say "$*"
    exit 1
}

with_tests=no
case "${1:-}" in
"") ;;
--tests) with_tests=yes ;;
*) die "unknown argument '$1' (only --tests is known)" ;;
esac

packages=(
    g++ cmake ninja-build ccache pkg-config git
    qt6-base-dev qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools libqcustomplot-dev
    libonnx-dev libprotobuf-dev protobuf-compiler
    libeigen3-dev libopenblas-dev libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
    nlohmann-json3-dev libcli11-dev zlib1g-dev libjpeg-dev libpng-dev libwebp7
    libicu-dev libsentencepiece-dev libtorch-dev
    fonts-dejavu-core fonts-noto-cjk
)
if [[ $with_tests == yes ]]; then
    packages+=(clang-format xvfb)
fi

# shellcheck source=/dev/null
[[ -r /etc/os-release ]] && . /etc/os-release
system="${ID:-unknown}-${VERSION_ID:-}"
if [[ $system == debian-12 ]]; then
    fetch_runtime=yes
else
    fetch_runtime=no
    packages+=(libonnxruntime-dev)
fi
if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian: install the counterparts of these packages yourself: ${packages[*]}"
    exit 0
fi
case "$system" in
debian-12 | debian-13) ;;
*) say "tried on Debian 12 and 13 only; this is ${PRETTY_NAME:-another system}" ;;
esac

# Prints those of its arguments that are not installed.
missing_of() {
    local package
    for package in "$@"; do
        [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || echo "$package"
    done
}

install_packages() {
    local as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || die "as root, run: apt-get install $*"
        as_root=(sudo)
        # Without a terminal nobody can type a password; fail at once rather than hang.
        [[ -t 0 ]] || as_root+=(-n)
    fi
    say "installing $# package(s): $*"
    "${as_root[@]}" apt-get -q update || die "apt-get update failed"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" \
        || die "could not install: $*"
}

mapfile -t missing < <(missing_of "${packages[@]}")
needs_npm=no
[[ $fetch_runtime == no ]] || ./fetch-onnxruntime.sh --is-there || needs_npm=yes
[[ $with_tests == no ]] || ./fetch-llamacpp.sh --is-there || needs_npm=yes
if [[ $needs_npm == yes ]] && ! command -v npm >/dev/null; then
    missing+=(npm)
fi
if [[ ${#missing[@]} -gt 0 ]]; then
    # The packages' output goes to stderr: stdout stays free for the script that calls this one.
    install_packages "${missing[@]}" >&2
else
    say "all ${#packages[@]} packages are installed"
fi
if [[ $fetch_runtime == yes ]]; then
    ./fetch-onnxruntime.sh
fi
if [[ $with_tests == yes ]]; then
    # Without it the tests that compare with it are skipped, so a machine without a network can still test.
    ./fetch-llamacpp.sh || say "going on without llama.cpp"
fi
