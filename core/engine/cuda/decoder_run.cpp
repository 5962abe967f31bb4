// SPDX-License-Identifier: GPL-3.0-or-later
// One call: who is in flight, and what comes back.
#include <algorithm>

#include "engine/cuda/decoder.h"
#include "engine/cuda/pages.h"
#include "engine/cuda/seats.h"

namespace foothold {
namespace {

int new_tokens(const Row& row) { return row.request->max_new_tokens; }
/// The context but its last token, which every row feeds itself: what follows it is the first to be sampled.
int shared_tokens(const GenerateRequest& request) { return static_cast<int>(request.context.size()) - 1; }

}  // namespace

class PagedDecoder::Run {
public:
    Run(PagedDecoder& decoder, const Batch& batch)
        : decoder_(decoder), ops_(decoder.ops_), seats_(*decoder.seats_), batch_(batch), pool_(decoder.sizes_.pages) {}
    // What is queued uses what is held; also when an exception ends the call.
    ~Run() {
        try {
            ops_.synchronize();
        } catch (...) {  // The device is lost; the next call says so.
        }
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void operator()() {
        while (true) {
            check_stop();
            admit();
            if (going_.empty()) return;
            launch();
            std::erase_if(going_, [](const Going& row) { return row.finished; });
        }
    }

private:
    struct Going {
        const Row* row;
        std::shared_ptr<const PageRun> prompt, own;
        int since = 0;
        bool finished = false;
        int sampled() const { return static_cast<int>(row->completion->tokens.size()); }
    };

    void check_stop() const {
        if (batch_.stop.stop_requested()) throw Stopped{};
    }

    /// Takes in rows while there are seats and pages for all that they may need, and reads their contexts.
    void admit() {
        std::vector<const Going*> fresh;  // The first row of each context.
        std::vector<std::size_t> first;
        for (; next_ < batch_.rows.size() && going_.size() < static_cast<std::size_t>(seats_.seats); ++next_) {
            const Row& row = batch_.rows[next_];
            if (new_tokens(row) < 1) continue;
            if (prompt_of_ != row.request) {
                prompt_.reset();
                prompt_of_ = nullptr;
            }
            const int own = pages_for(new_tokens(row)), prompt = prompt_ ? 0 : pages_for(shared_tokens(*row.request));
            if (own + prompt > pool_.available()) break;
            if (!prompt_) {
                prompt_ = pool_.take(prompt);
                prompt_of_ = row.request;
                first.push_back(going_.size());
            }
            going_.push_back({&row, prompt_, pool_.take(own)});
        }
        for (const std::size_t i : first) fresh.push_back(&going_[i]);
        if (!fresh.empty()) read_contexts(fresh);
    }

    void read_contexts(const std::vector<const Going*>& fresh) {
        std::vector<int> tables(Seats::of(static_cast<int>(fresh.size()), seats_.table_width));
        for (std::size_t i = 0; i < fresh.size(); ++i) fill_table(*fresh[i], tables.data() + i * Seats::of(seats_.table_width));
        seats_.prefill_tables.upload(tables);
        const int most = decoder_.limits_.prefill_rows;
        std::vector<int> numbers(seats_.prefill_numbers.size());
        int* field[Seats::prefill_fields];
        for (int i = 0; i < Seats::prefill_fields; ++i) field[i] = numbers.data() + Seats::of(i, most);
        int count = 0;
        const auto read = [&] {
            if (count == 0) return;
            check_stop();
            seats_.prefill_numbers.upload(numbers);
            const int* from = seats_.prefill_numbers.data();
            const auto at = [&](Seats::PrefillField which) { return from + Seats::of(which, most); };
            (*decoder_.forward_)({count, at(Seats::prefill_tokens), at(Seats::prefill_positions), at(Seats::prefill_shared),
                                  at(Seats::prefill_table_of), seats_.prefill_tables.data(), seats_.table_width, true},
                                 false);
            count = 0;
        };
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            const GenerateRequest& request = *fresh[i]->row->request;
            for (int t = 0; t < shared_tokens(request); ++t) {
                field[Seats::prefill_tokens][count] = request.context[static_cast<std::size_t>(t)];
                field[Seats::prefill_positions][count] = t;
                field[Seats::prefill_shared][count] = shared_tokens(request);
                field[Seats::prefill_table_of][count] = static_cast<int>(i);
                if (++count == most) read();
            }
        }
        read();
    }

    static void fill_table(const Going& row, int* table) {
        table = std::ranges::copy(row.prompt->pages(), table).out;
        std::ranges::copy(row.own->pages(), table);
    }

