// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"
#include "tests/support/tinyllama.h"

#include <QFile>
#include <QTemporaryDir>

namespace qs::test {

/// A tiny language model and a text in a folder of their own, and what the window opens them with.
struct CheckpointFixture
{
    bool writeModelAndText()
    {
        m_model = QString::fromStdString(makeTinyLlama(m_folder.filePath("tiny").toStdString()).string());
        m_text = m_folder.filePath("text.txt");
        QFile file(m_text);
        if (!file.open(QIODevice::WriteOnly))
            return false;
        for (int i = 0; i < 400; ++i)
            file.write(QByteArray(1, static_cast<char>('a' + (i * i + 3 * i) % 26)));
        return true;
    }

    void start()
    {
        m_settings = std::make_unique<Settings>(
            std::make_unique<QSettings>(m_folder.filePath("settings.ini"), QSettings::IniFormat));
        m_jobs = std::make_unique<JobRunner>();
        m_session = std::make_unique<CheckpointSession>();
        m_workflow
            = std::make_unique<CheckpointWorkflow>(CheckpointServices {.session = *m_session,
                                                                       .jobs = *m_jobs,
                                                                       .settings = *m_settings,
                                                                       .strategies = builtinLlmStrategies()});
    }

    void stop()
    {
        m_workflow.reset();
        m_session.reset();
        m_jobs.reset();
    }

    QTemporaryDir m_folder;
    QString m_model;
    QString m_text;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<JobRunner> m_jobs;
    std::unique_ptr<CheckpointSession> m_session;
    std::unique_ptr<CheckpointWorkflow> m_workflow;
};

} // namespace qs::test
