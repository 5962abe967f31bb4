// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json; what is accepted must encode, and decode what it encoded.
#include "scratch.h"
#include "text/tokenizer_files.h"

using namespace foothold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survives([&] {
        const auto tokenizer = parse_tokenizer_json(std::string(reinterpret_cast<const char*>(data), size), "tokenizer.json");
        tokenizer->decode(tokenizer->encode("Ab 12\n<|im_end|>  it's \xc3\xa9\xff"));
    });
}
