// SPDX-License-Identifier: GPL-3.0-or-later
// Writing HTML and SVG that cannot come out unbalanced or unescaped.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace foothold {

/// Text as it may stand between tags and in attributes: &<>"' as entities, control characters and half characters
/// visible as U+FFFD, and so are the characters that turn the direction of writing (they could make one text look like
/// another).
std::string escaped(std::string_view text);

/// A growing page. Elements close at the end of their scope; every text and attribute is escaped here and nowhere else.
class Markup {
public:
    using Attributes = std::initializer_list<std::pair<std::string_view, std::string>>;

    class Element {
    public:
        Element(Element&& other) noexcept : page_(std::exchange(other.page_, nullptr)), name_(other.name_) {}
        Element& operator=(Element&&) = delete;
        ~Element() {
            if (page_) page_->out_.append("</").append(name_).append(">");
        }

    private:
        friend Markup;
        Element(Markup* page, std::string_view name) : page_(page), name_(name) {}
        Markup* page_;
        std::string_view name_;
    };

    /// Opens an element; `name` and attribute names are literals.
    [[nodiscard]] Element element(std::string_view name, Attributes attributes = {});
    void text(std::string_view text) { out_ += escaped(text); }
    /// A whole element with text in it.
    void leaf(std::string_view name, Attributes attributes, std::string_view text);
    void leaf(std::string_view name, std::string_view text) { leaf(name, {}, text); }
    /// An element without content (<path/>, <meta/>).
    void empty(std::string_view name, Attributes attributes);
    /// The program's own style sheet, never anything from a run: it stands as it is.
    void style(const char* sheet) { out_.append("<style>").append(sheet).append("</style>\n"); }
    void line() { out_ += '\n'; }  ///< For people who look at the source.

    std::string take() && { return std::move(out_); }

private:
    void open(std::string_view name, Attributes attributes);
    std::string out_;
};

}  // namespace foothold
