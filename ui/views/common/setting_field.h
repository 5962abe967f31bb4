// SPDX-License-Identifier: GPL-3.0-or-later
// One key of an experiment and a new value for it: chosen by name, told what it means and what it is now.
#pragma once
#include <QWidget>
#include <functional>

#include "record/experiment.h"

class QComboBox;
class QLineEdit;

namespace foothold::ui {

class Text;

class SettingField : public QWidget {
    Q_OBJECT
   public:
    static constexpr int labelWidth = 112;  ///< Of its labels, so that rows below can stand in line.
    /// `current` gives the experiment as it is now; object names begin with `name` (".key", ".value", ".choice").
    SettingField(const QString& name, const QStringList& keys, const QString& valueLabel, std::function<Experiment()> current, QWidget* parent = nullptr);
    std::string key() const;
    void setKey(const QString& key);
    QString text() const;          ///< The new value as written or chosen.
    Value value() const;           ///< Throws UserError: refused value.
    void setValueText(const QString& text);

   Q_SIGNALS:
    void keyChanged();

   private:
    void showKey();
    std::function<Experiment()> current_;
    QComboBox *keys_, *choices_;
    QLineEdit* value_;
    Text *meaning_, *now_;
};

}  // namespace foothold::ui
