// SPDX-License-Identifier: GPL-3.0-or-later
// How a chat model's turns are written. Not a Jinja engine: the known families are recognised by their marks, others are refused.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace foothold {

enum class Role { system, user, assistant };

struct ChatTurn {
    Role role;
    std::string text;
};

/// The way one model writes turns.
class ChatTemplate {
   public:
    /// Which family a template (Jinja text, as tokenizer_config.json and GGUF carry it) belongs to: ChatML (SmolLM2, Qwen2, Qwen2.5, Qwen3)
    /// or Llama 3. An empty text is a model without one. Throws UserError for every other template.
    static ChatTemplate recognise(std::string_view jinja);

    bool known() const { return family_ != Family::none; }
    std::string name() const;  ///< For people, e.g. "ChatML".
    /// What transformers' apply_chat_template makes of the turns (no tools). `generate`: the answer's opening follows. Needs known().
    std::string render(std::span<const ChatTurn> turns, bool generate) const;
    /// The text that ends a turn, e.g. "<|im_end|>". Needs known().
    std::string end_of_turn() const;

   private:
    enum class Family { none, chatml, llama3 };
    Family family_ = Family::none;
    std::string default_system_;  ///< ChatML: stands first where no turn of the system does; may be empty.
    bool thinks_ = false;         ///< Qwen3: the last answers show their thoughts, empty ones too.
    bool dated_ = false;          ///< Llama 3.1 and 3.2: the system's turn begins with two dates.
};

}  // namespace foothold
