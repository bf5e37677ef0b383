# SPDX-FileCopyrightText: Quantization Studio contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints "passed|failed|skipped NAME" for each test of a file that ctest --output-junit wrote. Qt Test exits with 0 also
# where everything was skipped, so a program that passed counts as skipped if it skipped and no function of it passed.
/<testcase / {
    match($0, / name="[^"]*"/)
    name = substr($0, RSTART + 7, RLENGTH - 8)
    match($0, / status="[^"]*"/)
    status = substr($0, RSTART + 9, RLENGTH - 10)
    passes = skips = 0
}
# Qt Test's own two functions pass in every program.
/^PASS +: / && !/::(init|cleanup)TestCase\(\)/ { passes++ }
/^SKIP +: / { skips++ }
/<\/testcase>/ {
    if (status == "disabled")
        print "skipped", name
    else if (status != "run")
        print "failed", name
    else
        print(skips > 0 && passes == 0 ? "skipped" : "passed"), name
}
