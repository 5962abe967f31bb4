// SPDX-License-Identifier: GPL-3.0-or-later
// Safetensors: a model of ours, or (odd first byte) the weights of a Hugging Face folder.
#include "engine/model_file.h"
#include "scratch.h"

using namespace foothold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const auto folder = fuzz::model_folder();
    const auto file = fuzz::as_file(data[0] % 2 ? folder / "model.safetensors" : fuzz::scratch() / "one.safetensors", data + 1, size - 1);
    return fuzz::survives([&] { open_model(data[0] % 2 ? folder : file); });
}
