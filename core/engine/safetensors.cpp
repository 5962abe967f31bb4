// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing safetensors, careful about damaged files and about half-written ones.
#include "engine/safetensors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/parameters.h"
#include "record/error.h"

namespace foothold {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

constexpr std::uint64_t largest_header = 100'000'000;  // The limit of the reference implementation.

/// One tensor as the header describes it; begin and end are bytes within the data.
struct Entry {
    std::string name, type;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;
};

std::size_t bytes_of(const std::string& type) {
    if (type == "F32") return 4;
    if (type == "F16" || type == "BF16") return 2;
    throw UserError(fmt::format("numbers of type {} are not supported (F32, F16 and BF16 are)", type));
}

float widen_half(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = (bits >> 10) & 31u, fraction = bits & 1023u;
    if (exponent == 0) return (sign ? -1.0f : 1.0f) * static_cast<float>(fraction) * 0x1p-24f;
    const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
    return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

std::vector<float> widen(const std::string& type, const std::vector<char>& bytes) {
    std::vector<float> numbers(bytes.size() / bytes_of(type));
    if (type == "F32") {
        if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
        return numbers;
    }
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, bytes.data() + 2 * i, 2);
        numbers[i] = type == "F16" ? widen_half(bits) : std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
    return numbers;
}

/// The header's entries in the order of their data, checked to cover [0, data_size) without holes or overlaps.
std::vector<Entry> entries_of(const nlohmann::json& header, std::uint64_t data_size) {
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") continue;
        Entry entry{name, value.at("dtype").get<std::string>(), value.at("shape").get<std::vector<std::int64_t>>(), 0,
                    0};
        const auto& offsets = value.at("data_offsets");
        if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
            throw UserError(fmt::format("the place of tensor \"{}\" is not given by two offsets", name));
        entry.begin = offsets[0].get<std::uint64_t>();
        entry.end = offsets[1].get<std::uint64_t>();
        if (entry.begin > entry.end || entry.end > data_size)
            throw UserError(fmt::format("tensor \"{}\" lies beyond the end of the file (is it truncated?)", name));
        std::uint64_t numbers = 1;
        for (const std::int64_t size : entry.shape)
            if (size < 0 || __builtin_mul_overflow(numbers, static_cast<std::uint64_t>(size), &numbers))
                throw UserError(fmt::format("tensor \"{}\" has an impossible shape", name));
        const std::uint64_t bytes = entry.end - entry.begin, each = bytes_of(entry.type);
        if (bytes % each != 0 || bytes / each != numbers)
            throw UserError(fmt::format("tensor \"{}\" has {} bytes, which does not match its shape", name, bytes));
        entries.push_back(std::move(entry));
    }
    std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
    std::uint64_t at = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != at)
            throw UserError(fmt::format("the data of tensor \"{}\" overlap others or leave a hole", entry.name));
        at = entry.end;
    }
    if (at != data_size) throw UserError(fmt::format("{} bytes at the end belong to no tensor", data_size - at));
    return entries;
}

