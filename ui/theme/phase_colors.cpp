// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/phase_colors.h"

#include "ui/theme/theme.h"

namespace foothold::ui {

QColor phaseColor(int phase) {
    static constexpr QRgb light[] = {0xffc3cad4, 0xff2b7f86, 0xffc9d3a6, 0xff564a86, 0xffd2c2e6, 0xff7a5c46, 0xffe0cfa8, 0xffe6e9ee};
    static constexpr QRgb dark[] = {0xff414957, 0xff5fb3b8, 0xff5d6640, 0xff9f92d8, 0xff4d4166, 0xffb8937a, 0xff6b5d3c, 0xff2a303a};
    return QColor::fromRgb(Theme::instance().isDark() ? dark[phase & 7] : light[phase & 7]);
}

}  // namespace foothold::ui
