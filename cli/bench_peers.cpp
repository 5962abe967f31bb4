// SPDX-License-Identifier: GPL-3.0-or-later
// bench peers.
#include "bench_peers.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "record/error.h"
#include "record/paths.h"

namespace foothold::cli {

void bench_peers(const std::string& model, int threads, int rounds) {
    const std::filesystem::path script = "tests/bench/peers.py";
    if (!std::filesystem::exists(script))
        throw UserError("bench peers: " + script.string() + " is not there; call it in the folder of Foothold's source");
    std::vector<std::string> words{"/usr/bin/python3", script.string(), "--cli", (program_dir() / "foothold-cli").string(),
                                   "--threads", std::to_string(threads), "--rounds", std::to_string(rounds)};
    if (!model.empty()) words.insert(words.end(), {"--model", std::filesystem::absolute(find_file(model)).string()});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    throw UserError("bench peers: " + words[0] + " does not start: " + std::strerror(errno));
}

}  // namespace foothold::cli
