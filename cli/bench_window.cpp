// SPDX-License-Identifier: GPL-3.0-or-later
// Starting the window and reading the figures it prints.
#include "bench_window.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "made_run.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"

namespace foothold::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A folder of this process in the temporary one, deleted at the end.
class Folder {
   public:
    Folder() : path_(fs::temp_directory_path() / fmt::format("foothold-bench-{}", ::getpid())) { fs::create_directories(path_); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path operator/(const char* name) const { return path_ / name; }

   private:
    fs::path path_;
};

/// What the window prints when it is started so.
Json figures_of(const std::string& arguments) {
    const fs::path window = program_dir() / "foothold";
    if (!fs::exists(window)) throw UserError(fmt::format("{}: the window is not built", window.string()));
    const std::string platform = std::getenv("DISPLAY") ? "" : "QT_QPA_PLATFORM=offscreen ";
    FILE* pipe = ::popen(fmt::format("{}'{}' {}", platform, window.string(), arguments).c_str(), "r");
    if (!pipe) throw RunError("the window could not be started");
    std::string output;
    std::array<char, 4096> buffer;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
    const int status = ::pclose(pipe);
    if (status != 0) throw RunError(fmt::format("the window ended with status {}", WEXITSTATUS(status)));
    const std::size_t brace = output.find('{');
    if (brace == std::string::npos) throw RunError("the window printed no figures");
    return Json::parse(output.substr(brace));
}

}  // namespace

Json bench_window(const std::string& experiment) {
    const fs::path path = find_file(experiment);
    const std::int64_t steps = read_experiment(path).steps;
    const Folder folder;
    Json line = {{"name", "window"}, {"experiment", path.filename().string()}, {"steps", steps}};
    line.update(figures_of(fmt::format("'{}' --run --gui-stats --out '{}' --after-steps {} --screenshot '{}'", path.string(), (folder / "run").string(), steps,
                                       (folder / "window.png").string())));
    return line;
}

Json bench_scrub(const std::string& run, std::int64_t steps, std::int64_t problems) {
    const Folder folder;
    const fs::path dir = run.empty() ? folder / "run" : fs::path(run);
    if (!fs::exists(dir)) make_run(dir, steps, problems);
    Json line = {{"name", "scrub"}};
    line.update(figures_of(fmt::format("'{}' --bench-scrub 50", dir.string())));
    return line;
}

}  // namespace foothold::cli
