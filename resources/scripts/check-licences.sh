#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every file says in its first lines who holds the copyright and under which licence, or REUSE.toml says it.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mapfile -t patterns < <(sed -n '/^path = \[/,/\]/s/^ *"\(.*\)",*$/\1/p' REUSE.toml)

is_annotated() {
    local pattern
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053 # a pattern is meant
        [[ $1 == $pattern ]] && return 0
    done
    return 1
}

mapfile -t files < <(git ls-files)
if [[ ${#files[@]} -eq 0 ]]; then
    echo "check-licences: skipped, this is no git clone"
    exit 77
fi

code=0
for file in "${files[@]}"; do
    is_annotated "$file" && continue
    for tag in SPDX-FileCopyrightText SPDX-License-Identifier; do
        if ! head -n 10 "$file" | grep -q "$tag:"; then
            echo "check-licences: $file has no $tag in its first lines and no entry in REUSE.toml"
            code=1
        fi
    done
done
exit $code
