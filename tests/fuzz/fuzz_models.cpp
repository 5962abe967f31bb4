// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzzing of the readers of models with libFuzzer. The first byte says as what the rest is read: a GGUF file, a
// safetensors file of ours, the weights of a Hugging Face folder, or its config.json. Whatever the bytes are, the
// reader has to answer with a model or a UserError.
//
//   sources="core/formats/*.cpp core/engine/*.cpp core/record/random.cpp"
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Icore tests/fuzz/fuzz_models.cpp \
//     $(ls $sources | grep -v loader.cpp) -lfmt -o fuzz_models
//   ./fuzz_models -rss_limit_mb=1024 -malloc_limit_mb=512 -max_total_time=300 CORPUS
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/hugging_face.h"
#include "engine/model_file.h"
#include "record/error.h"

using namespace foothold;

namespace {

const std::filesystem::path& folder() {
    static const std::filesystem::path made = [] {
        const auto path = std::filesystem::path("/dev/shm") / ("fuzz-models-" + std::to_string(::getpid()));
        std::filesystem::remove_all(path);
        ModelConfig config;
        config.hidden_size = 8;
        config.intermediate_size = 12;
        config.num_attention_heads = 2;
        config.num_key_value_heads = 1;
        config.num_hidden_layers = 1;
        config.vocab_size = 5;
        for (const char* part : {"weights", "config"}) write_hugging_face(path / part, initial_state(config, 1));
        return path;
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    static const char* files[] = {"one.gguf", "one.safetensors", "weights/model.safetensors", "config/config.json"};
    const auto file = folder() / files[data[0] % 4];
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
    const auto model = data[0] % 4 < 2 ? file : file.parent_path();
    try {
        open_model(model);
    } catch (const UserError&) {
    }
    return 0;
}
