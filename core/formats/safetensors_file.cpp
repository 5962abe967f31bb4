// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing safetensors, careful about damaged files and about half-written ones.
#include "formats/safetensors_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "formats/atomic_file.h"
#include "formats/binary_file.h"
#include "record/error.h"

namespace foothold {
namespace {

constexpr std::uint64_t largest_header = 100'000'000;  // The limit of the reference implementation.
constexpr int deepest = 8;  // A header has three levels; brackets cost far more memory than bytes.

TensorType type_of(const std::string& name) {
    for (const TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16})
        if (name == to_string(type)) return type;
    throw UserError(fmt::format("numbers of type {} are not supported (F32, F16 and BF16 are)", name));
}

TensorEntry entry_of(const std::string& name, const nlohmann::json& value, std::uint64_t data, std::uint64_t size) {
    const auto& offsets = value.at("data_offsets");
    if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
        throw UserError(fmt::format("the place of tensor \"{}\" is not given by two offsets", name));
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > size - data)
        throw UserError(fmt::format("tensor \"{}\" lies beyond the end of the file (is it truncated?)", name));
    TensorEntry entry{name, value.at("shape").get<std::vector<std::int64_t>>(), TensorType::F32, data + begin,
                      end - begin};
    try {
        entry.type = type_of(value.at("dtype").get<std::string>());
        const auto numbers = static_cast<std::uint64_t>(entry.numbers()), each = block_shape(entry.type).bytes;
        if (entry.bytes % each != 0 || entry.bytes / each != numbers)
            throw UserError(fmt::format("it has {} bytes, which does not match its shape", entry.bytes));
    } catch (const UserError& error) {
        throw UserError(fmt::format("tensor \"{}\": {}", name, error.what()));
    }
    return entry;
}

/// The format has no holes: each tensor begins where the one before ends, and the last ends the file.
void check_no_holes(const SafetensorsFile& file, std::uint64_t data, std::uint64_t size) {
    std::vector<const TensorEntry*> order;
    for (const auto& [name, tensor] : file.tensors) order.push_back(&tensor);
    std::ranges::sort(order, {}, [](const TensorEntry* entry) { return std::pair(entry->begin, entry->bytes); });
    for (const TensorEntry* entry : order) {
        if (entry->begin != data)
            throw UserError(fmt::format("the data of tensor \"{}\" overlap others or leave a hole", entry->name));
        data += entry->bytes;
    }
    if (data != size) throw UserError(fmt::format("{} bytes at the end belong to no tensor", size - data));
}

SafetensorsFile read(const std::filesystem::path& path) {
    BinaryFile file(path);
    if (file.size() < 8) throw UserError(fmt::format("not a safetensors file: only {} bytes", file.size()));
    const auto length = file.number<std::uint64_t>("the header's length");
    if (length < 2 || length > largest_header)
        throw UserError("not a safetensors file: it does not begin with a header's length");
    if (length > file.left())
        throw UserError("not a safetensors file, or truncated: its header is longer than the file");
    const std::string text = file.read_text(length, "the header");
    if (text[0] != '{') throw UserError("not a safetensors file: its header is not a JSON object");
    const auto header = nlohmann::json::parse(text, [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > deepest) throw UserError("not a safetensors file: its header is nested too deeply");
        return true;
    });
    SafetensorsFile read{path, {}, {}};
    if (const auto metadata = header.find("__metadata__"); metadata != header.end())
        read.metadata = metadata->get<std::map<std::string, std::string>>();
    const std::uint64_t data = 8 + length;
    for (const auto& [name, value] : header.items())
        if (name != "__metadata__") read.tensors.emplace(name, entry_of(name, value, data, file.size()));
    check_no_holes(read, data, file.size());
    return read;
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
    try {
        return read(path);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    } catch (const nlohmann::json::exception& error) {
        throw UserError(
            fmt::format("{}: not a safetensors file: its header is damaged ({})", path.string(), error.what()));
    }
}

void write_safetensors(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata,
                       const std::vector<TensorView>& tensors) {
    nlohmann::json header = nlohmann::json::object();
    header["__metadata__"] = metadata;
    std::uint64_t at = 0;
    for (const TensorView& tensor : tensors) {
        const std::uint64_t end = at + tensor.numbers.size_bytes();
        header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
        at = end;
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const nlohmann::json::exception& error) {
        throw RunError(fmt::format("{}: cannot be written: {}", path.string(), error.what()));
    }
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t length = text.size();
    AtomicFile file(path);
    file.write(&length, 8);
    file.write(text.data(), text.size());
    for (const TensorView& tensor : tensors) file.write(tensor.numbers.data(), tensor.numbers.size_bytes());
    file.commit();
}

}  // namespace foothold
