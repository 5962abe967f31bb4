// SPDX-License-Identifier: GPL-3.0-or-later
// Reading GGUF. Counts and lengths in the file are claims: each is held against the bytes that are left.
#include "formats/gguf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "formats/binary_file.h"
#include "record/error.h"

namespace foothold {
namespace {

// Far above what any model has; a file that is really so large would still fill the memory.
constexpr std::uint64_t most_keys = 1 << 16, most_tensors = 1 << 20, most_elements = 1 << 24, most_text = 1 << 26,
                        most_metadata = std::uint64_t{1} << 30, longest_name = 1 << 16;
constexpr std::uint32_t magic = 0x46554747;  // "GGUF"

/// The types of metadata values, as numbered in the file.
enum ValueType : std::uint32_t {
    Uint8,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    Float32,
    Bool,
    String,
    Array,
    Uint64,
    Int64,
    Float64
};

std::uint64_t least_bytes(std::uint32_t type) {
    static constexpr std::uint64_t bytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};
    if (type >= std::size(bytes)) throw UserError(fmt::format("a value has the type {}, which is not known", type));
    return bytes[type];
}

/// A tensor's type by its number in the file; nullopt for those that are not read.
std::optional<TensorType> tensor_type(std::uint32_t number) {
    switch (number) {
        case 0: return TensorType::F32;
        case 1: return TensorType::F16;
        case 2: return TensorType::Q4_0;
        case 3: return TensorType::Q4_1;
        case 8: return TensorType::Q8_0;
        case 12: return TensorType::Q4_K;
        case 14: return TensorType::Q6_K;
        case 30: return TensorType::BF16;
        default: return std::nullopt;
    }
}

std::string read_string(BinaryFile& file, std::uint64_t most, const char* what) {
    const auto length = file.number<std::uint64_t>(what);
    if (length > most)
        throw UserError(
            fmt::format("{} at byte {} claims {} bytes; at most {} are read", what, file.position(), length, most));
    return file.read_text(length, what);
}

std::int64_t read_integer(BinaryFile& file, std::uint32_t type) {
    switch (type) {
        case Uint8: return file.number<std::uint8_t>("a value");
        case Int8: return file.number<std::int8_t>("a value");
        case Uint16: return file.number<std::uint16_t>("a value");
        case Int16: return file.number<std::int16_t>("a value");
        case Uint32: return file.number<std::uint32_t>("a value");
        case Int32: return file.number<std::int32_t>("a value");
        case Int64: return file.number<std::int64_t>("a value");
        case Bool: return file.number<std::uint8_t>("a value") != 0;
        default: break;
    }
    const auto value = file.number<std::uint64_t>("a value");
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw UserError(fmt::format("the number {} is too large", value));
    return static_cast<std::int64_t>(value);
}

double read_float(BinaryFile& file, std::uint32_t type) {
    return type == Float32 ? static_cast<double>(file.number<float>("a value")) : file.number<double>("a value");
}

template <class T, class Read>
std::vector<T> read_all(std::uint64_t count, Read&& read) {
    std::vector<T> values;
    values.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) values.push_back(read());
    return values;
}

GgufValue read_value(BinaryFile& file) {
    const auto type = file.number<std::uint32_t>("a value's type");
    if (type == String) return read_string(file, most_text, "a text");
    if (type == Float32 || type == Float64) return read_float(file, type);
    if (type == Bool) return read_integer(file, type) != 0;
    if (type != Array) {
        least_bytes(type);  // Throws for what is no type.
        return read_integer(file, type);
    }
    const auto element = file.number<std::uint32_t>("an array's type");
    const auto count = file.number<std::uint64_t>("an array's length");
    if (element == Array) throw UserError("arrays of arrays are not supported");
    file.expect(count, least_bytes(element), "an array's elements");
    if (count > most_elements)
        throw UserError(fmt::format("an array claims {} elements; at most {} are read", count, most_elements));
    if (element == String) return read_all<std::string>(count, [&] { return read_string(file, most_text, "a text"); });
    if (element == Float32 || element == Float64)
        return read_all<double>(count, [&] { return read_float(file, element); });
    return read_all<std::int64_t>(count, [&] { return read_integer(file, element); });
}

void read_metadata(BinaryFile& file, std::uint64_t count, GgufFile& into) {
    const std::uint64_t begin = file.position();
    for (std::uint64_t i = 0; i < count; ++i) {
        std::string key = read_string(file, longest_name, "a key");
        try {
            if (!into.metadata.emplace(key, read_value(file)).second) throw UserError("it is there twice");
            if (file.position() - begin > most_metadata)
                throw UserError(fmt::format("more than {} bytes of metadata are not read", most_metadata));
        } catch (const UserError& error) {
            throw UserError(fmt::format("metadata key \"{}\" (byte {}): {}", key, file.position(), error.what()));
        }
    }
}

