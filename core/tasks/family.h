// SPDX-License-Identifier: GPL-3.0-or-later
// Problem families: how problems are made, asked, hinted at and judged.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/attempt.h"
#include "record/problem.h"
#include "record/random.h"
#include "tasks/demonstrator.h"
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

/// What corruption operators need to know of a family's language.
struct Alphabet {
    std::vector<std::string> numbers;  ///< What may stand in place of a number.
    std::string filler;                ///< A word that says nothing.
};

class Family {
   public:
    virtual ~Family() = default;
    virtual std::string name() const = 0;
    virtual const Vocabulary& vocabulary() const = 0;
    virtual std::int32_t end_token() const = 0;
    virtual Placement natural_placement() const = 0;
    virtual std::vector<std::string> example_tiers() const = 0;
    virtual Alphabet alphabet() const = 0;
    /// A problem of a tier (id left empty). Throws UserError if the tier's name is not understood.
    virtual Problem make(const std::string& tier, Random& random) const = 0;
    /// The full context: problem and hint in their places.
    virtual std::string context(const Problem& problem, std::string_view hint, Placement placement) const = 0;
    /// Tokens a completion may need when `given` steps stand in the answer already.
    virtual int max_new_tokens(const Problem& problem, int given) const = 0;
    /// A whole completion as the demonstrator writes it (without the end token).
    virtual std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const = 0;
    /// Judges a completion (text without the end token). Soundness is decided given the hint: a wrong hint followed rightly is sound
    /// only if the answer is right and follows from the steps.
    virtual Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const = 0;
};

struct FamilyOptions {
    int width = 4, modulus = 13;
};

/// The family of that name. Throws UserError naming the known ones.
std::unique_ptr<Family> make_family(const std::string& name, const FamilyOptions& options = {});
const std::vector<std::string>& family_names();

std::unique_ptr<Family> make_chain(const FamilyOptions& options);

}  // namespace foothold
