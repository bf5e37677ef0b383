#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every C++ source is as clang-format leaves it. Versions differ in what they write, so only Debian 12's judges: skipped
# (exit code 77) with any other.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
formatter=$(command -v clang-format-14 || command -v clang-format)
if [[ "$($formatter --version 2>/dev/null)" != *"version 14."* ]]; then
    echo "check-format: skipped, it takes clang-format 14"
    exit 77
fi
mapfile -t sources < <(git ls-files '*.cpp' '*.h')
if [[ ${#sources[@]} -eq 0 ]]; then
    echo "check-format: skipped, this is no git clone"
    exit 77
fi
"$formatter" --dry-run -Werror "${sources[@]}"
