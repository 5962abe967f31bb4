// SPDX-License-Identifier: GPL-3.0-or-later
// A small plot writer: one chart as inline SVG, coloured by the classes of the page's style sheet.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "report/markup.h"

namespace foothold {

struct ChartPoint {
    double x = 0, y = 0;
};

/// One band of a stack: its share at each column.
struct StackLayer {
    std::string style;  ///< Class of the style sheet.
    std::vector<double> values;
};

/// Columns that divide an axis of steps: column i covers the steps bounds[i] + 1 .. bounds[i + 1].
struct StepColumns {
    std::vector<std::int64_t> bounds;
    std::size_t size() const { return bounds.empty() ? 0 : bounds.size() - 1; }
    std::int64_t width() const { return size() ? bounds[1] - bounds[0] : 0; }
    std::size_t of(std::int64_t step) const;  ///< Column of a step.
    /// Steps 1 .. last in at most `most` columns of equal width (the last may be narrower).
    static StepColumns of_steps(std::int64_t last, std::size_t most);
    static StepColumns of_width(std::int64_t last, std::int64_t width);
};

struct ChartFrame {
    double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
    double height = 150;  ///< Of the plot itself; width, margins and text are the same in every chart of a page.
    std::string x_title;  ///< Under the axis; empty = no numbers there.
    bool y_numbers = true;
    bool x_whole = true;  ///< The x axis counts something: no fractions.
};

/// Writes into a page from its making to its end. All lines and columns are cut at the frame.
class Chart {
public:
    static constexpr double width = 880, left = 62, right = 96;  ///< [px of the view box]

    /// `words`: what the chart shows, for those who do not see it.
    Chart(Markup& page, const ChartFrame& frame, const std::string& words);

    void line(std::span<const ChartPoint> points, const std::string& style);  ///< Broken where a number is not finite.
    void band(std::span<const ChartPoint> low, std::span<const ChartPoint> high,
              const std::string& style);  ///< Same x in both.
    void dots(std::span<const ChartPoint> points, const std::string& style, double radius = 2.5);
    void whisker(double x, double low, double high, const std::string& style);  ///< A vertical interval with caps.
    void stack(const StepColumns& columns,
               std::span<const StackLayer> layers);   ///< From the bottom up; what is not finite counts as 0.
    void marker(double x, const std::string& words);  ///< A line across the plot, with its words above.
    /// Words at the right edge beside a value; they are pushed apart when all are known, at the end of the chart.
    void end_label(double y, const std::string& words, const std::string& style);
    /// Rectangles in data coordinates, as one path.
    class Boxes {
    public:
        /// `gap`: left free at the right and at the top. [px]
        void add(const Chart& chart, double x0, double x1, double y0, double y1, double gap = 0);
        bool empty() const { return path_.empty(); }

    private:
        friend Chart;
        std::string path_;
    };
    void boxes(const Boxes& boxes, const std::string& style);
    void row_label(double y, const std::string& words);      ///< At the left edge.
    void rule(double y, const std::string& style = "grid");  ///< Across the plot.

    ~Chart();
    Chart(const Chart&) = delete;
    Chart& operator=(const Chart&) = delete;

private:
    struct EndLabel {
        double y;
        std::string words, style;
    };
    double x_of(double x) const;
    double y_of(double y) const;
    void axes();

    Markup& page_;
    ChartFrame frame_;
    Markup::Element svg_;
    std::vector<EndLabel> labels_;
    int markers_ = 0;
};

/// Round numbers that divide a range in about `count` parts.
std::vector<double> ticks(double low, double high, int count, bool whole);

}  // namespace foothold