    /// Puts the rows into the first seats, as far as each has come.
    void place(int bucket) {
        const auto seats = Seats::of(seats_.seats);
        std::vector<int> numbers(seats * Seats::table_of);  // What stands behind stays.
        std::fill_n(numbers.data() + Seats::positions * seats, bucket, -1);
        std::vector<int> tables(going_.size() * Seats::of(seats_.table_width));
        std::vector<std::uint64_t> keys;
        std::vector<float> recent(going_.size() * Seats::of(seats_.recent_width));
        const int window = batch_.rules->stop ? batch_.rules->stop->window : 0;
        for (std::size_t i = 0; i < going_.size(); ++i) {
            const Going& going = going_[i];
            const Completion& done = *going.row->completion;
            const auto set = [&](Seats::Field field, int value) { numbers[field * seats + i] = value; };
            set(Seats::tokens, done.tokens.empty() ? going.row->request->context.back() : done.tokens.back());
            set(Seats::shared, shared_tokens(*going.row->request));
            set(Seats::positions, shared_tokens(*going.row->request) + going.sampled());
            set(Seats::counts, going.sampled());
            set(Seats::limits_, new_tokens(*going.row));
            set(Seats::since, going.since);
            keys.push_back(going.row->key);
            fill_table(going, tables.data() + i * Seats::of(seats_.table_width));
            for (int t = std::max(0, going.sampled() - window); t < going.sampled(); ++t)
                recent[i * Seats::of(seats_.recent_width) + Seats::of(t % window)] = done.confidence[Seats::of(t)];
        }
        seats_.numbers.upload(numbers);
        seats_.tables.upload(tables);
        seats_.keys.upload(keys);
        seats_.recent.upload(recent);
    }

    /// Steps of the rows in flight until it is worth letting go of those that are finished.
    void launch() {
        const int bucket = decoder_bucket(static_cast<int>(going_.size()));
        StepGraph& graph = decoder_.graph(bucket);
        place(bucket);
        int left = 0;  // Steps of the row that may become the longest.
        for (const Going& row : going_) left = std::max(left, new_tokens(*row.row) - row.sampled());
        int queued = 0, looked = 0;
        bool go_on = true;
        while (looked < queued || (go_on && left > 0)) {
            // While one look is read the next steps run already.
            for (; go_on && left > 0 && queued < looked + 2; left -= seats_.steps) queue(graph, queued++ % 2);
            look(looked++ % 2);
            const auto finished = static_cast<std::size_t>(std::ranges::count(going_, true, &Going::finished));
            go_on = finished * 4 < going_.size();
            check_stop();
        }
    }

    void queue(StepGraph& graph, int which) {
        for (int step = 0; step < (decoder_.in_one_call_ ? 1 : seats_.steps); ++step) graph.launch();
        Seats::Look& look = seats_.looks[which];
        ops_.download(look.numbers.data(), seats_.field(Seats::positions), look.numbers.bytes());
        ops_.download(look.records.data(), seats_.records.data(), look.records.bytes());
        ops_.mark(which);
    }

    void look(int which) {
        ops_.wait(which);
        const Seats::Look& look = seats_.looks[which];
        std::int64_t sampled = 0;
        for (std::size_t i = 0; i < going_.size(); ++i) {
            Going& going = going_[i];
            const int count = look.numbers.data()[Seats::of(seats_.seats) + i];
            while (!going.finished && going.sampled() < count) {
                const TokenRecord& record = look.records.data()[i * Seats::of(seats_.steps) + Seats::of(going.sampled() % seats_.steps)];
                const auto& penalty = batch_.rules->penalty;
                const bool begins = penalty && std::ranges::find(penalty->tokens, record.token) != penalty->tokens.end();
                going.since = begins ? 0 : going.since + 1;
                going.finished = !append(batch_, *going.row, record.token, record.logprob, record.entropy, record.confidence);
                ++sampled;
            }
            going.finished |= look.numbers.data()[i] < 0;
        }
        if (batch_.sampled) batch_.sampled(sampled);
    }

    PagedDecoder& decoder_;
    DecodeOps& ops_;
    Seats& seats_;
    const Batch& batch_;
    PagePool pool_;
    std::size_t next_ = 0;                   // The first row that has not been taken in.
    std::shared_ptr<const PageRun> prompt_;  // Of the last one that has, with the request that it is of.
    const GenerateRequest* prompt_of_ = nullptr;
    std::vector<Going> going_;
};

void PagedDecoder::decode(const Batch& batch) {
    if (batch.rows.empty()) return;
    grow(sizes_for(batch));
    set_rules(*batch.rules, batch.end_token);
    Run(*this, batch)();
}

}  // namespace foothold
