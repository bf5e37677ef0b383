#!/usr/bin/env bash
# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The core knows nothing of Qt (core/session excepted: Qt::Core), and the command line program loads nothing of it.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
code=0
if grep -rnE '#include [<"](Q[A-Z]|Qt|q[a-z]+\.h)' core --include='*.cpp' --include='*.h' --exclude-dir=session; then
    echo "check-layers: core includes Qt"
    code=1
fi
if grep -rnE '#include [<"](widgets|app)/' core || grep -rnE '#include [<"]app/' widgets; then
    echo "check-layers: a lower layer includes a higher one (app -> widgets -> core)"
    code=1
fi
cli=build/bin/quantstudio-cli
if [[ -x $cli ]]; then
    if ldd "$cli" | grep -i 'libQt'; then
        echo "check-layers: $cli links Qt"
        code=1
    fi
else
    echo "check-layers: $cli is not there"
    code=1
fi
exit $code
