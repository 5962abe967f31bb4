// SPDX-License-Identifier: GPL-3.0-or-later
// Style sheet and frame of the reports. Colours as in the window's theme.
#include "report/page.h"

namespace foothold {
namespace {

constexpr const char* style_sheet = R"css(
:root{color-scheme:light dark;--ground:#eef0f3;--card:#fff;--sunken:#f6f7f9;--border:#dee2e8;--strong:#c3cad4;--text:#18202b;--text2:#4c5766;
--text3:#626d7b;--accent:#2459c4;--good:#0b7a5b;--bad:#b23a1e;--warn:#9a5b00;--grid:#e9ecf0;--wrong:#979fab;--wrongline:#6c7582;--mixed:#1767ae;
--mixedlow:#a9cbea;--right:#d3ebe4;--rightline:#2b7a68;--r25:#f3b75e;--r50:#d97c0b;--r75:#a84f00;--given:#fbe6c6;--lucky:#8e4a94;
--a1:#4c5766;--a2:#0072b2;--a3:#08795a;--a4:#ad6200;--a5:#a8508f}
@media screen and (prefers-color-scheme:dark){:root{--ground:#101318;--card:#191d24;--sunken:#14181e;--border:#2a303a;--strong:#414957;--text:#e7eaef;
--text2:#b0b9c5;--text3:#8d97a5;--accent:#6aa2f7;--good:#4fc3a1;--bad:#f08a6c;--warn:#f0b75a;--grid:#242a33;--wrong:#5c6572;--wrongline:#858e9c;
--mixed:#5db1f2;--mixedlow:#24476b;--right:#1e3f3a;--rightline:#5fb8a4;--r25:#8a5f22;--r50:#bd7d2c;--r75:#e09f45;--given:#3b2d17;--lucky:#c98bd0;
--a1:#b0b9c5;--a2:#56b4e9;--a3:#3cc49b;--a4:#f0a93a;--a5:#db8fc3}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.5 Inter,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-feature-settings:"tnum";
-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:960px;margin:0 auto;padding:32px 20px 64px}
header{margin:0 20px 20px}
header p{max-width:none}
h1{font-size:26px;line-height:1.25;font-weight:600;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;font-weight:600;margin:0 0 4px}
h3{font-size:14px;font-weight:600;margin:20px 0 4px}
p{margin:6px 0 10px;max-width:76ch}
.muted,figcaption p,.note{color:var(--text3)}
.note{font-size:13px}
section{background:var(--card);border:1px solid var(--border);border-radius:6px;padding:18px 20px 20px;margin:0 0 12px}
.tiles{display:flex;flex-wrap:wrap;gap:8px;margin:16px 0 0;padding:0;list-style:none}
.tiles li{flex:1 1 160px;background:var(--card);border:1px solid var(--border);border-radius:6px;padding:12px 14px}
.tiles b{display:block;font-size:26px;line-height:1.25;font-weight:600;white-space:nowrap}
.tiles b small{font-size:13px;font-weight:400;color:var(--text3)}
.tiles span{display:block;color:var(--text2);font-size:12.5px;line-height:1.4}
.tiles span+span{color:var(--text3)}
table{border-collapse:collapse;width:100%;font-size:13px;margin:8px 0}
th{font-weight:500;text-align:left;color:var(--text2);font-size:12px}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--border);vertical-align:top;overflow-wrap:anywhere}
th.n,td.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
.scroll{overflow-x:auto}
code,pre,.sample{font-family:"JetBrains Mono","DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:12px}
pre{background:var(--sunken);border:1px solid var(--border);border-radius:4px;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}
details{margin:8px 0}
summary{cursor:pointer;color:var(--accent)}
ul.plain{margin:6px 0;padding-left:20px}
figure{margin:22px 0 0}
figure:first-of-type{margin-top:12px}
figcaption b{font-size:14px;font-weight:600}
figcaption p{margin:0 0 4px;font-size:12.5px}
.legend{display:flex;flex-wrap:wrap;gap:3px 16px;margin:4px 0 6px;padding:0;list-style:none;font-size:12px;color:var(--text2)}
.legend li{display:flex;align-items:center;gap:6px}
.legend svg{width:22px;height:12px;flex:none}
svg{display:block;width:100%;height:auto;overflow:visible}
svg.defs{position:absolute;width:0;height:0}
svg text{font-size:11px;fill:var(--text3)}
svg .label{font-size:11px;font-weight:500;fill:var(--text2)}
.end{text-anchor:end}.middle{text-anchor:middle}
.grid,.tick{stroke:var(--grid);fill:none}
.split{stroke:var(--card);stroke-width:4;fill:none}
.tick{stroke:var(--strong)}
.marker{stroke:var(--text);fill:none}
.line{fill:none;stroke:var(--text2);stroke-width:1.8;stroke-linejoin:round}
.whisker{fill:none;stroke:var(--text2)}
.dot{fill:var(--text2)}
.band{opacity:.16;stroke:none;fill:var(--text2)}
.fill{stroke:none}
.fill.wrong{fill:url(#hatch)}.fill.mixed{fill:var(--mixed)}.fill.right{fill:var(--right)}
.fill.r25{fill:var(--r25)}.fill.r50{fill:var(--r50)}.fill.r75{fill:var(--r75)}.fill.r100{fill:var(--text2)}
.fill.rescued{fill:var(--r50)}.fill.lucky{fill:url(#diamonds)}.fill.empty{fill:var(--sunken)}
.line.trained{stroke:var(--text);stroke-width:2}
.line.raw{stroke-width:1;opacity:.35}
.p0{--c:var(--a1)}.p1{--c:var(--a2)}.p2{--c:var(--a3)}.p3{--c:var(--a4)}.p4{--c:var(--a5)}.p5{--c:var(--strong)}.p6{--c:var(--text)}
.fill.p0,.fill.p1,.fill.p2,.fill.p3,.fill.p4,.fill.p5,.fill.p6{fill:var(--c)}
.t0,.t1,.t2,.t3,.t4,.t5{--c:var(--text)}
.t0.line{stroke-dasharray:2 3}.t1.line{stroke-dasharray:5 3}.t2.line{stroke-dasharray:9 3}.t3.line{stroke-dasharray:12 3 2 3}.t4.line{stroke-dasharray:16 3}
.hardest.line{stroke-dasharray:none;stroke-width:2.6}
.t0.line,.t1.line,.t2.line,.t3.line,.t4.line,.t5.line{stroke:var(--c)}
.t0.dot,.t1.dot,.t2.dot,.t3.dot,.t4.dot,.t5.dot{fill:var(--c)}
.a0{--c:var(--a1)}.a1{--c:var(--a2)}.a2{--c:var(--a3)}.a3{--c:var(--a4)}.a4{--c:var(--a5)}
.line.a0,.line.a1,.line.a2,.line.a3,.line.a4,.whisker.a0,.whisker.a1,.whisker.a2,.whisker.a3,.whisker.a4{stroke:var(--c)}
.dot.a0,.dot.a1,.dot.a2,.dot.a3,.dot.a4,.band.a0,.band.a1,.band.a2,.band.a3,.band.a4{fill:var(--c)}
svg .label.a0,svg .label.a1,svg .label.a2,svg .label.a3,svg .label.a4{fill:var(--c)}
.fill.bar{fill:var(--c);opacity:.3}
.line.a1{stroke-dasharray:9 4}.line.a2{stroke-dasharray:5 3}.line.a3{stroke-dasharray:9 3 2 3}.line.a4{stroke-dasharray:2 3}.line.raw{stroke-dasharray:none}
td.key,td.tight{white-space:nowrap;overflow-wrap:normal}
.sample{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate}
mark{background:var(--given);color:inherit;text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:3px}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.pill{display:inline-block;border:1px solid var(--border);border-radius:10px;padding:0 8px;font-size:12px;color:var(--text2);white-space:nowrap}
@media print{body{background:#fff;font-size:11px}main{max-width:none;padding:0}section,.tiles li{border-color:#ccc}figure,tr,.tiles li{break-inside:avoid}h2,h3{break-after:avoid}
summary{color:inherit}}
)css";

/// Grounds that are told apart without colour: stripes for groups that teach nothing, diamonds for lucky ones.
void add_patterns(Markup& page) {
    const auto svg = page.element("svg", {{"class", "defs"}, {"aria-hidden", "true"}});
    const auto defs = page.element("defs");
    {
        const auto hatch = page.element("pattern", {{"id", "hatch"},
                                                    {"width", "5"},
                                                    {"height", "5"},
                                                    {"patternUnits", "userSpaceOnUse"},
                                                    {"patternTransform", "rotate(45)"}});
        page.empty("rect", {{"width", "5"}, {"height", "5"}, {"style", "fill:var(--wrong)"}});
        page.empty("rect", {{"width", "1.4"}, {"height", "5"}, {"style", "fill:var(--wrongline)"}});
    }
    const auto diamonds = page.element(
        "pattern", {{"id", "diamonds"}, {"width", "6"}, {"height", "6"}, {"patternUnits", "userSpaceOnUse"}});
    page.empty("rect", {{"width", "6"}, {"height", "6"}, {"style", "fill:var(--lucky)"}});
    page.empty("path", {{"d", "M3 1l2 2-2 2-2-2z"}, {"style", "fill:var(--card)"}});
}

}  // namespace

std::string html_page(const std::string& title, const std::function<void(Markup&)>& body) {
    Markup page;
    {
        const auto html = page.element("html", {{"lang", "en"}});
        {
            const auto head = page.element("head");
            page.empty("meta", {{"charset", "utf-8"}});
            page.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
            page.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                                {"content", "default-src 'none'; style-src 'unsafe-inline'"}});
            page.leaf("title", title);
            page.style(style_sheet);
        }
        const auto all = page.element("body");
        add_patterns(page);
        const auto inner = page.element("main");
        page.line();
        body(page);
    }
    return "<!DOCTYPE html>\n" + std::move(page).take() + "\n";
}

void add_figure(Markup& page, const std::string& title, const std::string& note, const std::vector<LegendEntry>& legend,
                const std::function<void()>& draw) {
    const auto figure = page.element("figure");
    {
        const auto caption = page.element("figcaption");
        page.leaf("b", title);
        if (!note.empty()) page.leaf("p", note);
    }
    if (!legend.empty()) {
        const auto list = page.element("ul", {{"class", "legend"}});
        for (const LegendEntry& entry : legend) {
            const auto item = page.element("li");
            {
                const auto svg = page.element("svg", {{"viewBox", "0 0 22 12"}, {"aria-hidden", "true"}});
                if (entry.style.starts_with("line "))
                    page.empty("path", {{"d", "M0 6H22"}, {"class", entry.style}});
                else
                    page.empty("rect", {{"width", "22"}, {"height", "12"}, {"class", entry.style}});
            }
            page.leaf("span", entry.words);
        }
    }
    draw();
    page.line();
}

void add_table_head(Markup& page, const std::vector<std::string>& titles) {
    const auto head = page.element("thead");
    const auto row = page.element("tr");
    // A title that begins with ">" heads a column of numbers.
    for (const std::string& title : titles) {
        const bool numbers = title.starts_with('>');
        page.leaf("th", {{"class", numbers ? "n" : ""}, {"scope", "col"}}, numbers ? title.substr(1) : title);
    }
}

void add_facts(Markup& page, const std::vector<std::pair<std::string, std::string>>& rows) {
    const auto table = page.element("table");
    const auto body = page.element("tbody");
    for (const auto& [name, value] : rows) {
        const auto row = page.element("tr");
        page.leaf("th", {{"scope", "row"}}, name);
        page.leaf("td", value);
    }
}

void add_list(Markup& page, const std::vector<std::string>& items) {
    const auto list = page.element("ul", {{"class", "plain"}});
    for (const std::string& item : items) page.leaf("li", item);
}

}  // namespace foothold
