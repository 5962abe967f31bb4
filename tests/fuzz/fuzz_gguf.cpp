// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF: the weights, and the words it carries.
#include "engine/model_file.h"
#include "scratch.h"
#include "text/model_text.h"

using namespace foothold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = fuzz::as_file(fuzz::scratch() / "one.gguf", data, size);
    fuzz::survives([&] { read_model_text(file).tokenizer->encode("a 12 bc"); });
    return fuzz::survives([&] { open_model(file); });
}
