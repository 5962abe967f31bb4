// SPDX-License-Identifier: GPL-3.0-or-later
// Words for keys, choices and numbers. A key or choice without words of its own is shown as it is spelled in the file.
#include "ui/models/value_text.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "record/experiment_keys.h"
#include "tasks/corruption.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Value", text); }

QString afterDot(const std::string& key) { return QString::fromStdString(key.substr(key.rfind('.') + 1)); }

}  // namespace

QString numberText(double number) {
    if (number != 0 && std::abs(number) < 0.01) return QString::number(number, 'g', 3);
    QString text = QString::number(number, 'f', 2);
    while (text.contains('.') && (text.endsWith('0') || text.endsWith('.'))) text.chop(1);
    if (text.startsWith(QStringLiteral("0."))) text.remove(0, 1);
    if (text.startsWith('.') && text.size() == 2) text += '0';
    return text;
}

QString ratioText(double ratio) { return ratio <= 0 ? tr("off") : numberText(ratio); }

QString valueText(const Value& value) {
    if (const auto* number = std::get_if<double>(&value)) return numberText(*number);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return QString::number(*whole);
    if (const auto* text = std::get_if<std::string>(&value)) return text->empty() ? tr("none") : QString::fromStdString(*text);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        QStringList all;
        for (const std::string& text : *texts) all << QString::fromStdString(text);
        if (all.size() > 6) return tr("%1 items").arg(all.size());
        return all.isEmpty() ? tr("all") : all.join(QStringLiteral(" "));
    }
    if (const auto* table = std::get_if<std::map<std::string, double>>(&value)) {
        QStringList all;
        for (const auto& [name, number] : *table) all << QString::fromStdString(name) + ' ' + numberText(number);
        return all.isEmpty() ? tr("none") : all.join(QStringLiteral(" "));
    }
    if (const auto* traces = std::get_if<Traces>(&value)) return traces->empty() ? tr("none") : tr("%1 edited").arg(traces->size());
    return QString::fromStdString(to_text(value));
}

QString shortKeyName(const std::string& key, const std::vector<QString>& tiers) {
    const std::string ratios = "guidance.ratios.";
    if (key.starts_with(ratios)) {
        const QString tier = QString::fromStdString(key.substr(ratios.size()));
        const auto found = std::find(tiers.begin(), tiers.end(), tier);
        const QString name = found == tiers.end() ? tier : tierShort(static_cast<int>(found - tiers.begin()));
        return tr("%1 ratio").arg(name);
    }
    if (key == "corruption.operator") return tr("corruption");
    if (key == "corruption.tiers") return tr("corrupted tiers");
    return afterDot(key).replace('_', ' ');
}

QString keyTitle(const std::string& key) {
    static const std::map<std::string, const char*> titles = {
        {"problems.family", "Family"},         {"problems.tiers", "Tiers"},           {"model.path", "Model"},
        {"sampling.problems", "Problems"},     {"sampling.attempts", "Attempts"},     {"guidance.policy", "Preset"},
        {"guidance.trigger", "Trigger"},       {"guidance.source", "Hint source"},    {"guidance.cut", "Cut unit"},
        {"guidance.placement", "Placement"},   {"guidance.schedule", "Schedule"},     {"guidance.accept", "Accept"},
        {"guidance.cold_start", "Cold start"}, {"corruption.operator", "Operator"},   {"corruption.tiers", "Tiers"},
        {"corruption.dose", "Dose"},           {"optimizer.lr", "Learning rate"},     {"guidance.hint_gradient", "Hint gradient"},
        {"guidance.ratio", "Largest ratio"},   {"sampling.temperature", "Temperature"}, {"model.lora_rank", "Trained"},
    };
    if (const auto found = titles.find(key); found != titles.end()) return tr(found->second);
    constexpr std::string_view ratios = "guidance.ratios.";
    if (key.starts_with(ratios)) return tr("Largest ratio of %1").arg(QString::fromStdString(key.substr(ratios.size())));
    QString name = afterDot(key).replace('_', ' ');
    if (!name.isEmpty()) name[0] = name[0].toUpper();
    return name;
}