ModelFile read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw UserError(std::filesystem::exists(path) ? "the file cannot be opened" : "there is no such file");
    if (!std::filesystem::is_regular_file(path)) throw UserError("this is not a file");
    const std::uint64_t size = std::filesystem::file_size(path);
    std::uint64_t header_size = 0;
    if (size < 8) throw UserError(fmt::format("not a safetensors file: only {} bytes", size));
    file.read(reinterpret_cast<char*>(&header_size), 8);
    if (header_size < 2 || header_size > largest_header)
        throw UserError("not a safetensors file: it does not begin with a header's length");
    if (header_size > size - 8)
        throw UserError("not a safetensors file, or truncated: its header is longer than the file");
    std::string text(header_size, '\0');
    file.read(text.data(), static_cast<std::streamsize>(header_size));
    if (text[0] != '{') throw UserError("not a safetensors file: its header is not a JSON object");
    const auto header = nlohmann::json::parse(text);

    ModelFile model;
    if (const auto metadata = header.find("__metadata__"); metadata != header.end())
        model.metadata = metadata->get<std::map<std::string, std::string>>();
    if (!model.metadata.contains("config"))
        throw UserError("its metadata hold no \"config\": it was not written by Foothold");
    model.state.config = config_from_json(model.metadata["config"]);
    if (const auto steps = model.metadata.find("optimizer_steps"); steps != model.metadata.end()) {
        try {
            model.state.optimizer_steps = std::stoll(steps->second);
        } catch (const std::exception&) {
            throw UserError(fmt::format("\"optimizer_steps\" is \"{}\", not a number", steps->second));
        }
    }
    model.metadata.erase("config");
    model.metadata.erase("optimizer_steps");
    for (const Entry& entry : entries_of(header, size - 8 - header_size)) {
        std::vector<char> bytes(entry.end - entry.begin);
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!file) throw UserError(fmt::format("tensor \"{}\" could not be read", entry.name));
        model.state.tensors.emplace(entry.name, EngineState::Tensor{entry.shape, widen(entry.type, bytes)});
    }
    check_state(model.state);
    return model;
}

/// A file that is written beside its target and takes its place only when all of it is on the disk.
class AtomicFile {
public:
    explicit AtomicFile(const std::filesystem::path& target)
        : target_(target), beside_(target.string() + fmt::format(".writing-{}", ::getpid())) {
        descriptor_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (descriptor_ < 0) fail();
    }
    ~AtomicFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (!beside_.empty()) ::unlink(beside_.c_str());
    }
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* data, std::size_t size) {
        const char* at = static_cast<const char*>(data);
        while (size > 0) {
            const ssize_t written = ::write(descriptor_, at, size);
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) fail();
            at += written;
            size -= static_cast<std::size_t>(written);
        }
    }
    void commit() {
        if (::fsync(descriptor_) != 0) fail();
        if (::close(std::exchange(descriptor_, -1)) != 0) fail();
        if (::rename(beside_.c_str(), target_.c_str()) != 0) fail();
        beside_.clear();
        // The rename itself has to reach the disk too; a folder that cannot be synced is no reason to fail.
        const std::filesystem::path folder =
            target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
        if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
            ::fsync(directory);
            ::close(directory);
        }
    }

private:
    [[noreturn]] void fail() {
        const std::string reason = std::strerror(errno);
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
        ::unlink(beside_.c_str());
        throw RunError(fmt::format("{}: cannot be written: {}", target_.string(), reason));
    }
    std::filesystem::path target_;
    std::string beside_;
    int descriptor_ = -1;
};

}  // namespace

ModelFile read_model(const std::filesystem::path& path) {
    try {
        return read(path);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    } catch (const nlohmann::json::exception& error) {
        throw UserError(
            fmt::format("{}: not a safetensors file: its header is damaged ({})", path.string(), error.what()));
    } catch (const std::filesystem::filesystem_error& error) {
        throw UserError(fmt::format("{}: cannot be read: {}", path.string(), error.code().message()));
    }
}

void write_model(const std::filesystem::path& path, const ModelFile& model) {
    nlohmann::json header = nlohmann::json::object();
    auto& metadata = header["__metadata__"] = model.metadata;
    metadata["config"] = config_to_json(model.state.config);
    metadata["optimizer_steps"] = std::to_string(model.state.optimizer_steps);
    std::uint64_t at = 0;
    for (const auto& [name, tensor] : model.state.tensors) {
        const std::uint64_t end = at + tensor.data.size() * sizeof(float);
        header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
        at = end;
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const nlohmann::json::exception& error) {
        throw RunError(fmt::format("{}: cannot be written: {}", path.string(), error.what()));
    }
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t header_size = text.size();
    AtomicFile file(path);
    file.write(&header_size, 8);
    file.write(text.data(), text.size());
    for (const auto& [name, tensor] : model.state.tensors)
        file.write(tensor.data.data(), tensor.data.size() * sizeof(float));
    file.commit();
}

}  // namespace foothold