/// One entry of the table; `begin` is still counted from where the data begin.
TensorEntry read_entry(BinaryFile& file) {
    TensorEntry tensor;
    tensor.name = read_string(file, longest_name, "a tensor's name");
    const auto dimensions = file.number<std::uint32_t>("a tensor's dimensions");
    if (dimensions > 4)
        throw UserError(
            fmt::format("tensor \"{}\" claims {} dimensions; 4 are the most there can be", tensor.name, dimensions));
    std::uint64_t numbers = 1;
    for (std::uint32_t d = 0; d < dimensions; ++d) {
        const auto size = file.number<std::uint64_t>("a tensor's size");
        if (__builtin_mul_overflow(numbers, size, &numbers) ||
            numbers > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            throw UserError(
                fmt::format("tensor \"{}\" has an impossible shape: one of its sizes is {}", tensor.name, size));
        tensor.shape.push_back(static_cast<std::int64_t>(size));
    }
    const auto type = file.number<std::uint32_t>("a tensor's type");
    const auto known = tensor_type(type);
    if (!known)
        throw UserError(fmt::format(
            "tensor \"{}\" has ggml's type {}, which is not read; F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K and Q6_K are",
            tensor.name, type));
    tensor.type = *known;
    const BlockShape block = block_shape(tensor.type);
    // Rows are whole blocks; the fastest dimension comes first in the file.
    if (const auto row = dimensions == 0 ? 1 : static_cast<std::uint64_t>(tensor.shape[0]); row % block.numbers != 0)
        throw UserError(fmt::format("tensor \"{}\" has rows of {} numbers, but {} comes in blocks of {}", tensor.name,
                                    row, to_string(tensor.type), block.numbers));
    if (__builtin_mul_overflow(numbers / block.numbers, block.bytes, &tensor.bytes))
        throw UserError(fmt::format("tensor \"{}\" has an impossible shape", tensor.name));
    std::ranges::reverse(tensor.shape);
    tensor.begin = file.number<std::uint64_t>("a tensor's place");
    return tensor;
}

GgufFile read(const std::filesystem::path& path) {
    BinaryFile file(path);
    GgufFile gguf;
    gguf.path = path;
    if (file.size() < 24 || file.number<std::uint32_t>("the magic number") != magic) throw UserError("not a GGUF file");
    const auto version = file.number<std::uint32_t>("the version");
    if ((version & 0xffffu) == 0) throw UserError("this GGUF file is big-endian, which is not supported");
    if (version != 2 && version != 3)
        throw UserError(fmt::format("GGUF version {} is not supported; 2 and 3 are", version));
    const auto tensors = file.number<std::uint64_t>("the number of tensors"),
               keys = file.number<std::uint64_t>("the number of keys");
    if (keys > most_keys || tensors > most_tensors)
        throw UserError(fmt::format("it claims {} keys and {} tensors, more than any model has", keys, tensors));
    file.expect(keys, 13, "metadata keys");
    read_metadata(file, keys, gguf);
    file.expect(tensors, 24, "tensors in the table");
    for (std::uint64_t i = 0; i < tensors; ++i) {
        TensorEntry tensor = read_entry(file);
        const std::string name = tensor.name;
        if (!gguf.tensors.emplace(name, std::move(tensor)).second)
            throw UserError(fmt::format("tensor \"{}\" is there twice", name));
    }
    std::uint64_t alignment = 32;
    if (const auto* given = gguf.find<std::int64_t>("general.alignment")) {
        if (*given < 1 || *given > (1 << 20) || (*given & (*given - 1)) != 0)
            throw UserError(fmt::format("general.alignment is {}, which is no power of two up to 2^20", *given));
        alignment = static_cast<std::uint64_t>(*given);
    }
    const std::uint64_t data = (file.position() + alignment - 1) / alignment * alignment;
    for (auto& [name, tensor] : gguf.tensors) {
        if (tensor.begin % alignment != 0)
            throw UserError(fmt::format("the data of tensor \"{}\" are not aligned to {} bytes", name, alignment));
        if (__builtin_add_overflow(tensor.begin, data, &tensor.begin))
            throw UserError(fmt::format("tensor \"{}\" lies beyond the end of the file", name));
    }
    std::vector<const TensorEntry*> entries;
    for (const auto& [name, tensor] : gguf.tensors) entries.push_back(&tensor);
    check_places(std::move(entries), data, file.size());
    return gguf;
}

const char* name_of(const GgufValue& value) {
    static constexpr const char* names[] = {"a whole number",          "a number",          "true or false",  "a text",
                                            "a list of whole numbers", "a list of numbers", "a list of texts"};
    return names[value.index()];
}

}  // namespace

template <class T>
const T* GgufFile::find(const std::string& key) const {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return nullptr;
    if (const T* value = std::get_if<T>(&found->second)) return value;
    throw UserError(fmt::format("{}: metadata key \"{}\" is {}; expected {}", path.string(), key,
                                name_of(found->second), name_of(GgufValue(T{}))));
}

template <class T>
const T& GgufFile::need(const std::string& key) const {
    if (const T* value = find<T>(key)) return *value;
    throw UserError(fmt::format("{}: metadata key \"{}\" is missing", path.string(), key));
}

#define FOOTHOLD_FOR(T)                                            \
    template const T* GgufFile::find<T>(const std::string&) const; \
    template const T& GgufFile::need<T>(const std::string&) const;
FOOTHOLD_FOR(std::int64_t)
FOOTHOLD_FOR(double)
FOOTHOLD_FOR(bool)
FOOTHOLD_FOR(std::string)
FOOTHOLD_FOR(std::vector<std::int64_t>)
FOOTHOLD_FOR(std::vector<double>)
FOOTHOLD_FOR(std::vector<std::string>)
#undef FOOTHOLD_FOR

double GgufFile::number(const std::string& key, double otherwise) const {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return otherwise;
    if (const auto* whole = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*whole);
    return need<double>(key);
}

bool is_gguf(const std::filesystem::path& path) {
    try {
        BinaryFile file(path);
        return file.size() >= 4 && file.number<std::uint32_t>("the magic number") == magic;
    } catch (const UserError&) {
        return false;
    }
}

GgufFile read_gguf(const std::filesystem::path& path) {
    try {
        return read(path);
    } catch (const UserError& error) {
        const std::string text = error.what(), name = path.string() + ": ";
        throw UserError(text.starts_with(name) ? text : name + text);
    }
}

}  // namespace foothold
