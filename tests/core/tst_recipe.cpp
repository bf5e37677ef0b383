// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/recipe.h"

#include <QTest>

using namespace qs;

class tst_Recipe : public QObject
{
    Q_OBJECT

private slots:
    void everyFieldComesBack();
    void refuses_data();
    void refuses();
};

void tst_Recipe::everyFieldComesBack()
{
    const char *const text = R"({"format": 1, "strategy": "qat", "target": "x86-avx2",
        "parameters": {"observer": "mse"}, "exclude": ["^head"],
        "overrides": [{"tensor": "a", "range": [-1.5, 6], "observer": "minmax"}, {"tensor": "b", "keep_float": true}],
        "calibration": {"path": "pictures", "samples": 100}, "training": {"path": "more.npz", "samples": 20}})";
    const auto recipe = recipeFromJson(nlohmann::json::parse(text));
    QVERIFY2(recipe.ok(), recipe.ok() ? "" : recipe.error().message().c_str());
    QCOMPARE(recipe->strategy, std::string("qat"));
    QCOMPARE(recipe->target, std::string("x86-avx2"));
    QCOMPARE(recipe->parameters.at("observer").get<std::string>(), std::string("mse"));
    QCOMPARE(recipe->exclude, std::vector<std::string> {"^head"});
    QCOMPARE(recipe->overrides.size(), std::size_t {2});
    QVERIFY((recipe->overrides[0] == TensorOverride {"a", Range {-1.5F, 6.F}, "minmax", false}));
    QVERIFY((recipe->overrides[1] == TensorOverride {"b", {}, {}, true}));
    QVERIFY((recipe->calibration == DataSpec {"pictures", 100, {}}));
    QVERIFY((recipe->training == DataSpec {"more.npz", 20, {}}));
    const auto again = recipeFromJson(nlohmann::json::parse(toJson(*recipe).dump()));
    QVERIFY(again.ok() && *again == *recipe);
}

void tst_Recipe::refuses_data()
{
    QTest::addColumn<QString>("part");
    QTest::addColumn<QString>("message");
    const char *const range = "override 't': its range is not [lowest, highest], both finite";
    const char *const samples = "p: its number of samples is not a whole number, 0 or more";
    const auto row = [](const char *name, const char *part, const char *message) {
        QTest::newRow(name) << part << message;
    };
    row("misspelled", R"("overides": [])", "recipe: unknown key 'overides'");
    row("misspelled-in-override", R"("overrides": [{"tensor": "t", "rnge": [0, 1]}])",
        "override 't': unknown key 'rnge'");
    row("misspelled-in-calibration", R"("calibration": {"path": "p", "limit": 5})",
        "calibration: unknown key 'limit'");
    row("misspelled-in-training", R"("training": {"path": "p", "epochs": 5})",
        "training: unknown key 'epochs'");
    row("range-backwards", R"("overrides": [{"tensor": "t", "range": [5, -5]}])", range);
    row("range-empty", R"("overrides": [{"tensor": "t", "range": [0, 0]}])", range);
    row("range-infinite", R"("overrides": [{"tensor": "t", "range": [0, 1e39]}])", range);
    row("range-of-three", R"("overrides": [{"tensor": "t", "range": [0, 1, 2]}])", range);
    row("negative-samples", R"("calibration": {"path": "p", "samples": -3})", samples);
    row("half-a-sample", R"("calibration": {"path": "p", "samples": 0.5})", samples);
    row("negative-training", R"("training": {"path": "p", "samples": -1})", samples);
}

void tst_Recipe::refuses()
{
    QFETCH(QString, part);
    QFETCH(QString, message);
    const QString text
        = QStringLiteral(R"({"format": 1, "strategy": "static", "target": "t", %1})").arg(part);
    const auto recipe = recipeFromJson(nlohmann::json::parse(text.toStdString()));
    QVERIFY(!recipe.ok());
    QCOMPARE(QString::fromStdString(recipe.error().message()), message);
}

QTEST_APPLESS_MAIN(tst_Recipe)
#include "tst_recipe.moc"
