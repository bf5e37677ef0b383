// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/calibration/statistics.h"

#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <random>

using namespace qs;
namespace fs = std::filesystem;

namespace {

Statistics example()
{
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    Statistics statistics;
    for (int t = 0; t < 3; ++t) {
        std::vector<float> x(20000);
        std::ranges::generate(x, [&] { return normal(random); });
        TensorStatistics tensor;
        tensor.extent = extentOf(x).range;
        tensor.movingAverage = {-1.F / 3, 0.1F};
        tensor.mean = 1.0 / 3;
        tensor.meanSquare = 1e-77;
        tensor.count = x.size();
        tensor.nan = 3;
        tensor.infinite = std::numeric_limits<std::uint64_t>::max();
        if (t > 0) {
            tensor.histogram.emplace();
            tensor.histogram->add(x);
        }
        if (t > 1) {
            tensor.channels = {{-1e-45F, 3e38F}, {0, 0}};
            tensor.channelMeans = {0.1, -1e300};
            tensor.channelMeanSquares = {0.3, 1e-300};
        }
        statistics.tensors["layer/" + std::to_string(t) + " \"π\""] = std::move(tensor);
    }
    statistics.samples = 12;
    statistics.skippedSamples = 1;
    statistics.synthetic = true;
    statistics.fingerprint = "abc";
    return statistics;
}

} // namespace

class TestStatistics : public QObject
{
    Q_OBJECT
private slots:
    void init() { QVERIFY(m_folder.isValid()); }

    void roundTrip()
    {
        const Statistics statistics = example();
        QVERIFY(saveStatistics(statistics, path()).ok());
        const Result<StatisticsPtr> loaded = loadStatistics(path(), "abc");
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().message().c_str());
        QVERIFY(**loaded == statistics);
        QVERIFY(saveStatistics({}, path()).ok());
        QVERIFY(**loadStatistics(path(), "") == Statistics {});
    }

    void fiftyTensorsStaySmall()
    {
        Statistics statistics;
        for (int i = 0; i < 50; ++i)
            statistics.tensors[std::to_string(i)] = example().tensors.rbegin()->second;
        QVERIFY(saveStatistics(statistics, path()).ok());
        QVERIFY2(fs::file_size(path()) < 500000, qPrintable(QString::number(fs::file_size(path()))));
    }

    void missingOrForeign()
    {
        QCOMPARE(loadStatistics(path() / "no", "abc").error().code, ErrorCode::NotFound);
        QVERIFY(saveStatistics(example(), path()).ok());
        const Error error = loadStatistics(path(), "other").error();
        QCOMPARE(error.code, ErrorCode::Format);
        QCOMPARE(error.subject, path().string());
    }

    void cannotWrite()
    {
        const Status status = saveStatistics(example(), m_folder.path().toStdString() + "/none/file.json");
        QCOMPARE(status.error().code, ErrorCode::NotFound);
        Statistics statistics;
        statistics.tensors["\xff\xfe"] = {};
        QCOMPARE(saveStatistics(statistics, path()).error().code, ErrorCode::Unsupported);
    }

    void damagedFiles()
    {
        QVERIFY(saveStatistics(example(), path()).ok());
        const std::string good = readFile(path()).value();
        const auto check = [&](const std::string &text) {
            QVERIFY(writeFileAtomically(path(), text).ok());
            const Result<StatisticsPtr> loaded = loadStatistics(path(), "abc");
            QVERIFY2(!loaded.ok(), text.substr(0, 200).c_str());
            QCOMPARE(loaded.error().code, ErrorCode::Format);
            QVERIFY(!loaded.error().message().empty()
                    && loaded.error().message().find('\n') == std::string::npos);
        };
        for (std::size_t size = 0; size < good.size(); size += good.size() / 50)
            check(good.substr(0, size));
        check("null");
        check("[]");
        check(R"({"format":"quantstudio-statistics","fingerprint":"abc"})");

        // Each field missing, and of a wrong kind.
        const nlohmann::json json = nlohmann::json::parse(good);
        const std::string tensor = json["tensors"].begin().key();
        for (const auto &[key, value] : json.items()) {
            nlohmann::json changed = json;
            changed.erase(key);
            check(changed.dump());
            changed[key] = nlohmann::json::array({nullptr});
            check(changed.dump());
        }
        for (const auto &[key, value] : json["tensors"][tensor].items()) {
            nlohmann::json changed = json;
            changed["tensors"][tensor].erase(key);
            check(changed.dump());
            changed["tensors"][tensor][key] = -0.5;
            if (key != "mean" && key != "mean_square")
                check(changed.dump());
            changed["tensors"][tensor][key] = {2, 1};
            check(changed.dump());
        }
        nlohmann::json changed = json;
        changed["tensors"][tensor]["extent"] = {0, 1e300};
        check(changed.dump());
        changed["tensors"] = json["tensors"];
        changed["tensors"][tensor]["channels"] = {1, 2};
        check(changed.dump());
        changed["tensors"] = json["tensors"];
        changed["tensors"][tensor]["histogram"] = {1, 2};
        check(changed.dump());
    }

private:
    fs::path path() const { return fs::path(m_folder.path().toStdString()) / "statistics.json"; }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestStatistics)
#include "tst_statistics.moc"
