// SPDX-License-Identifier: GPL-3.0-or-later
// Problem families: how problems are made, asked, hinted at and judged.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/attempt.h"
#include "record/experiment.h"
#include "record/problem.h"
#include "record/random.h"
#include "tasks/demonstrator.h"
#include "tasks/search_reading.h"
#include "text/model_text.h"
#include "text/vocabulary.h"

namespace foothold {

/// Where a hint stands: at the start of the model's answer, or after the problem (the model then writes the whole solution).
enum class Placement { answer, prompt };

/// What a judge says of one completion.
struct Judgement {
    Verdict verdict = Verdict::wrong;
    Soundness soundness = Soundness::unknown;  ///< Of successes only.
    int first_wrong_step = -1;                 ///< From 0 over the whole trace, hint included; -1 = none wrong.
    bool skipping = false;                     ///< Fewer steps written than the problem had left.
    std::string extracted;                     ///< The answer, empty if unparseable.
};

/// What an answer says of where it came from.
struct AnswerReading {
    bool infeasible = false;  ///< It uses what the problem does not have.
    bool stale = false;       ///< Infeasible, and right only for the problem as it was before something was taken away.
};

/// A written solution as people read it: its steps (thoughts, moves, events of a search), and the answer after them.
struct WrittenTrace {
    std::vector<std::string> steps;
    std::string answer;  ///< Empty if none is stated.
};

/// What corruption operators need to know of a family's language.
struct Alphabet {
    std::vector<std::string> numbers;  ///< What may stand in place of a number.
    std::string filler;                ///< A word that says nothing and stands in no step.
    std::string separator;             ///< The word that stands between steps and says nothing either.
    std::vector<std::vector<std::string>> kinds;  ///< Further kinds of words that noise replaces, each by one of its own kind (cells, carries).
};

class Family {
   public:
    virtual ~Family() = default;
    virtual std::string name() const = 0;
    /// What turns its texts into ids: words of its own, or the model's. Throws UserError where the family needs a model's and has none.
    virtual const Tokenizer& tokenizer() const = 0;
    virtual std::int32_t end_token() const = 0;
    /// Can a model with so many tokens speak it?
    virtual bool fits(int tokens) const { return tokens == tokenizer().size(); }
    virtual Placement natural_placement() const = 0;
    virtual std::vector<std::string> example_tiers() const = 0;
    virtual Alphabet alphabet() const = 0;
    /// A problem of a tier (id left empty). Throws UserError if the tier's name is not understood.
    virtual Problem make(const std::string& tier, Random& random) const = 0;
    /// The full context: problem and hint in their places.
    virtual std::string context(const Problem& problem, std::string_view hint, Placement placement) const = 0;
    /// The whole reference solution as a completion: steps, closing.
    virtual std::string solution(const Problem& problem) const { return join_words(problem.steps) + " " + closing(problem); }
    /// Ids of context(problem, hint, placement). `rest` is how the trace goes on after the hint: families of plain text encode problem and
    /// trace together and cut afterwards, since a piece encoded alone may come out in other tokens.
    virtual std::vector<std::int32_t> encode_context(const Problem& problem, std::string_view hint, std::string_view, Placement placement) const {
        return tokenizer().encode(context(problem, hint, placement));
    }
    /// Ids of the problem without a hint and its solution (the end token left out), encoded together; `context` of them are the problem's.
    struct EncodedSolution {
        std::vector<std::int32_t> ids;
        std::size_t context = 0;
    };
    EncodedSolution encode_solution(const Problem& problem) const;
    /// Tokens a completion may need when `given` of the problem's steps (steps_done) stand in the answer already.
    virtual int max_new_tokens(const Problem& problem, int given) const = 0;
    /// A whole completion as the demonstrator writes it (without the end token).
    virtual std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const = 0;
    /// Judges a completion (text without the end token). Soundness is decided given the hint: a wrong hint followed rightly is sound
    /// only if the answer is right and follows from the steps.
    virtual Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const = 0;

    /// Cuts a written solution, or the beginning of one, right or wrong. Plain text: its lines.
    virtual WrittenTrace read_trace(std::string_view text) const;
    /// Steps that a hint holds, one begun and not finished counted too.
    virtual int steps_in(std::string_view hint) const { return static_cast<int>(read_trace(hint).steps.size()); }

    // How traces are computed. `given` are revealed steps, right or wrong, from the first one on.

