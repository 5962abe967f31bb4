// SPDX-License-Identifier: GPL-3.0-or-later
// Bases that studies teach: begun again where they learned too little, and taught only once.
#include <QTemporaryDir>
#include <QtTest>

#include "record/error.h"
#include "studies/supervised_base.h"

using namespace foothold;

namespace {

/// Three digits, two examples at a time: done in no time, and nothing is learned.
BaseRecipe tiny() {
    BaseRecipe recipe;
    recipe.family = "addition";
    recipe.tiers = {"3-digit"};
    recipe.model.hidden_size = 16;
    recipe.model.intermediate_size = 16;
    recipe.model.num_hidden_layers = 1;
    recipe.batch = 2;
    return recipe;
}

}  // namespace

class TestSupervisedBase : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    /// A base that misses what its recipe asks for is begun again from another seed; one made before costs nothing twice.
    void basesThatDoNotLearnAreBegunAgain() {
        const auto engine = open_engine({"cpu", 1, 4096, false});
        const StudyPorts ports{*engine, {}};
        const auto family = make_family("addition");
        BaseRecipe recipe = tiny();
        recipe.steps = 2;
        recipe.check_every = 1;
        recipe.until_greedy = .99;
        CellResult first, again, easy;
        teach("never", recipe, *family, ports, first);
        QCOMPARE(first.measure("base tries"), 3.);
        QVERIFY(first.seconds > 0 && !(first.measure("base greedy") > 0));
        teach("never", recipe, *family, ports, again);
        QCOMPARE(again.measure("base tries"), 3.);
        QCOMPARE(again.seconds, 0.);
        recipe.until_greedy = 0;
        teach("no matter", recipe, *family, ports, easy);
        QCOMPARE(easy.measure("base tries"), 1.);
        // Also where the caller asks for something of its own.
        CellResult asked;
        int looks = 0;
        teach("at the second try", recipe, *family, ports, asked, [&] { return ++looks == 2; });
        QCOMPARE(asked.measure("base tries"), 2.);
        // A base without what is asked for is no base.
        looks = 0;
        QVERIFY_EXCEPTION_THROWN(teach("hopeless", recipe, *family, ports, asked, [&] { return ++looks < 0; }), RunError);
        QCOMPARE(looks, 8);
        CellResult anew;
        teach("hopeless", recipe, *family, ports, anew, [&] { return true; });  // Nothing was kept of it.
        QCOMPARE(anew.measure("base tries"), 1.);
    }

    /// Another process in the same folder: here the same one under a name that it has not taught. What cannot be read is made again.
    void basesAreKeptInTheStudysFolder() {
        QTemporaryDir dir;
        const auto engine = open_engine({"cpu", 1, 4096, false});
        StudyPorts ports{*engine, {}};
        ports.bases = dir.path().toStdString();
        const auto family = make_family("addition");
        BaseRecipe recipe = tiny();
        recipe.steps = 3;
        CellResult made, found, again;
        teach("Kept 1", recipe, *family, ports, made);
        const EngineState state = engine->state();
        std::filesystem::copy_file(ports.bases / "kept-1.safetensors", ports.bases / "kept-2.safetensors");
        recipe.seed = 2;  // Would give another base.
        teach("Kept 2", recipe, *family, ports, found);
        QCOMPARE(found.seconds, 0.);
        QCOMPARE(found.measures, made.measures);
        for (const auto& [name, tensor] : engine->state().tensors) QVERIFY2(tensor.data == state.tensors.at(name).data, name.c_str());
        std::filesystem::copy_file(ports.bases / "kept-1.safetensors", ports.bases / "kept-3.safetensors");
        std::filesystem::resize_file(ports.bases / "kept-3.safetensors", 100);
        teach("Kept 3", recipe, *family, ports, again);
        QVERIFY(again.seconds > 0);
    }
};

QTEST_GUILESS_MAIN(TestSupervisedBase)
#include "test_supervised_base.moc"
