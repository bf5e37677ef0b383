// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/samefile.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace qs;
namespace fs = std::filesystem;

namespace {

constexpr uid_t kNobody = 65534;

std::string contentOf(const fs::path &path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

mode_t modeOf(const fs::path &path)
{
    struct stat info = {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

} // namespace

class tst_AtomicFile : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void theOldFileStaysUntilTheEnd();
    void theOldPermissionsStay();
    void linksStayLinks_data();
    void linksStayLinks();
    void linksInCirclesAreAnError();
    void whatIsNoFileStays();
    void whatMayNotBeWrittenStays();
    void bothOrNeither_data();
    void bothOrNeither();
    void sourcesAreNotReplaced();

private:
    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto &entry : fs::directory_iterator(m_path))
            names.push_back(entry.path().filename());
        std::ranges::sort(names);
        return names;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_path;
};

void tst_AtomicFile::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->path().toStdString();
}

void tst_AtomicFile::theOldFileStaysUntilTheEnd()
{
    std::ofstream(m_path / "a") << "old";
    {
        auto file = AtomicFile::create(m_path / "a");
        QVERIFY(file.ok() && file->write("half").ok());
        QCOMPARE(contentOf(m_path / "a"), std::string("old"));
    }
    QCOMPARE(names(), std::vector<std::string> {"a"});
    QVERIFY(writeFileAtomically(m_path / "a", "new").ok());
    QCOMPARE(contentOf(m_path / "a"), std::string("new"));
    QCOMPARE(names(), std::vector<std::string> {"a"});
}

void tst_AtomicFile::theOldPermissionsStay()
{
    const mode_t mask = ::umask(022);
    QVERIFY(writeFileAtomically(m_path / "a", "x").ok());
    QCOMPARE(modeOf(m_path / "a"), mode_t {0644});
    QCOMPARE(::chmod((m_path / "a").c_str(), 0600), 0);
    QVERIFY(writeFileAtomically(m_path / "a", "y").ok());
    QCOMPARE(modeOf(m_path / "a"), mode_t {0600});
    ::umask(mask);
}

void tst_AtomicFile::linksStayLinks_data()
{
    QTest::addColumn<QString>("target");
    QTest::newRow("beside") << "beside";
    QTest::newRow("elsewhere") << "folder/file";
    QTest::newRow("not-there-yet") << "folder/new";
    QTest::newRow("through-another-link") << "hop";
}

void tst_AtomicFile::linksStayLinks()
{
    QFETCH(QString, target);
    fs::create_directory(m_path / "folder");
    std::ofstream(m_path / "beside") << "old";
    std::ofstream(m_path / "folder" / "file") << "old";
    fs::create_symlink("folder/file", m_path / "hop");
    fs::create_symlink(target.toStdString(), m_path / "link");
    const Status written = writeFileAtomically(m_path / "link", "new");
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().message().c_str());
    QVERIFY(fs::is_symlink(m_path / "link") && fs::is_symlink(m_path / "hop"));
    QCOMPARE(contentOf(m_path / target.toStdString()), std::string("new"));
    QCOMPARE(contentOf(m_path / "link"), std::string("new"));
}

void tst_AtomicFile::linksInCirclesAreAnError()
{
    fs::create_symlink("b", m_path / "a");
    fs::create_symlink("a", m_path / "b");
    const Status written = writeFileAtomically(m_path / "a", "x");
    QVERIFY(!written.ok());
    QCOMPARE(written.error().message(), (m_path / "a").string() + ": Too many levels of symbolic links");
}

void tst_AtomicFile::whatIsNoFileStays()
{
    QCOMPARE(::mkfifo((m_path / "pipe").c_str(), 0666), 0);
    const Status toPipe = writeFileAtomically(m_path / "pipe", "x");
    QVERIFY(!toPipe.ok());
    QCOMPARE(toPipe.error().message(), (m_path / "pipe").string() + ": not a regular file");
    QVERIFY(fs::is_fifo(m_path / "pipe"));
    const Status toFolder = writeFileAtomically(m_path, "x");
    QVERIFY(!toFolder.ok());
    QCOMPARE(toFolder.error().message(), m_path.string() + ": Is a directory");
}