    /// What a search did, thought by thought; none where the family does not search.
    virtual std::optional<SearchReading> read_search(const Problem&, std::string_view) const { return std::nullopt; }
    /// What an extracted answer says; none where the family cannot tell or the answer cannot be read.
    virtual std::optional<AnswerReading> read_answer(const Problem&, std::string_view) const { return std::nullopt; }
    /// The words after the last step of a right solution.
    virtual std::string closing(const Problem& problem) const { return "# " + problem.answer; }

    /// How many of the problem's own steps the given ones stand for. Each takes the place of one, unless the family has steps that change
    /// nothing (see idle_step).
    virtual int steps_done(const Problem&, std::span<const std::string> given) const { return static_cast<int>(given.size()); }
    /// The steps left after steps_done, computed rightly from the last revealed value: what a faithful reader would write. Empty if none is left.
    virtual std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const = 0;
    /// State kept: the last revealed value (of the last given step that reveals one, else what the prompt starts from) is the value the
    /// reference has after steps_done steps. Then `follow` writes the rest of the reference and arrives at the gold answer. A wrong value
    /// that is right by chance counts as kept; steps in place of more operations than the problem has do not.
    virtual bool state_holds(const Problem& problem, std::span<const std::string> given) const = 0;
    /// Do these steps state any value at all? Filler does not, and then there is no state that could hold.
    virtual bool reveals(const Problem&, std::span<const std::string> given) const { return !given.empty(); }
    /// One true, well-formed step about nothing in particular.
    virtual std::string fact(Random& random) const = 0;
    /// One true, well-formed step that leaves the state after `given` as it is; steps_done does not count it.
    virtual std::string idle_step(const Problem& problem, std::span<const std::string> given, Random& random) const = 0;
    /// The step with a wrong result, its form kept. A step that cannot be read is given back as it is.
    virtual std::string misstate(const std::string& step, Random& random) const = 0;
    /// The numbers in a step, in order, that corruptions exchange or replace. Symbolic families: the words that alphabet() lists.
    virtual std::vector<std::string_view> numbers_of(std::string_view step) const;
    /// A random number in place of this one, perhaps the same.
    virtual std::string any_number(std::string_view like, Random& random) const;
    /// Why a corruption operator cannot do what it says to this family's traces, in the user's words; none if it can.
    virtual std::optional<std::string> unfit(std::string_view) const { return std::nullopt; }
    /// The step in another legal form with the same result, or itself where there is none.
    virtual std::string reword(const std::string& step) const { return step; }
    /// The tier of problems with what is left of this one's after `given` steps; empty if nothing is left or the family cannot say. Throws
    /// UserError if the tier's name is not understood.
    virtual std::string tier_after(const std::string& tier, int given) const;
    /// Why these steps cannot be given as a trace, in the user's words; none if they can. Refused: no steps, a step without words. Families
    /// add what they cannot read and what would state the gold answer outright. Wrong steps are fine.
    virtual std::optional<std::string> refuse_trace(const Problem& problem, std::span<const std::string> steps) const;

   protected:
    virtual std::string_view glue() const { return " "; }  ///< Stands between a context and its completion.
};

struct FamilyOptions {
    int width = 4, modulus = 13;
    int answer_modulus = 0;  ///< chain: the answer is given modulo this; 0 = as it is.
    std::shared_ptr<const ModelText> text = nullptr;  ///< Families of plain text: the model's language; none = problems can be made and judged, not encoded.
    int max_new_tokens = 0;                 ///< Families of plain text: limit of a completion; 0 = three times the reference solution, and a little.
};

/// Those that the keys of an experiment name; the model's language is left out.
FamilyOptions family_options(const Experiment& experiment);

/// The family of that name. Throws UserError naming the known ones.
std::unique_ptr<Family> make_family(const std::string& name, const FamilyOptions& options = {});
/// The family of an experiment, with the language of its model (looked for beside `beside` too) where it needs one. Throws UserError.
std::unique_ptr<Family> family_of(const Experiment& experiment, const std::filesystem::path& beside = {});
/// Is it one of plain text, which speaks the model's language?
bool is_text_family(const std::string& name);
const std::vector<std::string>& family_names();

std::unique_ptr<Family> make_addition(const FamilyOptions& options);
std::unique_ptr<Family> make_chain(const FamilyOptions& options);
std::unique_ptr<Family> make_countdown(const FamilyOptions& options);
std::unique_ptr<Family> make_doors(const FamilyOptions& options);
std::unique_ptr<Family> make_graph_path(const FamilyOptions& options);
std::unique_ptr<Family> make_maze(const FamilyOptions& options);
std::unique_ptr<Family> make_text(const FamilyOptions& options);
std::unique_ptr<Family> make_words(const FamilyOptions& options);

}  // namespace foothold