QString choiceTitle(const std::string& key, const std::string& choice) {
    static const std::map<std::pair<std::string, std::string>, const char*> titles = {
        {{"guidance.trigger", "never"}, "Never"},
        {{"guidance.trigger", "always"}, "Always"},
        {{"guidance.trigger", "all-wrong"}, "Whole group wrong"},
        {{"guidance.trigger", "random"}, "Random, yoked"},
        {{"guidance.cut", "ratio"}, "Reasoning step"},
        {{"guidance.cut", "tokens"}, "Token"},
        {{"guidance.placement", "auto"}, "Auto"},
        {{"guidance.placement", "answer"}, "Start of the answer"},
        {{"guidance.placement", "prompt"}, "After the problem"},
        {{"guidance.schedule", "ladder"}, "Ladder .25 .50 .75"},
        {{"guidance.schedule", "fixed"}, "Fixed"},
        {{"guidance.schedule", "tier-target"}, "Controller a tier"},
        {{"guidance.schedule", "problem-target"}, "Memory a problem"},
        {{"guidance.accept", "any"}, "Any success"},
        {{"guidance.accept", "two"}, "Two successes"},
        {{"guidance.accept", "sound"}, "A sound success"},
        {{"guidance.accept", "min-step"}, "Surest, by least step"},
        {{"guidance.accept", "mean"}, "Surest, by mean"},
        {{"guidance.accept", "random"}, "As many, drawn"},
        {{"guidance.policy", "grpo"}, "GRPO, no hints"},
        {{"guidance.policy", "grpo-resample"}, "GRPO, drawing again"},
        {{"guidance.policy", "fixed"}, "One retry at a fixed ratio"},
        {{"guidance.policy", "always"}, "Always, fixed ratio"},
        {{"guidance.policy", "random"}, "Random, yoked"},
        {{"guidance.policy", "ghpo"}, "GHPO, in-step retry"},
        {{"guidance.policy", "ghpo-released"}, "GHPO as released"},
        {{"guidance.policy", "one-hinted"}, "One hinted success a group"},
        {{"guidance.policy", "off-context"}, "Hinted sampling, plain loss"},
        {{"guidance.policy", "trace-in-group"}, "Reference in every group"},
        {{"guidance.policy", "supervised-first"}, "Supervised, then GRPO"},
        {{"guidance.policy", "foothold"}, "Memory, hints learned"},
        {{"guidance.context", "sampled"}, "As sampled"},
        {{"guidance.context", "plain"}, "Without the hint"},
        {{"guidance.context", "released"}, "As in GHPO's release"},
        {{"guidance.assembly", "replace"}, "The hinted round"},
        {{"guidance.assembly", "one"}, "Plain, one hinted"},
        {{"guidance.assembly", "trace"}, "With the reference"},
        {{"reward.kind", "verdict"}, "Right answers"},
        {{"reward.kind", "random"}, "A coin (control)"},
        {{"guidance.policy", "tier-target"}, "Controller a tier"},
        {{"guidance.policy", "problem-target"}, "Memory a problem"},
        {{"problems.family", "chain"}, "Chain arithmetic"},
        {{"problems.family", "countdown"}, "Countdown (search)"},
        {{"problems.family", "doors"}, "Doors (search)"},
        {{"problems.family", "graph-path"}, "Cheapest path"},
        {{"problems.family", "maze"}, "Maze (A* search)"},
        {{"problems.family", "addition"}, "Addition"},
        {{"problems.family", "words"}, "Word problems (made)"},
        {{"problems.family", "text"}, "Text problems (file)"},
    };
    if (const auto found = titles.find({key, choice}); found != titles.end()) return tr(found->second);
    if (key == "model.path") return QString::fromStdString(std::filesystem::path(choice).stem().string());
    if (key == "corruption.operator")
        for (const CorruptionOperator& op : corruption_operators())
            if (op.name == choice) return QString::fromStdString(op.title);
    return QString::fromStdString(choice);
}

QString durationText(double seconds) {
    const auto all = static_cast<qint64>(std::max(0., seconds) + .5);
    const auto two = [](qint64 n) { return QStringLiteral("%1").arg(n, 2, 10, QLatin1Char('0')); };
    if (all >= 3600) return QStringLiteral("%1:%2:%3").arg(QString::number(all / 3600), two(all / 60 % 60), two(all % 60));
    return QStringLiteral("%1:%2").arg(QString::number(all / 60), two(all % 60));
}

QString countText(qint64 n) {
    QString text = QString::number(n);
    if (text.size() > 4)
        for (qsizetype at = text.size() - 3; at > 0; at -= 3) text.insert(at, QChar(0x2009));
    return text;
}

QString bytesText(qint64 bytes) {
    const double mega = static_cast<double>(bytes) / (1 << 20);
    return mega < 1000 ? tr("%1 MB").arg(mega, 0, 'f', 0) : tr("%1 GB").arg(mega / 1024, 0, 'f', 1);
}

}  // namespace foothold::ui
