// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/thumbnailloader.h"

#include <QImageReader>

namespace qs {
namespace {

QImage readSmall(const QString &path, QSize size)
{
    QImageReader reader(path);
    reader.setAutoTransform(true);
    const QSize full = reader.size();
    if (full.isValid() && (full.width() > size.width() || full.height() > size.height()))
        reader.setScaledSize(full.scaled(size, Qt::KeepAspectRatio).expandedTo({1, 1}));
    QImage image = reader.read();
    if (image.isNull())
        return image;
    // Tiny pictures (CIFAR, MNIST) are enlarged so that one can see them.
    return image.scaled(size, Qt::KeepAspectRatio,
                        image.width() < size.width() / 2 ? Qt::FastTransformation : Qt::SmoothTransformation);
}

} // namespace

ThumbnailLoader::ThumbnailLoader(QSize size, QObject *parent)
    : QObject(parent)
    , m_size(size)
{
    m_pool.setMaxThreadCount(2);
}

ThumbnailLoader::~ThumbnailLoader()
{
    m_pool.clear();
    m_pool.waitForDone();
}

QImage ThumbnailLoader::thumbnail(const QString &path)
{
    const auto it = m_images.constFind(path);
    if (it != m_images.constEnd())
        return *it;
    m_images.insert(path, QImage());
    m_pool.start([this, path, size = m_size, generation = m_generation] {
        const QImage image = readSmall(path, size);
        QMetaObject::invokeMethod(
            this, [=, this] { store(path, image, generation); }, Qt::QueuedConnection);
    });
    return {};
}

void ThumbnailLoader::cancel()
{
    m_pool.clear();
    m_images.clear();
    ++m_generation;
}

void ThumbnailLoader::store(const QString &path, const QImage &image, int generation)
{
    if (generation != m_generation)
        return;
    m_images.insert(path, image);
    emit loaded(path);
}

} // namespace qs
