// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/filefield.h"
#include "widgets/controls/searchline.h"
#include "widgets/controls/statekeeper.h"

#include <QApplication>
#include <QDropEvent>
#include <QHeaderView>
#include <QMimeData>
#include <QSignalSpy>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace qs;

class TestControls : public QObject
{
    Q_OBJECT
private slots:
    void fileFieldTellsOnce();
    void fileFieldChecksThePath();
    void fileFieldTakesDrops();
    void searchLinePauses();
    void stateKeeperRemembers();
};

void TestControls::fileFieldTellsOnce()
{
    FileField field(FileField::Kind::OpenFile);
    QSignalSpy changed(&field, &FileField::pathChanged);
    field.setPath("/tmp/a");
    QCOMPARE(changed.size(), 0);
    field.lineEdit()->clear();
    QTest::keyClicks(field.lineEdit(), "/tmp/b");
    QTest::keyClick(field.lineEdit(), Qt::Key_Return);
    QTest::keyClick(field.lineEdit(), Qt::Key_Return);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.front().front().toString(), "/tmp/b");
}

void TestControls::fileFieldChecksThePath()
{
    QTemporaryDir folder;
    QFile file(folder.filePath("a.onnx"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    FileField open(FileField::Kind::OpenFile);
    QVERIFY(!open.isAcceptable());
    open.setPath(file.fileName());
    QVERIFY(open.isAcceptable());
    open.setPath(folder.path());
    QVERIFY(!open.isAcceptable());
    FileField either(FileField::Kind::OpenFileOrFolder);
    either.setSpecialValues({"synthetic"});
    either.setPath(folder.path());
    QVERIFY(either.isAcceptable());
    either.setPath("synthetic");
    QVERIFY(either.isAcceptable());
    either.setPath(folder.filePath("none"));
    QVERIFY(!either.isAcceptable());
    FileField save(FileField::Kind::SaveFile);
    save.setPath(folder.filePath("new.onnx"));
    QVERIFY(save.isAcceptable());
    save.setPath(folder.filePath("none/new.onnx"));
    QVERIFY(!save.isAcceptable());
}

void TestControls::fileFieldTakesDrops()
{
    FileField field(FileField::Kind::OpenFile);
    field.setPath("/old");
    QSignalSpy changed(&field, &FileField::pathChanged);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile("/tmp/model one.onnx")});
    const auto enter = [&](QWidget *widget) {
        QDragEnterEvent event({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(widget, &event);
        QVERIFY(event.isAccepted());
    };
    enter(&field);
    QDropEvent onField(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&field, &onField);
    QCOMPARE(field.path(), "/tmp/model one.onnx");
    QCOMPARE(changed.size(), 1);
    data.setUrls({QUrl::fromLocalFile("/tmp/b.onnx")});
    enter(field.lineEdit());
    QDropEvent onLine(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(field.lineEdit(), &onLine);
    QCOMPARE(field.path(), "/tmp/b.onnx");
}

void TestControls::searchLinePauses()
{
    SearchLine line;
    QSignalSpy changed(&line, &SearchLine::searchChanged);
    QTest::keyClicks(&line, "conv");
    QCOMPARE(changed.size(), 0);
    QTRY_COMPARE(changed.size(), 1);
    QCOMPARE(changed.front().front().toString(), "conv");
    QTest::keyClick(&line, Qt::Key_Escape);
    QCOMPARE(changed.size(), 2);
    QCOMPARE(line.text(), QString());
}

void TestControls::stateKeeperRemembers()
{
    QTemporaryDir folder;
    QSettings settings(folder.filePath("s.ini"), QSettings::IniFormat);
    const auto make = [](QWidget &root) {
        auto *splitter = new QSplitter(&root);
        splitter->setObjectName("main");
        splitter->resize(400, 100);
        auto *view = new QTableView;
        view->setObjectName("layers");
        view->setModel(new QStandardItemModel(2, 3, view));
        splitter->addWidget(view);
        splitter->addWidget(new QWidget);
        root.resize(400, 100);
        root.show();
        return splitter;
    };
    QList<int> sizes;
    {
        QWidget root;
        QSplitter *splitter = make(root);
        splitter->setSizes({100, 300});
        sizes = splitter->sizes();
        root.findChild<QTableView *>()->setColumnWidth(1, 77);
        root.findChild<QTableView *>()->setColumnHidden(2, true);
        StateKeeper(settings).save(root);
    }
    QWidget root;
    QSplitter *splitter = make(root);
    splitter->setSizes({300, 100});
    StateKeeper(settings).restore(root);
    QCOMPARE(splitter->sizes(), sizes);
    QCOMPARE(root.findChild<QTableView *>()->columnWidth(1), 77);
    QVERIFY(root.findChild<QTableView *>()->isColumnHidden(2));
    // Settings of another program's version do no harm.
    settings.setValue("Views/layers/header", QByteArray("nonsense"));
    StateKeeper(settings).restore(root);
    QCOMPARE(root.findChild<QTableView *>()->columnWidth(1), 77);
}

QTEST_MAIN(TestControls)
#include "tst_controls.moc"
