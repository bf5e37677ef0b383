// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>

namespace qs {

/// \a threads; when that is 0 or less what a ThreadLimit says, else the number of cores.
int threadCount(int threads = 0);

/// As long as it lives, "all cores" is \a threads on the thread that made it, and in what that runs in
/// parallel: so a job's limit reaches readers and coders that it does not call itself. 0 = no limit of its
/// own.
class ThreadLimit
{
public:
    explicit ThreadLimit(int threads);
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit &) = delete;
    ThreadLimit &operator=(const ThreadLimit &) = delete;

private:
    int m_before;
};

/// Runs task(0) … task(count - 1) on \a threads threads (0 = all cores), the calling one among them. The
/// first exception a task throws ends the rest and is thrown here.
void parallelFor(std::size_t count, const std::function<void(std::size_t)> &task, int threads = 0);

} // namespace qs
