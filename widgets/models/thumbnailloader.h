// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QImage>
#include <QObject>
#include <QSize>
#include <QThreadPool>

namespace qs {

/// Reads small versions of picture files on other threads and keeps them. Damaged files give a null image.
class ThumbnailLoader : public QObject
{
    Q_OBJECT
public:
    explicit ThumbnailLoader(QSize size, QObject *parent = nullptr);
    ~ThumbnailLoader() override; ///< drops what is waiting and waits for what is running

    /// The picture when it is there already; else a null image, and loaded() follows once.
    QImage thumbnail(const QString &path);
    /// Forgets what is waiting, e.g. because other files are shown now.
    void cancel();

signals:
    void loaded(const QString &path);

private:
    void store(const QString &path, const QImage &image, int generation);

    QSize m_size;
    QHash<QString, QImage> m_images; ///< null while loading and for damaged files
    QThreadPool m_pool;
    int m_generation = 0;
};

} // namespace qs
