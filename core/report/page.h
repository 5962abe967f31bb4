// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of a report: one HTML file that needs nothing else, light or dark as its reader's screen is.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "report/markup.h"

namespace foothold {

/// The whole document. No script runs in it and nothing is loaded: a policy in its head forbids both.
std::string html_page(const std::string& title, const std::function<void(Markup&)>& body);

struct LegendEntry {
    std::string style, words;  ///< Class of its colour; what it stands for.
};
/// A figure with title, a line of what is shown, legend, and what `draw` puts in.
void add_figure(Markup& page, const std::string& title, const std::string& note, const std::vector<LegendEntry>& legend,
                const std::function<void()>& draw);

void add_table_head(Markup& page, const std::vector<std::string>& titles);
void add_facts(Markup& page,
               const std::vector<std::pair<std::string, std::string>>& rows);  ///< A table of two columns.
void add_list(Markup& page, const std::vector<std::string>& items);

}  // namespace foothold