void tst_AtomicFile::whatMayNotBeWrittenStays()
{
    std::ofstream(m_path / "a") << "old";
    QCOMPARE(::chmod((m_path / "a").c_str(), 0444), 0);
    QCOMPARE(::chmod(m_path.c_str(), 0777), 0);
    const bool isRoot = ::geteuid() == 0; // who may write everything
    if (isRoot)
        QCOMPARE(::seteuid(kNobody), 0);
    const Status written = writeFileAtomically(m_path / "a", "x");
    if (isRoot)
        QCOMPARE(::seteuid(0), 0);
    QVERIFY(!written.ok());
    QCOMPARE(written.error().message(), (m_path / "a").string() + ": Permission denied");
    QVERIFY(written.error().code == ErrorCode::Permission);
    QCOMPARE(contentOf(m_path / "a"), std::string("old"));
    QCOMPARE(names(), std::vector<std::string> {"a"});
}

void tst_AtomicFile::bothOrNeither_data()
{
    QTest::addColumn<bool>("areThere"); // older files
    QTest::addColumn<bool>("fails");
    QTest::newRow("new") << false << false;
    QTest::newRow("old") << true << false;
    QTest::newRow("new-fail") << false << true;
    QTest::newRow("old-fail") << true << true;
}

void tst_AtomicFile::bothOrNeither()
{
    QFETCH(bool, areThere);
    QFETCH(bool, fails);
    const fs::path data = m_path / "data";
    fs::create_directory(m_path / "folder");
    const fs::path model = m_path / "folder" / "model";
    if (areThere) {
        std::ofstream(data) << "old data";
        std::ofstream(model) << "old model";
    }
    {
        auto first = AtomicFile::create(data);
        auto second = AtomicFile::create(model);
        QVERIFY(first.ok() && first->write("new data").ok());
        QVERIFY(second.ok() && second->write("new model").ok());
        if (fails) { // what was written of the second is lost
            for (const auto &entry : fs::directory_iterator(model.parent_path())) {
                if (entry.path() != model)
                    fs::remove(entry.path());
            }
        }
        QCOMPARE(AtomicFile::commitTogether(*first, *second).ok(), !fails);
    }
    const bool isNew = !fails;
    QCOMPARE(fs::exists(data), isNew || areThere);
    QCOMPARE(fs::exists(model), isNew || areThere);
    if (isNew || areThere) {
        QCOMPARE(contentOf(data), std::string(isNew ? "new data" : "old data"));
        QCOMPARE(contentOf(model), std::string(isNew ? "new model" : "old model"));
    }
    QCOMPARE(names(),
             isNew || areThere ? (std::vector<std::string> {"data", "folder"})
                               : std::vector<std::string> {"folder"});
    fs::remove(model);
    QVERIFY(fs::is_empty(model.parent_path()));
}

void tst_AtomicFile::sourcesAreNotReplaced()
{
    std::ofstream(m_path / "model") << "x";
    std::ofstream(m_path / "other") << "x";
    fs::create_symlink("model", m_path / "link");
    fs::create_hard_link(m_path / "model", m_path / "second-name");
    fs::create_directory(m_path / "folder");
    for (const char *same : {"model", "link", "second-name", "folder/../model"})
        QVERIFY2(!refuseToReplace(m_path / "model", m_path / same).ok(), same);
    for (const char *another : {"other", "new", "folder"})
        QVERIFY2(refuseToReplace(m_path / "model", m_path / another).ok(), another);
    QVERIFY(refuseToReplace(m_path / "gone", m_path / "new").ok());
}

QTEST_APPLESS_MAIN(tst_AtomicFile)
#include "tst_atomicfile.moc"
